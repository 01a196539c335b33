import { expect } from "chai";
import { createBody, RawClient, text } from "../support/rawClient.ts";
import { serving, TestEnsemble, word, type TestMember } from "./testEnsemble.ts";

const createType = 1;
const existsType = 3;
const syncType = 9;
const notReadOnly = -119;

describe("a server that finds no leader, with readonlymode.enabled", function () {
  this.timeout(60_000);
  let ensemble: TestEnsemble;
  let clients: RawClient[];

  beforeEach(() => {
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await ensemble.end();
  });

  async function open(member: TestMember): Promise<RawClient> {
    const client = await RawClient.open(member.port);
    clients.push(client);
    return client;
  }

  function zxid(srvr: string): string | undefined {
    return /^Zxid: (\S+)$/m.exec(srvr)?.[1];
  }

  it("serves reads to those who asked for that, until there is one again", async () => {
    const keys = { "readonlymode.enabled": true, localSessionsEnabled: true };
    ensemble = await TestEnsemble.make(3, [], { ...keys, localSessionsUpgradingEnabled: true });
    await ensemble.start();
    const [lone, ...others] = ensemble.members;
    const writer = await open(lone);
    await writer.connect();
    expect((await writer.ask(1, createType, createBody("/kept"))).err).to.equal(0);
    // A session of the ensemble: that one cannot go on at a server that is cut off.
    expect((await writer.ask(2, createType, createBody("/mine", undefined, 1))).err).to.equal(0);
    const before = zxid(await word(lone.port, "srvr"));

    const alone = serving(lone);
    await Promise.all(others.map((member) => member.stop()));
    await alone;
    expect(await word(lone.port, "isro")).to.equal("ro");
    const srvr = await word(lone.port, "srvr");
    expect(srvr).to.match(/^READ-ONLY mode; serving only read-only clients$/m);
    expect(srvr).to.match(/^Mode: read-only$/m);
    const mntr = await word(lone.port, "mntr");
    expect(mntr).to.match(/^zk_server_state\tread-only$/m);
    expect(mntr).not.to.match(/quorum_size|peer_state/);
    expect(await word(lone.port, "conf")).to.match(/peerType=0\n$/);
    expect(await (await open(lone)).connect()).to.equal(false);
    expect(await (await open(lone)).connect(10_000, writer.sessionId, writer.password, true)).to.equal(false);
    const reader = await open(lone);
    expect(await reader.connect(10_000, undefined, undefined, true)).to.equal(true);
    expect(reader.isReadOnly).to.equal(true);
    expect((await reader.ask(1, existsType, text("/kept"), Buffer.of(1))).err).to.equal(0);
    expect((await reader.ask(2, createType, createBody("/refused"))).err).to.equal(notReadOnly);
    expect((await reader.ask(3, syncType, text("/"))).err).to.equal(notReadOnly);
    expect(zxid(await word(lone.port, "srvr"))).to.equal(before);

    const back = serving(lone);
    await ensemble.start(others);
    await back;
    // No event of what came later, and no answer: the connection is gone.
    expect(await reader.next()).to.equal(null);
    expect(await word(lone.port, "isro")).to.equal("rw");
    const again = await open(lone);
    expect(await again.connect(10_000, writer.sessionId, writer.password, true)).to.equal(true);
    expect([again.sessionId, again.isReadOnly]).to.deep.equal([writer.sessionId, false]);
    expect((await again.ask(1, createType, createBody("/later"))).err).to.equal(0);
    expect((await again.ask(2, existsType, text("/refused"), Buffer.of(0))).err).to.equal(-101);
    for (const member of ensemble.members)
      expect(member.lines.filter((line) => /digest/.test(line))).to.deep.equal([]);
  });

  it("does not serve at all without the key", async () => {
    ensemble = await TestEnsemble.make(3, [], { localSessionsEnabled: true });
    const [lone] = ensemble.members;
    const looking = lone.says(/^LOOKING/);
    await lone.start();
    await looking;
    expect(await (await open(lone)).connect(10_000, undefined, undefined, true)).to.equal(false);
    expect(await word(lone.port, "isro")).to.equal("null");
  });
});

describe("a leader with leaderServes=no", function () {
  this.timeout(60_000);
  let ensemble: TestEnsemble;

  afterEach(() => ensemble.end());

  it("leads, and turns clients away as a server without a role does", async () => {
    ensemble = await TestEnsemble.make(3, [], { leaderServes: "no" });
    const { members } = ensemble;
    const leading = Promise.race(
      members.map((member) => member.says(/^leading without clients/).then(() => member)),
    );
    const served: TestMember[] = [];
    const following = members.map((member) => serving(member).then(() => void served.push(member)));
    await Promise.all(members.map((member) => member.start()));
    const leader = await leading;
    const followers = members.filter((member) => member !== leader);
    await Promise.all(following.filter((_, i) => members[i] !== leader));
    expect(served).to.have.members(followers);
    expect(await word(leader.port, "srvr")).to.equal(
      "This ZooKeeper instance is not currently serving requests\n",
    );
    expect(await word(leader.port, "isro")).to.equal("null");
    const refused = await RawClient.open(leader.port);
    expect(await refused.connect()).to.equal(false);
    for (const follower of followers) {
      const client = await RawClient.open(follower.port);
      await client.connect();
      expect((await client.ask(1, createType, createBody(`/by${follower.sid}`))).err).to.equal(0);
      client.close();
    }
  });
});
