import { expect } from "chai";
import { createBody, RawClient, text } from "../support/rawClient.ts";
import { TestEnsemble, word, type TestMember } from "./testEnsemble.ts";

const createType = 1;
const existsType = 3;
const syncType = 9;
const closeType = -11;
const ephemeral = 1;
const ephemeralOnLocalSession = -120;
const noNode = -101;
const local = { localSessionsEnabled: true, localSessionsUpgradingEnabled: true };

describe("several servers with local sessions", function () {
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

  /** A connection to that server, with a new session or that of another. */
  async function connect(member: TestMember, like?: RawClient, timeoutMs = 10_000): Promise<RawClient> {
    const client = await RawClient.open(member.port);
    clients.push(client);
    await client.connect(timeoutMs, like?.sessionId, like?.password);
    return client;
  }

  async function sessions(member: TestMember): Promise<[local: number, global: number]> {
    const mntr = await word(member.port, "mntr");
    const value = (name: string): number => Number(new RegExp(`^zk_${name}\t(\\d+)$`, "m").exec(mntr)?.[1]);
    return [value("local_sessions"), value("global_sessions")];
  }

  async function zxid(member: TestMember): Promise<string | undefined> {
    return /^Zxid: (\S+)$/m.exec(await word(member.port, "srvr"))?.[1];
  }

  it("keep a session to its server until it creates an ephemeral, whatever the server's role", async () => {
    ensemble = await TestEnsemble.make(4, [4], local);
    await ensemble.start();
    const leader = await ensemble.leader();
    const [follower] = await ensemble.followers();
    for (const [home, away] of [
      [leader, follower],
      [follower, leader],
      [ensemble.member(4), follower],
    ]) {
      const before = await zxid(home);
      const client = await connect(home);
      expect(await sessions(home)).to.deep.equal([1, 0]);
      expect(await sessions(away)).to.deep.equal([0, 0]);
      expect(await word(home.port, "dump")).to.match(/^Local Session Sets \(\d+\)\/\(1\):$/m);
      expect((await connect(away, client)).sessionId).to.equal(0n);
      const again = await connect(home, client);
      expect(again.sessionId).to.equal(client.sessionId);
      expect(await zxid(home)).to.equal(before);
      const path = `/of${home.sid}`;
      expect((await again.ask(1, createType, createBody(path))).err).to.equal(0);
      expect(await sessions(home)).to.deep.equal([1, 0]);
      expect((await again.ask(2, createType, createBody(`${path}/e`, undefined, ephemeral))).err).to.equal(0);
      expect(await sessions(home)).to.deep.equal([0, 1]);
      const moved = await connect(away, again);
      expect(moved.sessionId).to.equal(client.sessionId);
      expect((await moved.ask(1, syncType, text("/"))).err).to.equal(0);
      expect((await moved.ask(2, existsType, text(`${path}/e`), Buffer.of(0))).err).to.equal(0);
      expect((await moved.ask(3, closeType)).err).to.equal(0);
      const witness = await connect(home);
      expect((await witness.ask(1, syncType, text("/"))).err).to.equal(0);
      expect((await witness.ask(2, existsType, text(`${path}/e`), Buffer.of(0))).err).to.equal(noNode);
      expect((await witness.ask(3, closeType)).err).to.equal(0);
      expect(await sessions(home)).to.deep.equal([0, 0]);
    }
  });

  it("refuse the ephemeral where local sessions stay local", async () => {
    ensemble = await TestEnsemble.make(3, [], { localSessionsEnabled: true });
    await ensemble.start();
    for (const member of ensemble.members) {
      const client = await connect(member);
      const body = createBody(`/e${member.sid}`, undefined, ephemeral);
      expect((await client.ask(1, createType, body)).err).to.equal(ephemeralOnLocalSession);
      expect((await client.ask(2, createType, createBody(`/p${member.sid}`))).err).to.equal(0);
    }
  });

  it("expire a local session where it lives, and an upgraded one for all", async () => {
    ensemble = await TestEnsemble.make(3, [], local);
    await ensemble.start();
    const leader = await ensemble.leader();
    const [follower, other] = await ensemble.followers();
    const ended = follower.says(/^local session expired/);
    (await connect(follower, undefined, 400)).close();
    await ended;
    expect(await sessions(follower)).to.deep.equal([0, 0]);
    const upgraded = await connect(follower, undefined, 400);
    expect((await upgraded.ask(1, createType, createBody("/mine", undefined, ephemeral))).err).to.equal(0);
    const expired = leader.says(/^session expired/);
    upgraded.close();
    await expired;
    const witness = await connect(other);
    expect((await witness.ask(1, syncType, text("/"))).err).to.equal(0);
    expect((await witness.ask(2, existsType, text("/mine"), Buffer.of(0))).err).to.equal(noNode);
  });
});
