import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { CreateMode } from "../../../../protocol/flags.ts";
import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { CreateRequest } from "../../../../protocol/records/client.ts";
import { QuorumConfig } from "../../../../src/core/quorum/quorumConfig.ts";
import { MajorityQuorum } from "../../../../src/core/quorum/quorumVerifier.ts";
import type { Place } from "../../../../src/core/server/place.ts";
import { sessionPassword } from "../../../../src/core/java/javaRandom.ts";
import type { TxnOp } from "../../../../src/core/txns/txnOp.ts";
import { openAcl, type CoreClient } from "../../../support/coreClient.ts";
import { connectFrame } from "../../../support/coreFrames.ts";
import { CoreHarness, type HarnessOptions } from "../../../support/coreHarness.ts";

const data = new Uint8Array(0);
const { EPHEMERAL, PERSISTENT } = CreateMode;

function leaderPlace(epochZxid = 1n << 32n): Place {
  const nothing = (): void => undefined;
  const learners = { proposed: nothing, committed: nothing, exhausted: nothing, reconfiguring: nothing };
  const config = QuorumConfig.fromEntries([["server.1", "127.0.0.1:1:2"]]);
  const ensemble = { committed: config, lastSeen: config, votersMin: 1, isSynced: () => true };
  return {
    kind: "leader",
    sid: 1n,
    quorum: new MajorityQuorum([1n]),
    epochZxid,
    learners,
    ensemble,
  };
}

interface Asked {
  readonly sessionId: bigint;
  readonly cxid: number;
  readonly type: number;
  readonly body: readonly number[];
}

/** A learner, and what it has asked its leader for. */
function learner(options: HarnessOptions): {
  harness: CoreHarness;
  asked: Asked[];
  revalidated: bigint[];
  commit: (zxid: bigint, clientId: bigint, cxid: number, op: TxnOp) => void;
} {
  const asked: Asked[] = [];
  const revalidated: bigint[] = [];
  const place: Place = {
    kind: "learner",
    leader: {
      request: (sessionId, cxid, type, body) => void asked.push({ sessionId, cxid, type, body: [...body] }),
      revalidate: (sessionId) => void revalidated.push(sessionId),
    },
  };
  const harness = new CoreHarness({ ...options, place });
  const commit = (zxid: bigint, clientId: bigint, cxid: number, op: TxnOp): void => {
    const header = { clientId, cxid, zxid, time: 5n, type: op.type };
    harness.server.learnerWrites?.committed({ header, op, digest: null });
    harness.pump();
  };
  return { harness, asked, revalidated, commit };
}

const local: HarnessOptions = { localSessionsEnabled: true, localSessionsUpgradingEnabled: true };
const ephemeral = { path: "/e", data, acl: openAcl, flags: EPHEMERAL };
const timeout10s = [0, 0, 0x27, 0x10];

function createOp(path: string, isEphemeral: boolean): TxnOp {
  const record = { path, data, acl: openAcl, ephemeral: isEphemeral, parentCVersion: 1 };
  return { type: OpCode.create, record };
}

/** What a multi's reply says of an operation that was refused. */
function subError(err: number): TxnOp {
  return { type: OpCode.error, record: { err } };
}

function reconnect(harness: CoreHarness, old: CoreClient): CoreClient {
  const client = harness.accept();
  client.connect({ sessionId: old.sessionId, passwd: old.passwd, timeOut: 20_000 });
  return client;
}

