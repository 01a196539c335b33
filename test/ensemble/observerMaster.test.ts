import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { connect as connectSocket, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { createBody, RawClient, text } from "../support/rawClient.ts";
import { configOf, reconfigure } from "../support/reconfigure.ts";
import { freePorts } from "./freePorts.ts";
import { serving, TestEnsemble, word, type TestMember } from "./testEnsemble.ts";

const type = { create: 1, exists: 3, setData: 5, sync: 9, ping: 11, close: -11 };
const ephemeral = 1;
const noNode = -101;
const superUser = "super:secret";

describe("observers of followers", function () {
  this.timeout(60_000);
  let ensemble: TestEnsemble;
  let clients: RawClient[];
  let observerMasterPort: number;

  beforeEach(() => {
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await ensemble.end();
  });

  /** Three voters, each at an address of its own since the port of masters is one for all, and an observer. */
  async function made(keys: Readonly<Record<string, string | number | boolean>> = {}): Promise<TestMember> {
    [observerMasterPort] = await freePorts(1);
    ensemble = await TestEnsemble.make(4, [4], { observerMasterPort, ...keys }, (sid) => `127.0.0.${sid}`);
    await ensemble.start(ensemble.members.slice(0, 3));
    const observer = ensemble.member(4);
    await ensemble.start([observer]);
    return observer;
  }

  async function value(member: TestMember, name: string): Promise<number> {
    const mntr = await word(member.port, "mntr");
    return Number(new RegExp(`^zk_${name}\t(-?\\d+)$`, "m").exec(mntr)?.[1]);
  }

  async function masterOf(observer: TestMember): Promise<TestMember> {
    return ensemble.member(await value(observer, "observer_master_id"));
  }

  /** A connection with a new session, or with that of another. */
  async function connect(member: TestMember, like?: RawClient, timeoutMs = 10_000): Promise<RawClient> {
    const client = await RawClient.open(member.port);
    clients.push(client);
    await client.connect(timeoutMs, like?.sessionId, like?.password);
    return client;
  }

  async function ask(client: RawClient, what: number, ...body: readonly Buffer[]): Promise<Buffer> {
    const reply = await client.ask(1, what, ...body);
    expect(reply.err).to.equal(0);
    return reply.body;
  }

  /** Whether a node is there when all that the leader has decided has come. */
  async function has(client: RawClient, path: string): Promise<boolean> {
    await ask(client, type.sync, text("/"));
    const { err } = await client.ask(2, type.exists, text(path), Buffer.of(0));
    expect(err).to.be.oneOf([0, noNode]);
    return err === 0;
  }

  it("learn from one of them, and serve clients as those of a leader do", async () => {
    const observer = await made();
    const leader = await ensemble.leader();
    const master = await masterOf(observer);
    expect(master).to.not.equal(leader);
    expect(await value(leader, "learners")).to.equal(2);
    for (const member of ensemble.members.slice(0, 3))
      expect(await value(member, "synced_observers")).to.equal(member === master ? 1 : 0);
    const client = await connect(observer);
    const atLeader = await connect(leader);
    await ask(client, type.create, createBody("/mine", undefined, ephemeral));
    expect(await has(atLeader, "/mine")).to.equal(true);
    await ask(atLeader, type.create, createBody("/theirs"));
    expect(await has(client, "/theirs")).to.equal(true);
    expect(await value(master, "cnt_om_proposal_process_time_ms")).to.be.greaterThan(0);
    expect(await value(master, "cnt_om_commit_process_time_ms")).to.be.greaterThan(0);
    expect(await value(leader, "cnt_om_commit_process_time_ms")).to.equal(0);
    // The session goes to the leader and comes back: each time its new server has to be told.
    const away = await connect(leader, client);
    expect(away.sessionId).to.equal(client.sessionId);
    await ask(away, type.create, createBody("/away", undefined, ephemeral));
    const back = await connect(observer, away);
    expect(back.sessionId).to.equal(client.sessionId);
    await ask(back, type.create, createBody("/back", undefined, ephemeral));
    await ask(back, type.close);
    for (const path of ["/mine", "/away", "/back"]) expect(await has(atLeader, path)).to.equal(false);
  });

  it("keep sessions alive through them, and refuse those that are over", async () => {
    const observer = await made();
    const leader = await ensemble.leader();
    const alive = await connect(observer, undefined, 800);
    const silent = await connect(observer, undefined, 800);
    expect(silent.sessionId).to.not.equal(0n);
    const expired = leader.says(/^session expired/);
    let isExpired = false;
    void expired.then(() => (isExpired = true));
    while (!isExpired) await ask(alive, type.exists, text("/"), Buffer.of(0));
    expect((await connect(observer, silent)).sessionId).to.equal(0n);
    expect((await connect(observer, alive)).sessionId).to.equal(alive.sessionId);
  });

  it("answer syncs of their clients and of the master's own in order", async () => {
    const observer = await made();
    const master = await masterOf(observer);
    const both = [await connect(observer), await connect(master), await connect(observer)];
    const rounds = 30;
    for (let i = 0; i < rounds; i++) {
      for (const [k, client] of both.entries()) {
        client.send(2 * i, type.create, createBody(`/n${k}-${i}`));
        client.send(2 * i + 1, type.sync, text(`/n${k}-${i}`));
      }
    }
    for (const client of both)
      for (let i = 0; i < 2 * rounds; i++) {
        const reply = await client.next();
        expect([reply?.xid, reply?.err]).to.deep.equal([i, 0]);
      }
  });

  it("go to another one when theirs has gone, and clients stay", async () => {
    const observer = await made();
    const client = await connect(observer);
    await ask(client, type.create, createBody("/mine", undefined, ephemeral));
    const master = await masterOf(observer);
    const again = serving(observer);
    await master.stop();
    await again;
    const other = await masterOf(observer);
    expect(other).to.not.equal(master);
    expect(other).to.not.equal(await ensemble.leader());
    const back = await connect(observer, client);
    expect(back.sessionId).to.equal(client.sessionId);
    expect(await has(back, "/mine")).to.equal(true);
  });

  it("are sent away when their master loses its leader, and find one of the next", async () => {
    const observer = await made();
    const leader = await ensemble.leader();
    await ask(await connect(observer), type.create, createBody("/before"));
    const again = [observer, ...(await ensemble.followers()).filter(({ sid }) => sid !== 4)].map(serving);
    await leader.stop();
    await Promise.all(again);
    const next = await ensemble.leader();
    expect(await masterOf(observer)).to.not.equal(next);
    const client = await connect(observer);
    expect(await has(client, "/before")).to.equal(true);
    await ask(client, type.create, createBody("/after"));
    expect(await has(await connect(next), "/after")).to.equal(true);
  });

  it("are brought up to date with what they have missed, or with everything", async () => {
    const observer = await made();
    const master = await masterOf(observer);
    const followers = (await ensemble.followers()).filter(({ sid }) => sid !== 4);
    const synced = (how: RegExp): Promise<string> => Promise.race(followers.map((each) => each.says(how)));
    await ask(await connect(observer), type.create, createBody("/seen"));
    await observer.stop();
    const client = await connect(master);
    for (let i = 0; i < 5; i++) await ask(client, type.create, createBody(`/missed${i}`));
    const missed = synced(/^server 4 is at .* gets DIFF .* with [5-9] transactions/);
    await ensemble.start([observer]);
    await missed;
    expect(await has(await connect(observer), "/missed4")).to.equal(true);
    await observer.stop();
    await rm(join(observer.folder, "version-2"), { recursive: true });
    const everything = synced(/^server 4 is at 0x0 and gets (SNAP|DIFF)/);
    await ensemble.start([observer]);
    await everything;
    expect(await has(await connect(observer), "/missed4")).to.equal(true);
  });

  it("hear of a new configuration", async () => {
    const superDigest = `super:${createHash("sha1").update(superUser).digest("base64")}`;
    const observer = await made({
      reconfigEnabled: true,
      "DigestAuthenticationProvider.superDigest": superDigest,
    });
    const [quorum, election] = await freePorts(2);
    const joining = `server.9=127.0.0.9:${quorum}:${election}:observer;127.0.0.1:${quorum + 1}`;
    expect(await reconfigure(observer.port, superUser, { joining })).to.equal(0);
    expect(await configOf(observer.port)).to.include("server.9=127.0.0.9");
    expect(await has(await connect(observer), "/")).to.equal(true);
  });

  it("find them over TLS, and nobody comes to them in plain text", async () => {
    const stores = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
    const observer = await made({
      sslQuorum: true,
      "ssl.quorum.keyStore.location": `${stores}server.pem`,
      "ssl.quorum.trustStore.location": `${stores}ca.pem`,
      "ssl.quorum.hostnameVerification": false,
    });
    const client = await connect(observer);
    await ask(client, type.create, createBody("/told"));
    const master = await masterOf(observer);
    expect(await has(await connect(master), "/told")).to.equal(true);
    const refused = master.says(/^quorum connection from .*: TLS: /);
    const plain = connectSocket(observerMasterPort, `127.0.0.${master.sid}`);
    plain.on("error", () => undefined);
    plain.write("this is no ClientHello");
    await refused;
    plain.destroy();
  });

  it("have no master where its port is taken: it says so, and does not follow", async () => {
    [observerMasterPort] = await freePorts(1);
    ensemble = await TestEnsemble.make(3, [], { observerMasterPort }, (sid) => `127.0.0.${sid}`);
    const occupant = createServer();
    await new Promise<void>((resolve) => void occupant.listen(observerMasterPort, "127.0.0.1", resolve));
    try {
      const [first, ...others] = ensemble.members;
      const taken = first.says(/the role is over: cannot listen on the observerMasterPort/);
      await Promise.all([ensemble.start(others), first.start()]);
      await taken;
      const again = serving(first);
      await new Promise((resolve) => occupant.close(resolve));
      await again;
    } finally {
      occupant.close();
    }
  });
});
