import { readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import zookeeper from "node-zookeeper-client";
import { startServer } from "../../src/index.ts";
import { LoadRun } from "../../src/shell/load/loadRun.ts";
import { connectClient, type NodeClient } from "../client/nodeClient.ts";
import { createBody, RawClient, text } from "../support/rawClient.ts";
import { serving, TestEnsemble, word, type TestMember } from "./testEnsemble.ts";

const { CreateMode } = zookeeper;
const syncType = 9;
const existsType = 3;

describe("several servers", function () {
  this.timeout(60_000);
  let ensemble: TestEnsemble;
  let clients: NodeClient[];

  beforeEach(() => {
    clients = [];
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close().catch(() => undefined)));
    await ensemble.end();
  });

  async function client(member: { readonly connectString: string }): Promise<NodeClient> {
    const connected = await connectClient(member.connectString);
    clients.push(connected);
    return connected;
  }

  /** Everything that the leader had committed before is on that server afterwards. */
  async function synced(member: TestMember): Promise<void> {
    const raw = await RawClient.open(member.port);
    await raw.connect();
    const { err } = await raw.ask(1, syncType, text("/"));
    expect(err).to.equal(0);
    raw.close();
  }

  async function dataOn(member: TestMember, path: string): Promise<string> {
    await synced(member);
    return (await (await client(member)).getData(path)).data;
  }

  it("elect a leader, and what one is told all know", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const leader = await ensemble.leader();
    expect((await ensemble.followers()).map(({ sid }) => sid)).to.have.length(2);
    for (const member of ensemble.members) {
      const path = `/from${member.sid}`;
      await (await client(member)).create(path, `said to ${member.sid}`);
      for (const other of ensemble.members)
        expect(await dataOn(other, path)).to.equal(`said to ${member.sid}`);
    }
    expect(await word(leader.port, "srvr")).to.match(/^Zxid: 0x1[0-9a-f]{8}$/m);
  });

  it("can be measured through all of them at once", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const run = await LoadRun.begin({
      servers: ensemble.members.map(({ port }) => ({ host: "127.0.0.1", port })),
      connections: 6,
      outstanding: 4,
      seconds: 0.1,
      bytes: 10,
      root: "/measured",
    });
    for (const work of ["get", "create", "mix"] as const)
      expect((await run.measure(work)).requests).to.be.at.least(24);
    await run.end();
    expect(await (await client(ensemble.members[0])).exists("/measured")).to.equal(null);
  });

  it("let a client take its session, ephemerals and all, to another server", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const [first, second] = await ensemble.followers();
    const raw = await RawClient.open(first.port);
    await raw.connect();
    const mine = await client(second);
    const other = await RawClient.open(second.port);
    await (await client(first)).create("/there");
    expect((await raw.ask(1, 1, createBody("/mine", Buffer.alloc(0), CreateMode.EPHEMERAL))).err).to.equal(0);
    raw.close();
    expect(await other.connect(10_000, raw.sessionId, raw.password)).to.equal(true);
    expect(other.sessionId).to.equal(raw.sessionId);
    await synced(second);
    const gone = await mine.watchExists("/mine");
    expect(gone.value?.ephemeralOwner.readBigInt64BE(0)).to.equal(raw.sessionId);
    await other.ask(2, -11);
    expect((await gone.event).name).to.equal("NODE_DELETED");
  });

  it("serve a session at one place only", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const leader = await ensemble.leader();
    const [first, second] = await ensemble.followers();
    for (const [from, to] of [
      [leader, first],
      [first, second],
    ]) {
      const old = await RawClient.open(from.port);
      await old.connect();
      const now = await RawClient.open(to.port);
      expect(await now.connect(10_000, old.sessionId, old.password)).to.equal(true);
      if (from === leader) old.send(1, existsType, text("/late"), Buffer.of(0));
      else old.send(1, 1, createBody("/late"));
      expect(await old.next()).to.equal(null);
      expect((await now.ask(1, existsType, text("/late"), Buffer.of(0))).err).to.equal(-101);
      now.close();
    }
  });

  it("refuse a session that another server knows under another password", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const [first, second] = await ensemble.followers();
    const raw = await RawClient.open(first.port);
    await raw.connect();
    const thief = await RawClient.open(second.port);
    await thief.connect(10_000, raw.sessionId, Buffer.alloc(16, 1));
    expect([thief.sessionId, thief.timeoutMs]).to.deep.equal([0n, 0]);
    raw.close();
  });

  it("go on without their leader, and take it back as a follower", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const old = await ensemble.leader();
    const others = await ensemble.followers();
    await (await client(old)).create("/before", "1");
    const again = others.map(serving);
    await old.stop();
    await Promise.all(again);
    const leader = await ensemble.leader();
    expect(leader).to.not.equal(old);
    await (await client(leader)).create("/between", "2");
    await ensemble.start([old]);
    expect(await dataOn(old, "/before")).to.equal("1");
    expect(await dataOn(old, "/between")).to.equal("2");
    expect(await word(old.port, "srvr")).to.match(/^Mode: follower$/m);
    expect(
      leader.lines.some((line) => line.includes(`server ${old.sid} is at`) && line.includes("DIFF")),
    ).to.equal(true);
  });

  it("give a server whose disk was wiped the whole tree", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const [wiped] = await ensemble.followers();
    const leader = await ensemble.leader();
    const writer = await client(leader);
    for (let i = 0; i < 700; i++)
      await writer.create("/n-", "x".repeat(100), CreateMode.PERSISTENT_SEQUENTIAL);
    await wiped.stop();
    await rm(wiped.folder, { recursive: true });
    await ensemble.start([wiped]);
    await synced(wiped);
    const children = await (await client(wiped)).getChildren("/");
    expect(children.filter((name) => name.startsWith("n-"))).to.have.length(700);
    expect(
      leader.lines.some((line) => line.includes(`server ${wiped.sid} is at 0x0 and gets SNAP`)),
    ).to.equal(true);
    expect(
      (await readdir(join(wiped.folder, "version-2"))).some((name) => name.startsWith("snapshot.1")),
    ).to.equal(true);
    // It has all of that after a restart of its own, too.
    await wiped.stop();
    await ensemble.start([wiped]);
    expect(await dataOn(wiped, "/n-0000000699")).to.equal("x".repeat(100));
  });

  for (const [kind, later] of [
    ["TRUNC", false],
    ["SNAP", true],
  ] as const) {
    it(`take back what was never committed, also where a snapshot holds it already: ${kind}`, async () => {
      ensemble = await TestEnsemble.make(3);
      await ensemble.start();
      const [first, second] = await ensemble.followers();
      await (await client(first)).create("/committed", "c");
      await synced(second);
      for (const member of ensemble.members) await member.stop();
      // What nobody else has: the folder of a member, served alone for a while, with a snapshot of that.
      const alone = await startServer({ dataDir: second.folder });
      await (await client({ connectString: alone.connectString })).create("/phantom", "p");
      await alone.stop();
      await (await startServer({ dataDir: second.folder })).stop();
      const names = await readdir(join(second.folder, "version-2"));
      expect(names.filter((name) => name.startsWith("snapshot."))).to.have.length.above(1);
      await ensemble.start(ensemble.members.filter((member) => member !== second));
      const leader = await ensemble.leader();
      if (later) await (await client(leader)).create("/later", "l");
      await ensemble.start([second]);
      const told = leader.lines.findLast((line) => line.includes(`server ${second.sid} is at`));
      expect(told).to.contain(`gets ${kind}`);
      expect(await dataOn(second, "/committed")).to.equal("c");
      if (later) expect(await dataOn(second, "/later")).to.equal("l");
      expect(await (await client(second)).exists("/phantom")).to.equal(null);
      await second.stop();
      await ensemble.start([second]);
      expect(await (await client(second)).exists("/phantom")).to.equal(null);
      expect(await dataOn(second, "/committed")).to.equal("c");
    });
  }

  it("do not serve without a quorum, and say so", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const leader = await ensemble.leader();
    const over = leader.says(/^the role is over/);
    const followers = await ensemble.followers();
    await Promise.all(followers.map((member) => member.stop()));
    await over;
    expect(await word(leader.port, "srvr")).to.equal(
      "This ZooKeeper instance is not currently serving requests\n",
    );
    await ensemble.start([followers[0]]);
    await (await client(followers[0])).create("/again");
  });

  it("keep nobody waiting for ever who comes while there is no leader", async () => {
    ensemble = await TestEnsemble.make(3);
    const [alone] = ensemble.members;
    await alone.start({ "nio.sessionlessCnxnTimeout": 200 });
    const socket = connect(alone.port, "127.0.0.1");
    socket.resume();
    await once(socket, "close");
  });

  it("tell an observer everything, and do without it", async () => {
    ensemble = await TestEnsemble.make(4, [4]);
    await ensemble.start();
    const observer = ensemble.member(4);
    expect(await word(observer.port, "srvr")).to.match(/^Mode: observer$/m);
    await (await client(observer)).create("/by-observer", "o");
    expect(await dataOn(ensemble.member(1), "/by-observer")).to.equal("o");
    await observer.stop();
    await (await client(ensemble.member(1))).create("/without", "w");
    await ensemble.start([observer]);
    expect(await dataOn(observer, "/without")).to.equal("w");
  });

  it("lose no more than the connection over bytes that are none of theirs", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const leader = await ensemble.leader();
    const lines = (await word(leader.port, "conf")).split("\n");
    const own = lines.find((line) => line.startsWith(`server.${leader.sid}=`)) ?? "";
    const [, quorumPort, electionPort] = own.split(":").map(Number);
    for (const port of [quorumPort, electionPort]) {
      for (const bytes of [
        Buffer.alloc(64, 0x7f),
        Buffer.from("GET / HTTP/1.1\r\n\r\n"),
        Buffer.alloc(64, 0xff),
      ]) {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.write(bytes);
        socket.resume();
        await once(socket, "close");
      }
    }
    await (await client(leader)).create("/still");
    expect(await word(leader.port, "mntr")).to.match(/zk_synced_followers\t2\n/);
    expect(await word(leader.port, "mntr")).to.match(/zk_server_state\tleader/);
  });

  it("do not serve from a tree that is not the others', and take a whole one", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    const leader = await ensemble.leader();
    const [follower] = await ensemble.followers();
    const writer = await client(leader);
    await writer.create("/a", "agreed");
    await synced(follower);
    await follower.stop();
    // Somebody starts the member by itself, by mistake, and writes to it.
    const astray = await startServer({ dataDir: follower.folder, config: { tickTime: 200 } });
    const lost = await connectClient(astray.connectString);
    await lost.create("/astray", "one");
    await lost.close();
    await astray.stop();
    // What it has gone astray by looks like what the others have done meanwhile.
    for (let i = 0; i < 3; i++) await writer.create(`/b${i}`, "agreed");
    const distrusted = follower.says(/^the role is over: its tree is not the leader's at 0x/);
    const again = serving(follower);
    await follower.start();
    await again;
    const served = serving(follower);
    await writer.setData("/a", "later");
    await distrusted;
    await served;
    expect(await dataOn(follower, "/a")).to.equal("later");
    expect(await dataOn(follower, "/b0")).to.equal("agreed");
    expect(await (await client(follower)).exists("/astray")).to.equal(null);
  });

  it("with db.autocreate=false are filled by a leader, and make none, from an empty disk", async () => {
    ensemble = await TestEnsemble.make(3);
    await ensemble.start();
    await (await client(await ensemble.leader())).create("/kept", "by one");
    for (const member of ensemble.members) await synced(member);
    await Promise.all(ensemble.members.map((member) => member.stop()));
    const [full, anew, empty] = ensemble.members;
    for (const member of [anew, empty]) await rm(join(member.folder, "version-2"), { recursive: true });
    const all = ensemble.members.map(serving);
    await anew.start();
    await empty.start({ "db.autocreate": false });
    // Two of three, and yet no quorum: nothing happens, while two others, which may, come to serve from empty disks.
    const others = await TestEnsemble.make(3);
    await others.start(others.members.slice(0, 2));
    await others.end();
    expect([await word(anew.port, "srvr"), await word(empty.port, "srvr")].join()).not.to.contain("Mode");
    await full.start();
    await Promise.all(all);
    expect(await ensemble.leader()).to.equal(full);
    for (const member of ensemble.members) expect(await dataOn(member, "/kept")).to.equal("by one");
  });
});