describe("ZooKeeperServer: local sessions", () => {
  it("begin and end without a transaction on a leader", () => {
    const harness = new CoreHarness({ ...local, place: leaderPlace() });
    const client = harness.session();
    expect([
      harness.log.length,
      harness.server.timeouts.size,
      harness.server.sessions.localCount,
    ]).to.deep.equal([0, 0, 1]);
    client.create("/a");
    expect(harness.log).to.have.length(1);
    // In its turn: behind the write before it.
    client.send(OpCode.setData, { path: "/a", data, version: -1 });
    client.sendRaw(OpCode.closeSession);
    client.send(OpCode.ping, {});
    expect(client.closed).to.equal(false);
    harness.settle();
    expect(client.received.map((one) => one.kind === "reply" && [one.xid, one.err])).to.deep.equal([
      [2, 0],
      [3, 0],
    ]);
    expect(client.closeReason).to.equal("closed by the client");
    expect([harness.log.length, harness.server.sessions.count]).to.deep.equal([2, 0]);
    expect(harness.server.outstanding.inProcess).to.equal(0);
  });

  it("become global with their first ephemeral, also one inside a multi", () => {
    for (const kind of ["create", "multi"] as const) {
      const harness = new CoreHarness({ ...local, place: leaderPlace() });
      const old = harness.session({ timeOut: 10_000 });
      const client = reconnect(harness, old);
      expect(client.connected()).to.deep.include({ sessionId: old.sessionId, timeOut: 20_000 });
      if (kind === "create") client.create("/e", data, EPHEMERAL);
      else {
        const plain = { path: "/p", data, acl: openAcl, flags: PERSISTENT };
        const { err } = client.call(OpCode.multi, [
          { type: OpCode.create, record: plain },
          { type: OpCode.create2, record: ephemeral },
        ]);
        expect(err).to.equal(0);
      }
      expect(harness.log).to.have.length(2);
      // With the timeout that it was created with, as Apache.
      expect(harness.server.timeouts).to.deep.equal(new Map([[old.sessionId, 10_000]]));
      expect([...harness.server.tree.ephemeralsOf(old.sessionId)]).to.deep.equal(["/e"]);
      client.create("/f", data, EPHEMERAL);
      expect(harness.log).to.have.length(3);
      harness.autoLog = true;
      client.disconnect();
      harness.advance(24_000);
      expect([harness.server.timeouts.size, harness.server.tree.ephemeralsCount]).to.deep.equal([0, 0]);
    }
  });

  it("do not take the last zxid of an epoch with their upgrade", () => {
    const harness = new CoreHarness({ ...local, place: leaderPlace((1n << 32n) + 0xfffffffdn) });
    const client = harness.session();
    client.send(OpCode.create, ephemeral);
    expect(client.closeReason).to.equal("the epoch is exhausted");
    expect(harness.log.map(({ zxid }) => zxid)).to.deep.equal([(1n << 32n) + 0xfffffffen]);
  });

  it("may not own an ephemeral where upgrades are off", () => {
    const harness = new CoreHarness({ localSessionsEnabled: true, place: leaderPlace() });
    const client = harness.session();
    expect(client.call(OpCode.create, ephemeral).err).to.equal(ErrorCode.EPHEMERALONLOCALSESSION);
    expect(client.call(OpCode.create2, { ...ephemeral, path: "/no/parent" }).err).to.equal(
      ErrorCode.EPHEMERALONLOCALSESSION,
    );
    // What Apache does not look at: the session is not one of the ensemble.
    expect(client.call(OpCode.createContainer, ephemeral).err).to.equal(ErrorCode.SESSIONEXPIRED);
    const { body } = client.call(OpCode.multi, [{ type: OpCode.create, record: ephemeral }]);
    expect(body).to.deep.equal([subError(ErrorCode.EPHEMERALONLOCALSESSION)]);
    expect(client.call(OpCode.create, { ...ephemeral, flags: PERSISTENT }).err).to.equal(0);
    expect(harness.server.timeouts.size).to.equal(0);
  });

  it("expire on their server without a word to anybody", () => {
    for (const make of [
      () => new CoreHarness({ ...local, place: leaderPlace() }),
      () => learner(local).harness,
    ]) {
      const harness = make();
      const client = harness.session({ timeOut: 4000 });
      const quiet = harness.session({ timeOut: 4000 });
      harness.advance(3000);
      client.call(OpCode.ping, {});
      expect(quiet.closed).to.equal(false);
      harness.advance(3000);
      expect([client.closed, quiet.closed, harness.log.length]).to.deep.equal([false, true, 0]);
      expect(harness.server.sessions.localCount).to.equal(1);
      const late = reconnect(harness, quiet);
      if (harness.server.place.kind === "leader") expect(late.connected().timeOut).to.equal(0);
    }
  });

  it("of others may write through a leader, but own nothing there", () => {
    const harness = new CoreHarness({ ...local, place: leaderPlace() });
    const writes = harness.server.leaderWrites;
    const foreign = (2n << 56n) + 5n;
    const own = (1n << 56n) + 5n;
    const ask = (sessionId: bigint, path: string, flags: number): void => {
      const body = new JuteWriter(64);
      CreateRequest.write(body, { path, data, acl: openAcl, flags });
      writes?.fromLearner({}, { sessionId, cxid: 1, type: OpCode.create, body: body.copy() }, []);
      harness.settle();
    };
    ask(foreign, "/plain", PERSISTENT);
    ask(foreign, "/ephemeral", EPHEMERAL);
    // It was this server's, and is gone.
    ask(own, "/own", PERSISTENT);
    expect(harness.log).to.have.length(3);
    const reader = harness.session();
    const errs = ["/plain", "/ephemeral", "/own"].map(
      (path) => reader.call(OpCode.exists, { path, watch: false }).err,
    );
    expect(errs).to.deep.equal([0, ErrorCode.NONODE, ErrorCode.NONODE]);
  });

  it("ask a learner's leader for a session first, under their own id", () => {
    const { harness, asked, commit } = learner(local);
    const client = harness.session({ timeOut: 10_000 });
    const { sessionId } = client;
    expect(asked).to.deep.equal([]);
    // xid 0 is the cxid of the server's own request, too.
    client.send(OpCode.create, ephemeral, 0);
    client.send(OpCode.exists, { path: "/e", watch: false });
    expect(asked.map(({ type, cxid }) => [type, cxid])).to.deep.equal([
      [OpCode.createSession, 0],
      [OpCode.create, 0],
    ]);
    expect(asked[0]).to.deep.include({ sessionId, body: timeout10s });
    commit(1n, sessionId, 0, { type: OpCode.createSession, record: { timeOut: 10_000 } });
    expect([client.received.length, harness.server.timeouts.get(sessionId)]).to.deep.equal([0, 10_000]);
    commit(2n, sessionId, 0, createOp("/e", true));
    expect(client.takeReply(0).err).to.equal(0);
    expect(client.takeReply(1).err).to.equal(0);
    client.sendRaw(OpCode.closeSession);
    expect(asked.at(-1)).to.deep.include({ sessionId, type: OpCode.closeSession });
  });

  it("hear of a learner that they may own nothing, whatever the leader says", () => {
    const { harness, asked, commit } = learner({ localSessionsEnabled: true });
    const client = harness.session();
    client.send(OpCode.create, ephemeral, 7);
    client.send(OpCode.multi, [{ type: OpCode.create, record: ephemeral }], 8);
    expect(asked.map(({ type }) => type)).to.deep.equal([OpCode.create, OpCode.multi]);
    const expired = subError(ErrorCode.SESSIONEXPIRED);
    commit(1n, client.sessionId, 7, expired);
    commit(2n, client.sessionId, 8, { type: OpCode.multi, record: [expired] });
    expect(client.takeReply(7).err).to.equal(ErrorCode.EPHEMERALONLOCALSESSION);
    expect(client.takeReply(8)).to.deep.include({
      err: 0,
      body: [subError(ErrorCode.SESSIONEXPIRED)],
    });
  });

  it("go on at the learner that has them; of others it asks the leader", () => {
    const { harness, revalidated } = learner(local);
    const client = harness.session();
    expect(reconnect(harness, client).connected().sessionId).to.equal(client.sessionId);
    expect([client.closeReason, revalidated]).to.deep.equal(["client reconnected", []]);
    const foreign = harness.accept();
    foreign.connect({ sessionId: 77n, passwd: sessionPassword(77n) });
    expect([foreign.received, revalidated]).to.deep.equal([[], [77n]]);
  });

  it("are not to be had on a server alone", () => {
    const harness = new CoreHarness(local);
    harness.session();
    expect([harness.log.length, harness.server.sessions.localCount]).to.deep.equal([1, 0]);
  });
});

