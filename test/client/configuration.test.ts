import { expect } from "chai";
import zookeeper from "node-zookeeper-client";
import { codeOf, type NodeClient } from "./nodeClient.ts";
import { TestServer } from "./testServer.ts";

const { Exception } = zookeeper;

/** Follows a node's data: reads it, is told of a change, reads again. Keeps every version that it saw. */
class Follower {
  readonly versions: number[] = [];
  readonly texts: string[] = [];
  readonly #client: NodeClient;
  readonly #path: string;
  #arrived: () => void = () => {};

  constructor(client: NodeClient, path: string) {
    this.#client = client;
    this.#path = path;
  }

  /** Reads on until the node holds `last`. */
  async followUntil(last: string): Promise<void> {
    for (;;) {
      const { value, event } = await this.#client.watchData(this.#path);
      this.versions.push(value.stat.version);
      this.texts.push(value.data);
      this.#arrived();
      if (value.data === last) return;
      await event;
    }
  }

  /** Resolves once this follower has seen `version`. */
  async has(version: number): Promise<void> {
    while (!this.versions.includes(version)) await new Promise<void>((arrived) => (this.#arrived = arrived));
  }
}

const upwards = (numbers: readonly number[]): boolean =>
  numbers.every((n, i) => i === 0 || n > numbers[i - 1]);

describe("node-zookeeper-client: shared configuration", () => {
  let server: TestServer;
  let followers: Follower[];
  let writer: NodeClient;

  beforeEach(async () => {
    server = await TestServer.start();
    writer = await server.client();
    await writer.create("/config", "0");
    const clients = await Promise.all(Array.from({ length: 6 }, () => server.client()));
    followers = clients.map((client) => new Follower(client, "/config"));
  });

  afterEach(() => server.end());

  it("reaches every client, each change in order", async () => {
    const last = 25;
    const followed = followers.map((follower) => follower.followUntil(String(last)));
    for (let version = 1; version <= last; version++) {
      await Promise.all(followers.map((follower) => follower.has(version - 1)));
      await writer.setData("/config", String(version));
    }
    await Promise.all(followed);
    const all = Array.from({ length: last + 1 }, (_, version) => version);
    for (const { versions, texts } of followers) {
      expect(versions).to.deep.equal(all);
      expect(texts).to.deep.equal(all.map(String));
    }
  });

  it("stays in one order while several writers contend, and no change is lost", async () => {
    const writers = [writer, await server.client(), await server.client(), await server.client()];
    const each = 20;
    const followed = followers.map((follower) => follower.followUntil(String(writers.length * each)));
    let lost = 0;
    await Promise.all(
      writers.map(async (one) => {
        for (let done = 0; done < each;) {
          const { data, stat } = await one.getData("/config");
          const code = await codeOf(one.setData("/config", String(Number(data) + 1), stat.version));
          if (code === 0) done++;
          else {
            expect(code).to.equal(Exception.BAD_VERSION);
            lost++;
          }
        }
      }),
    );
    await Promise.all(followed);
    expect(lost, "the writers did contend").to.be.greaterThan(0);
    for (const { versions, texts } of followers) {
      expect(upwards(versions), versions.join(" ")).to.equal(true);
      // Each version has one text, whoever reads it and when.
      expect(texts).to.deep.equal(versions.map(String));
    }
  });
});
