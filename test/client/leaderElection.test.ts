import { expect } from "chai";
import zookeeper from "node-zookeeper-client";
import type { NodeClient } from "./nodeClient.ts";
import { TestServer } from "./testServer.ts";

const { CreateMode } = zookeeper;

/** The election recipe among clients: the least number leads, every other one watches the one before it. */
class Candidate {
  readonly name: string;
  readonly client: NodeClient;
  /** How often a watch woke this candidate. */
  wakeups = 0;
  path = "";

  constructor(name: string, client: NodeClient) {
    this.name = name;
    this.client = client;
  }

  async enter(): Promise<void> {
    this.path = await this.client.create("/election/n-", this.name, CreateMode.EPHEMERAL_SEQUENTIAL);
  }

  async elected(): Promise<void> {
    for (;;) {
      const queue = [...(await this.client.getChildren("/election"))].sort();
      const place = queue.indexOf(this.path.slice("/election/".length));
      if (place === 0) return;
      const before = await this.client.watchExists(`/election/${queue[place - 1]}`);
      if (before.value === null) continue;
      await before.event;
      this.wakeups++;
    }
  }
}

describe("node-zookeeper-client: leader election", () => {
  let server: TestServer;
  let observer: NodeClient;

  beforeEach(async () => {
    server = await TestServer.start({ config: { tickTime: 100, maxSessionTimeout: 60_000 } });
    observer = await server.client({ sessionTimeout: 60_000 });
    await observer.create("/election");
  });

  afterEach(() => server.end());

  async function leaderSeenBy(client: NodeClient): Promise<string> {
    const [least] = [...(await client.getChildren("/election"))].sort();
    return (await client.getData(`/election/${least}`)).data;
  }

  it("has one leader at a time, the next in line after each, and wakes nobody else", async () => {
    // The first leader will fall silent; its session is the only short one.
    const { client: doomed, proxy } = await server.proxied({ sessionTimeout: 500 });
    const others = await Promise.all(
      Array.from({ length: 5 }, () => server.client({ sessionTimeout: 60_000 })),
    );
    const candidates = [doomed, ...others].map((client, i) => new Candidate(`candidate ${i}`, client));
    await candidates[0].enter();
    await Promise.all(candidates.slice(1).map((candidate) => candidate.enter()));
    const line = [...candidates].sort((a, b) => (a.path < b.path ? -1 : 1));

    const leaders: string[] = [];
    const terms = line.map(async (candidate, i) => {
      await candidate.elected();
      leaders.push(candidate.name);
      expect(await leaderSeenBy(observer)).to.equal(candidate.name);
      if (i === 0) proxy.cut("stay");
      else if (i === 1) await candidate.client.remove(candidate.path);
      else await server.close(candidate.client);
    });
    await Promise.all(terms);
    expect(leaders).to.deep.equal(line.map(({ name }) => name));
    expect(line.map(({ wakeups }) => wakeups)).to.deep.equal([0, 1, 1, 1, 1, 1]);
    expect(await observer.getChildren("/election")).to.deep.equal([]);

    const expired = doomed.until("expired");
    proxy.mend();
    await expired;
    server.forget(doomed);
  });

  it("keeps its leader over a short break of the connection", async () => {
    const { client: leading, proxy } = await server.proxied({ sessionTimeout: 60_000 });
    const [leader, second] = [new Candidate("leader", leading), new Candidate("second", observer)];
    await leader.enter();
    await second.enter();
    await leader.elected();
    const back = leading.until("connected");
    proxy.cut();
    await back;
    await leader.elected();
    expect(await leaderSeenBy(observer)).to.equal("leader");
    const succeeded = second.elected();
    await server.close(leading);
    await succeeded;
    expect(second.wakeups).to.be.at.most(1);
  });
});