describe("ZooKeeperServer: read-only mode", () => {
  const place: Place = { kind: "readOnly" };

  it("serves reads to clients that agree to that, and turns away all others", () => {
    const harness = new CoreHarness({ ...local, place });
    for (const readOnly of [false, null]) {
      const other = harness.accept();
      other.connect({ readOnly });
      expect([other.received, other.closed]).to.deep.equal([[], true]);
    }
    const client = harness.accept();
    client.connect({ readOnly: true });
    expect(client.received[0]).to.have.property("readOnlyByte", 1);
    client.connected();
    expect(client.call(OpCode.exists, { path: "/zookeeper", watch: true }).err).to.equal(0);
    expect(client.call(OpCode.sync, { path: "/" }).err).to.equal(ErrorCode.NOTREADONLY);
    expect(client.call(OpCode.create, ephemeral).err).to.equal(ErrorCode.NOTREADONLY);
    const xid = client.sendRaw(OpCode.create, data);
    expect(client.takeReply(xid)).to.deep.include({ err: ErrorCode.NOTREADONLY, zxid: 0n });
    client.sendRaw(OpCode.closeSession);
    expect(client.closeReason).to.equal("closed by the client");
    expect([harness.log, harness.server.outstanding.inProcess]).to.deep.equal([[], 0]);
  });

  it("cannot begin a session of the ensemble, nor go on with one", () => {
    const known = (9n << 56n) + 1n;
    const state = { timeouts: new Map([[known, 10_000]]) };
    const harness = new CoreHarness({ place, state });
    const { connection, closed } = harness.accept();
    const request = connectFrame({ readOnly: true });
    expect(harness.server.frame(connection, request, 0, request.length)).to.equal(false);
    // No ConnectResponse: the reply to a createSession, with xid 0 and the zxid of the tree.
    const reply = new JuteReader(connection.out.copy());
    expect([reply.readInt(), reply.readInt(), reply.readLong(), reply.readInt()]).to.deep.equal([
      16,
      0,
      0n,
      -119,
    ]);
    expect([reply.remaining, closed, connection.phase]).to.deep.equal([0, false, "connecting"]);
    connection.out.clear();
    const back = harness.accept();
    back.connect({ readOnly: true, sessionId: known, passwd: sessionPassword(known) });
    expect([back.received, back.closed]).to.deep.equal([[], true]);
    // One that this server has not heard of may be anybody's: Apache lets it read.
    const unknown = harness.accept();
    unknown.connect({ readOnly: true, sessionId: known + 1n, passwd: sessionPassword(known + 1n) });
    expect(unknown.connected().sessionId).to.equal(known + 1n);
    const xid = unknown.sendRaw(OpCode.closeSession);
    expect([unknown.takeReply(xid).err, unknown.closed]).to.deep.equal([ErrorCode.NOTREADONLY, false]);
    expect([harness.log, harness.server.timeouts]).to.deep.equal([[], state.timeouts]);
  });
});
