import { expect } from "chai";
import zookeeper from "node-zookeeper-client";
import { codeOf, long, type NodeClient } from "./nodeClient.ts";
import { TestServer } from "./testServer.ts";

const { ACL, CreateMode, Exception, Id, Permission } = zookeeper;

describe("node-zookeeper-client: znodes", () => {
  let server: TestServer;
  let client: NodeClient;

  beforeEach(async () => {
    server = await TestServer.start();
    client = await server.client();
  });

  afterEach(() => server.end());

  it("creates, reads and removes a node", async () => {
    expect(await client.create("/a", "one")).to.equal("/a");
    const { data, stat } = await client.getData("/a");
    expect(data).to.equal("one");
    expect({ ...stat, version: stat.version }).to.include({
      version: 0,
      cversion: 0,
      aversion: 0,
      numChildren: 0,
    });
    expect(stat.dataLength).to.equal(3);
    expect(long(stat.czxid)).to.equal(long(stat.mzxid));
    expect(long(stat.ephemeralOwner)).to.equal(0n);
    await client.remove("/a");
    expect(await client.exists("/a")).to.equal(null);
  });

  it("keeps empty data, UTF-8 names and a megabyte", async () => {
    const million = "x".repeat(1_000_000);
    await client.create("/empty", "");
    await client.create("/größe-資料", "ü");
    await client.create("/large", million);
    expect((await client.getData("/empty")).stat.dataLength).to.equal(0);
    expect((await client.getData("/größe-資料")).data).to.equal("ü");
    expect((await client.getData("/large")).data).to.equal(million);
    expect(await client.getChildren("/")).to.include.members(["größe-資料", "zookeeper"]);
  });

  it("counts versions, and refuses a write with a stale one", async () => {
    await client.create("/a", "0");
    const first = await client.setData("/a", "1", 0);
    expect(first.version).to.equal(1);
    expect(await codeOf(client.setData("/a", "2", 0))).to.equal(Exception.BAD_VERSION);
    expect((await client.setData("/a", "2", -1)).version).to.equal(2);
    expect(await codeOf(client.remove("/a", 1))).to.equal(Exception.BAD_VERSION);
    expect((await client.getData("/a")).data).to.equal("2");
    await client.remove("/a", 2);
  });

  it("lists children and counts their changes", async () => {
    await client.mkdirp("/p/q/r");
    await client.create("/p/s");
    expect([...(await client.getChildren("/p"))].sort()).to.deep.equal(["q", "s"]);
    await client.remove("/p/s");
    const stat = await client.exists("/p");
    expect(stat).to.include({ numChildren: 1, cversion: 3, version: 0 });
    await client.removeRecursive("/p/q");
    expect(await client.getChildren("/p")).to.deep.equal([]);
  });

  it("numbers sequential nodes one after the other, whoever creates them", async () => {
    const other = await server.client();
    await client.create("/queue");
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? client : other).create("/queue/n-", "", CreateMode.PERSISTENT_SEQUENTIAL),
      ),
    );
    const expected = Array.from({ length: 20 }, (_, i) => `/queue/n-${String(i).padStart(10, "0")}`);
    expect([...made].sort()).to.deep.equal(expected);
    const own = made.filter((_, i) => i % 2 === 0);
    expect(own, "one client's requests are carried out in order").to.deep.equal([...own].sort());
    // A removal leaves no gap and gives no number back.
    await client.remove("/queue/n-0000000019");
    expect(await client.create("/queue/n-", "", CreateMode.PERSISTENT_SEQUENTIAL)).to.equal(
      "/queue/n-0000000020",
    );
  });

  it("removes ephemeral nodes with their session, and gives them no children", async () => {
    const other = await server.client();
    await other.create("/here", "", CreateMode.EPHEMERAL);
    const path = await other.create("/here-", "", CreateMode.EPHEMERAL_SEQUENTIAL);
    const { value, event } = await client.watchExists(path);
    if (value === null) throw new Error(`${path} is not there`);
    expect(long(value.ephemeralOwner)).to.equal(other.sessionId);
    expect(await codeOf(client.create("/here/child"))).to.equal(Exception.NO_CHILDREN_FOR_EPHEMERALS);
    await server.close(other);
    expect((await event).name).to.equal("NODE_DELETED");
    expect(await client.exists("/here")).to.equal(null);
  });

  const refusals: [string, (client: NodeClient) => Promise<unknown>, number][] = [
    ["a node that is there", (c) => c.create("/a"), Exception.NODE_EXISTS],
    ["a node without its parent", (c) => c.create("/no/child"), Exception.NO_NODE],
    ["removal of a node with children", (c) => c.remove("/a"), Exception.NOT_EMPTY],
    ["removal of what is not there", (c) => c.remove("/no"), Exception.NO_NODE],
    ["data of what is not there", (c) => c.getData("/no"), Exception.NO_NODE],
    ["children of what is not there", (c) => c.getChildren("/no"), Exception.NO_NODE],
    ["removal of the root", (c) => c.remove("/"), Exception.BAD_ARGUMENTS],
    [
      "an ACL that names nobody",
      (c) => c.create("/b", "", CreateMode.PERSISTENT, [new ACL(Permission.ALL, new Id("digest", "nobody"))]),
      Exception.INVALID_ACL,
    ],
  ];
  for (const [what, ask, code] of refusals) {
    it(`refuses ${what}`, async () => {
      await client.create("/a");
      await client.create("/a/child");
      expect(await codeOf(ask(client))).to.equal(code);
      expect((await client.getChildren("/a")).length, "the session goes on").to.equal(1);
    });
  }

  it("lets only its owner at a node with CREATOR_ALL_ACL", async () => {
    client.addDigest("ann", "secret");
    await client.create("/private", "hers", CreateMode.PERSISTENT, ACL.CREATOR_ALL_ACL);
    const [entry, ...others] = await client.getAcl("/private");
    expect(others).to.deep.equal([]);
    expect(entry.permission).to.equal(Permission.ALL);
    expect(entry.id.scheme).to.equal("digest");
    expect(entry.id.id).to.match(/^ann:(?!secret)/);

    const stranger = await server.client();
    expect(await codeOf(stranger.getData("/private"))).to.equal(Exception.NO_AUTH);
    expect(await codeOf(stranger.setData("/private", "mine"))).to.equal(Exception.NO_AUTH);
    stranger.addDigest("ann", "wrong");
    expect(await codeOf(stranger.getData("/private"))).to.equal(Exception.NO_AUTH);
    stranger.addDigest("ann", "secret");
    expect((await stranger.getData("/private")).data).to.equal("hers");
  });

  it("changes an ACL with its own version", async () => {
    await client.create("/a", "one");
    const readOnly = [new ACL(Permission.READ | Permission.ADMIN, Id.ANYONE_ID_UNSAFE)];
    expect((await client.setAcl("/a", readOnly, 0)).aversion).to.equal(1);
    expect(await codeOf(client.setData("/a", "two"))).to.equal(Exception.NO_AUTH);
    expect(await codeOf(client.setAcl("/a", ACL.OPEN_ACL_UNSAFE, 0))).to.equal(Exception.BAD_VERSION);
    await client.setAcl("/a", ACL.OPEN_ACL_UNSAFE, 1);
    expect((await client.setData("/a", "two")).version).to.equal(1);
  });

  const modes: [keyof typeof CreateMode, string, boolean][] = [
    ["PERSISTENT", "/m/n", false],
    ["EPHEMERAL", "/m/n", true],
    ["PERSISTENT_SEQUENTIAL", "/m/n0000000001", false],
    ["EPHEMERAL_SEQUENTIAL", "/m/n0000000001", true],
  ];
  for (const [mode, path, ephemeral] of modes) {
    it(`creates in mode ${mode}`, async () => {
      await client.mkdirp("/m/before");
      const other = await server.client();
      expect(await other.create("/m/n", "data", CreateMode[mode])).to.equal(path);
      const { data, stat } = await client.getData(path);
      expect(data).to.equal("data");
      expect(long(stat.ephemeralOwner)).to.equal(ephemeral ? other.sessionId : 0n);
      await server.close(other);
      expect((await client.exists(path)) === null, "gone with its session").to.equal(ephemeral);
    });
  }

  it("takes a frame of jute.maxbuffer, and cuts the connection for one byte more", async () => {
    await client.create("/a");
    // Header 8, path 6, length of the data 4, version 4.
    const most = 0xfffff - 22;
    expect((await client.setData("/a", "x".repeat(most))).dataLength).to.equal(most);
    expect((await client.getData("/a")).data.length).to.equal(most);
    const { sessionId } = client;
    const back = client.until("connected");
    expect(await codeOf(client.setData("/a", "y".repeat(most + 1)))).to.equal(Exception.CONNECTION_LOSS);
    await back;
    expect(client.sessionId, "the session outlives it").to.equal(sessionId);
    expect((await client.getData("/a")).stat.version).to.equal(1);
  });

  it("holds 10,000 children below one node", async () => {
    const count = 10_000;
    await client.create("/wide");
    const made = await Promise.all(
      Array.from({ length: count }, () => client.create("/wide/n-", "", CreateMode.PERSISTENT_SEQUENTIAL)),
    );
    const names = made.map((path) => path.slice("/wide/".length));
    expect([...(await client.getChildren("/wide"))].sort()).to.deep.equal(names);
    expect(await client.exists("/wide")).to.include({ numChildren: count, cversion: count });
    await Promise.all(made.slice(1).map((path) => client.remove(path)));
    expect(await client.getChildren("/wide")).to.deep.equal([names[0]]);
  });
});
