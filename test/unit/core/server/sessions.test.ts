import { expect } from "chai";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { sessionPassword } from "../../../../src/core/java/javaRandom.ts";
import { DataTree } from "../../../../src/core/tree/dataTree.ts";
import { type CoreClient, openAcl } from "../../../support/coreClient.ts";
import { CoreHarness, plainPrep } from "../../../support/coreHarness.ts";

const zeros = { protocolVersion: 0, timeOut: 0, sessionId: 0n };

function expectRefused(client: CoreClient): void {
  const { passwd, ...response } = client.connected();
  expect(response).to.deep.equal(zeros);
  expect([...(passwd ?? [])]).to.deep.equal(Array.from({ length: 16 }, () => 0));
  expect(client.closed).to.equal(true);
}

function reconnect(
  harness: CoreHarness,
  old: CoreClient,
  fields: Parameters<CoreClient["connect"]>[0] = {},
): CoreClient {
  const client = harness.accept();
  client.connect({ sessionId: old.sessionId, passwd: old.passwd, ...fields });
  return client;
}

describe("ZooKeeperServer: sessions", () => {
  it("answers a new session with its id, timeout and password, as the byte of the request asks", () => {
    for (const [readOnly, byte] of [
      [false, 0],
      [true, 0],
      [null, null],
    ] as const) {
      const harness = new CoreHarness();
      const client = harness.accept();
      client.connect({ timeOut: 9999, readOnly });
      harness.settle();
      expect(client.received[0]).to.have.property("readOnlyByte", byte);
      expect(client.connected().timeOut).to.equal(9999);
      expect(client.sessionId >> 56n).to.equal(1n);
      expect([...client.passwd]).to.deep.equal([...sessionPassword(client.sessionId)]);
      expect(harness.server.timeouts).to.deep.equal(new Map([[client.sessionId, 9999]]));
    }
  });

  it("keeps timeouts within bounds, without rounding", () => {
    const harness = new CoreHarness();
    const cases = [
      [-5, 4000],
      [0, 4000],
      [4001, 4001],
      [40_000, 40_000],
      [40_001, 40_000],
      [0x7fffffff, 40_000],
    ];
    for (const [asked, given] of cases)
      expect(harness.session({ timeOut: asked }).connected().timeOut).to.equal(given);
  });

  it("gives ids one after the other and passes over those that are alive", () => {
    const first = new CoreHarness();
    const id = first.session().sessionId;
    expect(first.session().sessionId).to.equal(id + 1n);
    const timeouts = new Map([
      [id, 4000],
      [id + 1n, 4000],
    ]);
    const second = new CoreHarness({ state: { timeouts } });
    expect(second.session().sessionId).to.equal(id + 2n);
  });

  it("lets a session move to a new connection, and closes the old one first", () => {
    const harness = new CoreHarness();
    const old = harness.session({ timeOut: 10_000 });
    old.create("/eph", null, 1);
    old.call(OpCode.exists, { path: "/x", watch: true });
    const zxid = harness.server.lastProcessedZxid;
    const client = reconnect(harness, old, { timeOut: 12_000 });
    expect(old.closeReason).to.equal("client reconnected");
    expect(client.connected()).to.deep.include({ timeOut: 12_000, sessionId: old.sessionId });
    expect(harness.server.lastProcessedZxid, "no transaction").to.equal(zxid);
    expect(harness.server.timeouts.get(old.sessionId), "the logged timeout stays").to.equal(10_000);
    client.create("/x");
    expect(client.take(), "the watch went with the old connection").to.deep.equal([]);
    expect(client.ok(OpCode.getEphemerals, { prefixPath: "/" }).ephemerals).to.deep.equal(["/eph"]);
  });

  it("refuses a wrong, short or null password, and closes the live connection all the same", () => {
    for (const passwd of [new Uint8Array(16), new Uint8Array(0), new Uint8Array(17), null]) {
      const harness = new CoreHarness();
      const old = harness.session();
      expectRefused(reconnect(harness, old, { passwd }));
      expect(old.closeReason).to.equal("client reconnected");
      expect(reconnect(harness, old).connected().sessionId, "the session itself stays").to.equal(
        old.sessionId,
      );
    }
  });

  it("refuses a session that is unknown, closed or closing", () => {
    const harness = new CoreHarness();
    const old = harness.session();
    expectRefused(reconnect(harness, old, { sessionId: 77n, passwd: sessionPassword(77n) }));
    old.send(OpCode.closeSession, {});
    expectRefused(reconnect(harness, old));
    harness.settle();
    expectRefused(reconnect(harness, old));
  });

  it("closes without an answer when the client has seen a later zxid, and leaves the old connection", () => {
    const harness = new CoreHarness();
    const old = harness.session();
    const { lastProcessedZxid } = harness.server;
    for (const request of [{}, { sessionId: old.sessionId, passwd: old.passwd }]) {
      const ahead = harness.accept();
      ahead.connect({ ...request, lastZxidSeen: lastProcessedZxid + 1n });
      expect([ahead.closed, ahead.received, old.closed]).to.deep.equal([true, [], false]);
    }
    for (const lastZxidSeen of [lastProcessedZxid, -1n, -(1n << 63n)]) {
      const client = harness.accept();
      client.connect({ lastZxidSeen });
      expect(client.closed, `${lastZxidSeen}`).to.equal(false);
    }
  });

  it("expires a silent session: its ephemerals go, then its connection", () => {
    const harness = new CoreHarness();
    const [silent, watcher] = [harness.session({ timeOut: 4000 }), harness.session({ timeOut: 40_000 })];
    silent.create("/eph", null, 1);
    watcher.ok(OpCode.exists, { path: "/eph", watch: true });
    // No input for so long closes the connection too, by a queue of its own: the session is what matters here.
    for (let waited = 0; waited < 4000; waited += 500) {
      expect(harness.server.sessions.get(silent.sessionId)?.closing, `${waited} ms`).to.equal(false);
      harness.advance(500);
    }
    for (let waited = 0; waited < 2000; waited += 500) harness.advance(500);
    expect(harness.server.sessions.get(silent.sessionId)?.closing, "a tick later at the latest").to.equal(
      true,
    );
    expect(harness.server.tree.find("/eph"), "not before the disk has it").to.be.greaterThan(-1);
    expect(watcher.received).to.deep.equal([]);
    harness.settle();
    expect(harness.server.tree.find("/eph")).to.equal(-1);
    expect(watcher.take()).to.have.length(1);
    expect(silent.closed).to.equal(true);
    expect(silent.received, "nothing is said to it").to.deep.equal([]);
    expectRefused(reconnect(harness, silent));
  });

  it("drops what an expired session still sends, so that nothing brings it back", () => {
    const harness = new CoreHarness();
    const client = harness.session({ timeOut: 4000 });
    // Reading keeps the connection from its own end, which would come at the same time.
    for (let i = 0; i < 12 && harness.log.length < 2; i++) harness.advance(500);
    expect(client.closed, "waits for the disk").to.equal(false);
    const { sessionId } = client;
    client.send(OpCode.ping, {}, -2);
    client.send(OpCode.create, { path: "/late", data: null, acl: openAcl, flags: 1 });
    client.sendRaw(OpCode.createSession, Uint8Array.of(0, 0, 16, 0), 0);
    expect(client.received).to.deep.equal([]);
    expect(harness.log, "createSession and closeSession").to.have.length(2);
    harness.settle();
    expect(client.closed).to.equal(true);
    expect(harness.server.timeouts.has(sessionId)).to.equal(false);
  });

  it("is kept alive by any request, a ping too", () => {
    const harness = new CoreHarness();
    const [pinging, reading] = [harness.session({ timeOut: 4000 }), harness.session({ timeOut: 4000 })];
    harness.autoLog = true;
    for (let i = 0; i < 20; i++) {
      pinging.send(OpCode.ping, {}, -2);
      reading.send(OpCode.exists, { path: "/", watch: false });
      harness.advance(1900);
    }
    expect([pinging.closed, reading.closed]).to.deep.equal([false, false]);
    harness.advance(6000);
    expect([pinging.closed, reading.closed]).to.deep.equal([true, true]);
    expect(harness.server.sessions.count).to.equal(0);
  });

  it("gives the sessions of a restart their whole time, and drops ephemerals of unknown ones", () => {
    const tree = new DataTree(plainPrep);
    tree.create("/known", null, openAcl, 5n, -1, 1n, 0n);
    tree.create("/stray", null, openAcl, 6n, -1, 2n, 0n);
    const state = { tree, lastZxid: 2n, timeouts: new Map([[5n, 10_000]]) };
    const harness = new CoreHarness({ state });
    expect([tree.find("/known") >= 0, tree.find("/stray")]).to.deep.equal([true, -1]);
    harness.autoLog = true;
    harness.advance(9000);
    expect(tree.find("/known")).to.be.greaterThan(-1);
    const client = harness.accept();
    client.connect({ sessionId: 5n, passwd: sessionPassword(5n), timeOut: 4000 });
    expect(client.connected()).to.deep.include({ sessionId: 5n, timeOut: 4000 });
    harness.advance(6000);
    expect(tree.find("/known")).to.equal(-1);
  });

  it("does not answer a client that left before its session was on disk, and keeps the session", () => {
    const harness = new CoreHarness();
    const client = harness.accept();
    client.connect();
    client.disconnect();
    harness.settle();
    expect(client.received).to.deep.equal([]);
    expect(harness.server.sessions.count).to.equal(1);
    harness.autoLog = true;
    harness.advance(20_000);
    expect(harness.server.sessions.count).to.equal(0);
    expect(harness.server.outstanding.inProcess).to.equal(0);
  });

  it("answers createSession from a client with a whole ConnectResponse, for one zxid", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    const before = harness.server.lastProcessedZxid;
    client.sendRaw(OpCode.createSession, Uint8Array.of(0, 0, 16, 0), 0);
    harness.server.logged(before + 1n);
    expect(harness.server.lastProcessedZxid).to.equal(before + 1n);
    const reply = client.connection.out.copy();
    expect(reply).to.have.length(4 + 37);
    expect(new DataView(reply.buffer, reply.byteOffset).getBigInt64(12)).to.equal(client.sessionId);
  });

  it("closes a connection that never speaks, or sends no ConnectRequest", () => {
    const harness = new CoreHarness();
    const mute = harness.accept();
    const short = harness.accept();
    short.frame(new Uint8Array(27));
    expect([short.closed, mute.closed]).to.deep.equal([true, false]);
    harness.advance(9000);
    expect(mute.closed).to.equal(false);
    harness.advance(11_000);
    expect(mute.closeReason).to.equal("silent for too long");
    expect(harness.server.metrics.counters.sessionlessConnectionsExpired.value).to.equal(1);
    expect(harness.server.connections.size).to.equal(0);
  });

  it("takes no connection and no session once it is stopping, and finishes what is under way", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    const late = harness.accept();
    const xid = client.send(OpCode.create, { path: "/a", data: null, acl: openAcl, flags: 0 });
    harness.server.stop();
    expect(harness.tryAccept()).to.equal(null);
    late.connect();
    expect([late.closed, late.received]).to.deep.equal([true, []]);
    harness.settle();
    expect(client.takeReply(xid).err).to.equal(0);
  });
});
