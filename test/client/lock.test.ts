import { expect } from "chai";
import zookeeper from "node-zookeeper-client";
import { long, type NodeClient } from "./nodeClient.ts";
import { TestServer } from "./testServer.ts";

const { CreateMode, Exception } = zookeeper;

/** The lock recipe: an ephemeral sequential node each; whoever has the least number holds the lock. */
class Lock {
  readonly #client: NodeClient;
  readonly #folder: string;
  #path = "";

  constructor(client: NodeClient, folder: string) {
    this.#client = client;
    this.#folder = folder;
  }

  get path(): string {
    return this.#path;
  }

  /** Waits for the one before us only, so that a release wakes one client. Resolves with the fencing token. */
  async acquire(): Promise<bigint> {
    this.#path = await this.#client.create(`${this.#folder}/lock-`, "", CreateMode.EPHEMERAL_SEQUENTIAL);
    const own = this.#path.slice(this.#folder.length + 1);
    for (;;) {
      const queue = [...(await this.#client.getChildren(this.#folder))].sort();
      const place = queue.indexOf(own);
      if (place < 0) throw new Error(`${this.#path} is gone`);
      if (place === 0) break;
      const before = await this.#client.watchExists(`${this.#folder}/${queue[place - 1]}`);
      if (before.value !== null) await before.event;
    }
    const stat = await this.#client.exists(this.#path);
    if (stat === null) throw new Error(`${this.#path} is gone`);
    return long(stat.czxid);
  }

  async release(): Promise<void> {
    await this.#client.remove(this.#path);
  }
}

/** What the lock protects: takes a write only from a holder at least as new as any that it has seen. */
class FencedResource {
  #newest = -1n;
  readonly writes: bigint[] = [];

  write(token: bigint): boolean {
    if (token < this.#newest) return false;
    this.#newest = token;
    this.writes.push(token);
    return true;
  }
}

describe("node-zookeeper-client: a distributed lock", () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start({ onDisk: true, config: { tickTime: 100, maxSessionTimeout: 60_000 } });
  });

  afterEach(() => server.end());

  it("lets one of many contending clients in at a time, in the order they asked", async () => {
    const rounds = 4;
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => server.client({ sessionTimeout: 60_000 })),
    );
    await clients[0].create("/lock");
    await clients[0].create("/counter", "0");
    const resource = new FencedResource();
    const granted: string[] = [];
    let holders = 0;
    let most = 0;
    await Promise.all(
      clients.map(async (client) => {
        for (let round = 0; round < rounds; round++) {
          const lock = new Lock(client, "/lock");
          const token = await lock.acquire();
          most = Math.max(most, ++holders);
          granted.push(lock.path);
          // Read, then write without a version: right only because nobody else is in here.
          const { data } = await client.getData("/counter");
          expect(resource.write(token)).to.equal(true);
          await client.setData("/counter", String(Number(data) + 1));
          holders--;
          await lock.release();
        }
      }),
    );
    expect(most).to.equal(1);
    expect((await clients[0].getData("/counter")).data).to.equal(String(clients.length * rounds));
    expect(granted, "first come, first served").to.deep.equal([...granted].sort());
    const { writes } = resource;
    expect(writes.every((token, i) => i === 0 || token > writes[i - 1])).to.equal(true);
    expect(await clients[0].getChildren("/lock")).to.deep.equal([]);
  });

  it("passes the lock on when its holder goes silent, and fences off what the old holder still sends", async () => {
    const { client: paused, proxy } = await server.proxied({ sessionTimeout: 500 });
    const heir = await server.client({ sessionTimeout: 60_000 });
    await heir.create("/lock");
    await heir.create("/resource", "");
    const resource = new FencedResource();

    const old = new Lock(paused, "/lock");
    const oldToken = await old.acquire();
    expect(resource.write(oldToken)).to.equal(true);
    const next = new Lock(heir, "/lock");
    const acquired = next.acquire();
    proxy.cut("stay");
    const newToken = await acquired;
    expect(newToken > oldToken).to.equal(true);
    expect(resource.write(newToken)).to.equal(true);

    // The old holder wakes up and believes that it still holds the lock.
    const expired = paused.until("expired");
    proxy.mend();
    await expired;
    server.forget(paused);
    expect(resource.write(oldToken)).to.equal(false);
    const woken = await server.client({ sessionTimeout: 60_000 });
    const write = (client: NodeClient, lock: Lock, text: string) =>
      client.commit((transaction) => transaction.check(lock.path).setData("/resource", Buffer.from(text)));
    expect((await write(woken, old, "old")).code).to.equal(Exception.NO_NODE);
    expect((await write(heir, next, "new")).code).to.equal(0);
    expect((await heir.getData("/resource")).data).to.equal("new");
  });
});
