import { expect } from "chai";
import zookeeper, { type Transaction } from "node-zookeeper-client";
import { long, type NodeClient } from "./nodeClient.ts";
import { TestServer } from "./testServer.ts";

const { CreateMode, Exception } = zookeeper;
const some = Buffer.from("some");

describe("node-zookeeper-client: transactions", () => {
  let server: TestServer;
  let client: NodeClient;

  beforeEach(async () => {
    server = await TestServer.start();
    client = await server.client();
    await client.create("/a", "0");
    await client.setData("/a", "1");
  });

  afterEach(() => server.end());

  it("carries out all operations as one change", async () => {
    const { code, results } = await client.commit((transaction) =>
      transaction
        .check("/a", 1)
        .create("/a/b", some)
        .create("/a/n-", some, undefined, CreateMode.PERSISTENT_SEQUENTIAL)
        .setData("/a", some, 1)
        .remove("/a/b"),
    );
    expect(code).to.equal(0);
    expect(results.map((result) => result.path)).to.deep.equal([
      undefined,
      "/a/b",
      "/a/n-0000000001",
      undefined,
      undefined,
    ]);
    const { data, stat } = await client.getData("/a");
    expect(data).to.equal("some");
    expect(stat.version).to.equal(2);
    const made = await client.exists("/a/n-0000000001");
    expect(made === null ? null : long(made.czxid), "one zxid for all").to.equal(long(stat.mzxid));
    expect(await client.exists("/a/b")).to.equal(null);
  });

  it("changes nothing if one operation fails, and says which", async () => {
    const { code, results } = await client.commit((transaction) =>
      transaction.create("/a/b", some).setData("/a", some, 7).remove("/a"),
    );
    expect(code).to.equal(Exception.BAD_VERSION);
    // What stands before the failure reads as fine, what stands behind it as -2: not tried.
    expect(results.map((result) => result.err)).to.deep.equal([0, Exception.BAD_VERSION, -2]);
    expect(await client.exists("/a/b")).to.equal(null);
    expect((await client.getData("/a")).stat.version).to.equal(1);
  });

  const failures: [string, (transaction: Transaction) => Transaction, number][] = [
    ["check of what is not there", (t) => t.check("/no"), Exception.NO_NODE],
    ["check of a stale version", (t) => t.check("/a", 7), Exception.BAD_VERSION],
    ["create of what is there", (t) => t.create("/a", some), Exception.NODE_EXISTS],
    ["create without a parent", (t) => t.create("/no/child", some), Exception.NO_NODE],
    [
      "create below an ephemeral node",
      (t) => t.create("/e/child", some),
      Exception.NO_CHILDREN_FOR_EPHEMERALS,
    ],
    ["setData of what is not there", (t) => t.setData("/no", some), Exception.NO_NODE],
    ["setData of a stale version", (t) => t.setData("/a", some, 7), Exception.BAD_VERSION],
    ["setData without the permission", (t) => t.setData("/locked", some), Exception.NO_AUTH],
    ["remove of what is not there", (t) => t.remove("/no"), Exception.NO_NODE],
    ["remove of a stale version", (t) => t.remove("/a", 7), Exception.BAD_VERSION],
    ["remove of a node that the transaction gave a child", (t) => t.remove("/new"), Exception.NOT_EMPTY],
  ];
  for (const [what, add, expected] of failures) {
    it(`fails as a whole by a ${what}`, async () => {
      await client.create("/e", "", CreateMode.EPHEMERAL);
      const readOnly = [new zookeeper.ACL(zookeeper.Permission.READ, zookeeper.Id.ANYONE_ID_UNSAFE)];
      await client.create("/locked", "", CreateMode.PERSISTENT, readOnly);
      const { code, results } = await client.commit((transaction) =>
        add(transaction.create("/new", some).create("/new/child", some)).setData("/a", some),
      );
      expect(code).to.equal(expected);
      expect(results.map((result) => result.err)).to.deep.equal([0, 0, expected, -2]);
      expect(await client.exists("/new")).to.equal(null);
      expect((await client.getData("/a")).data).to.equal("1");
    });
  }

  it("lets one of two transactions win that start from the same version", async () => {
    const other = await server.client();
    const take = (one: NodeClient, name: string) =>
      one.commit((transaction) => transaction.check("/a", 1).setData("/a", Buffer.from(name), 1));
    const ends = await Promise.all([take(client, "client"), take(other, "other")]);
    expect(ends.map(({ code }) => code)).to.have.members([0, Exception.BAD_VERSION]);
    const winner = ends[0].code === 0 ? "client" : "other";
    expect((await client.getData("/a")).data).to.equal(winner);
  });
});
