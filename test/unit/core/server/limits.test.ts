import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { connectionThrottleDefaults } from "../../../../src/core/throttle/connectionThrottle.ts";
import { requestThrottleDefaults } from "../../../../src/core/throttle/requestThrottle.ts";
import { openAcl } from "../../../support/coreClient.ts";
import { CoreHarness } from "../../../support/coreHarness.ts";

const createOf = (path: string, data: Uint8Array | null = null) => ({ path, data, acl: openAcl, flags: 0 });

describe("ZooKeeperServer: limits", () => {
  it("bounds the connections of one address, and of all", () => {
    const harness = new CoreHarness({ maxClientCnxns: 2, maxCnxns: 3 });
    const at = (remoteAddress: string) => harness.tryAccept({ remoteAddress });
    const [first, second] = [at("10.0.0.1"), at("10.0.0.1")];
    expect([first === null, second === null, at("10.0.0.1")]).to.deep.equal([false, false, null]);
    expect(at("10.0.0.2")).to.not.equal(null);
    expect(at("10.0.0.3"), "one too many in all").to.equal(null);
    expect(harness.server.metrics.counters.connectionRejected.value).to.equal(2);
    first?.disconnect();
    expect(at("10.0.0.1")).to.not.equal(null);
    second?.disconnect();
    second?.disconnect();
    expect(harness.server.connections.limits.count, "a connection is released once").to.equal(2);
  });

  it("has no limit where it is 0", () => {
    const harness = new CoreHarness({ maxClientCnxns: 0 });
    for (let i = 0; i < 100; i++) expect(harness.tryAccept()).to.not.equal(null);
  });

  it("closes connects that find no token, and lets them in as tokens come back", () => {
    const connectionThrottle = { ...connectionThrottleDefaults, maxTokens: 2, fillTimeMs: 100 };
    const harness = new CoreHarness({ connectionThrottle });
    const outcomes: boolean[] = [];
    for (let i = 0; i < 3; i++) {
      const client = harness.accept();
      client.connect();
      outcomes.push(client.closed);
      expect(client.received).to.deep.equal([]);
    }
    expect(outcomes).to.deep.equal([false, false, true]);
    harness.advance(150);
    const later = harness.accept();
    later.connect();
    expect(later.closed).to.equal(false);
  });

  it("stops reading from who has requests outstanding beyond globalOutstandingLimit, and goes on", () => {
    const harness = new CoreHarness({ globalOutstandingLimit: 3 });
    const [busy, idle] = [harness.session(), harness.session()];
    harness.takeEffects();
    for (let i = 0; i < 10; i++) busy.send(OpCode.create, createOf(`/n${i}`));
    // More than three in the server: the fifth request is taken, and none behind it.
    expect(harness.takeEffects().filter(({ tag }) => tag === "pause")).to.deep.equal([
      { tag: "pause", client: 0 },
    ]);
    expect(harness.server.outstandingProposals).to.equal(5);
    idle.send(OpCode.ping, {}, -2);
    expect(idle.take(), "xids up to 0 are not counted").to.have.length(1);
    for (let rounds = 0; rounds < 20 && busy.received.length < 10; rounds++) harness.settle();
    const xids = busy.take().flatMap((one) => (one.kind === "reply" ? [one.xid] : []));
    expect(xids).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(harness.server.outstanding.inProcess).to.equal(0);
    expect(busy.connection.paused).to.equal(false);
  });

  it("stops reading from who has too much waiting behind its writes, or too many writes, whatever the xids", () => {
    for (const [type, taken] of [
      [OpCode.ping, 1 + 50],
      [OpCode.create, 1000],
    ] as const) {
      const harness = new CoreHarness();
      const client = harness.session();
      client.send(OpCode.create, createOf("/first"), -1000);
      for (let i = 1; i < 1200; i++) {
        if (type === OpCode.ping) client.send(type, {}, -2);
        else client.send(type, createOf(`/n${i}`), -1000 - i);
      }
      expect([client.connection.waitingCount, client.blocked]).to.deep.equal([taken, true]);
      while (client.received.length < 1200 && client.connection.waitingCount > 0) harness.settle();
      expect(client.received).to.have.length(1200);
      expect([client.connection.waitingCount, client.connection.paused]).to.deep.equal([0, false]);
    }
  });

  it("closes who sends a large request while too many are under way", () => {
    const harness = new CoreHarness({ largeRequestThresholdBytes: 100, largeRequestMaxBytes: 400 });
    const client = harness.session();
    const large = new Uint8Array(200);
    client.send(OpCode.create, createOf("/a", large));
    client.send(OpCode.create, createOf("/small"));
    expect(client.closed).to.equal(false);
    client.send(OpCode.create, createOf("/b", large));
    expect(client.closeReason).to.equal("too many large requests");
    expect(harness.server.metrics.counters.largeRequestsRejected.value).to.equal(1);
    harness.settle();
    expect(harness.server.largeRequests.bytes, "given back though nobody heard the answer").to.equal(0);
    const other = harness.session();
    other.create("/b", large);
    other.create("/c", large);
    expect(harness.server.largeRequests.bytes).to.equal(0);
  });

  it("counts every frame towards the large ones, also one that is no request", () => {
    const harness = new CoreHarness({ largeRequestThresholdBytes: 100, largeRequestMaxBytes: 400 });
    const [busy, other] = [harness.session(), harness.session()];
    busy.send(OpCode.create, createOf("/a", new Uint8Array(200)));
    other.send(OpCode.auth, { type: 0, scheme: "digest", auth: new Uint8Array(80) });
    expect(other.take(), "a small frame").to.have.length(1);
    other.send(OpCode.auth, { type: 0, scheme: "digest", auth: new Uint8Array(200) });
    expect([other.take(), other.closeReason]).to.deep.equal([[], "too many large requests"]);
    expect(harness.server.metrics.counters.largeRequestsRejected.value).to.equal(1);
  });

  describe("request throttle", () => {
    const throttled = (changes: Partial<typeof requestThrottleDefaults> = {}) =>
      new CoreHarness({ requestThrottle: { ...requestThrottleDefaults, maxRequests: 2, ...changes } });

    it("lets so many requests in and holds the others in order", () => {
      const harness = throttled();
      const client = harness.session();
      for (let i = 0; i < 5; i++) client.send(OpCode.create, createOf(`/n${i}`));
      client.send(OpCode.exists, { path: "/n4", watch: false });
      expect(harness.server.outstandingProposals).to.equal(2);
      expect(harness.server.outstanding.queued).to.equal(4);
      expect(harness.server.nextDueMs).to.be.at.most(harness.clock.monotonicMs + 100);
      harness.logged(harness.lastAppendedZxid);
      expect(client.received).to.have.length(2);
      harness.settle();
      const replies = client.take().flatMap((one) => (one.kind === "reply" ? [[one.xid, one.err]] : []));
      expect(replies).to.deep.equal([1, 2, 3, 4, 5, 6].map((xid) => [xid, 0]));
      expect([harness.server.outstanding.queued, harness.server.outstanding.inProcess]).to.deep.equal([0, 0]);
    });

    it("looks at what waits again after request_throttle_stall_time, if that is above 0", () => {
      for (const [stallTimeMs, dueMs] of [
        [7, 7],
        [0, Infinity],
      ]) {
        const harness = throttled({ stallTimeMs });
        const client = harness.session();
        for (let i = 0; i < 3; i++) client.send(OpCode.create, createOf(`/n${i}`));
        const withoutQueue = throttled().session().harness.server.nextDueMs;
        expect(harness.server.nextDueMs).to.equal(Math.min(harness.clock.monotonicMs + dueMs, withoutQueue));
      }
    });

    it("drops what a closed connection had waiting", () => {
      const harness = throttled();
      const [gone, other] = [harness.session(), harness.session()];
      for (let i = 0; i < 4; i++) gone.send(OpCode.create, createOf(`/gone${i}`));
      const xid = other.send(OpCode.create, createOf("/other"));
      gone.disconnect();
      harness.settle();
      harness.advance(100);
      harness.settle();
      const { tree } = harness.server;
      const there = ["/gone0", "/gone1", "/gone2", "/gone3", "/other"].map((path) => tree.find(path) >= 0);
      expect(there).to.deep.equal([true, true, false, false, true]);
      expect(other.takeReply(xid).err).to.equal(0);
      expect(harness.server.metrics.counters.staleRequestsDropped.value).to.equal(1);
      expect([harness.server.outstanding.queued, harness.server.outstanding.inProcess]).to.deep.equal([0, 0]);
    });

    it("answers -127 in its turn, with the last zxid, to an operation that waited too long", () => {
      const harness = throttled({ throttledOpWaitTimeMs: 50 });
      const client = harness.session();
      for (let i = 0; i < 4; i++) client.send(OpCode.create, createOf(`/n${i}`));
      client.send(OpCode.closeSession, {});
      harness.clock.monotonicMs += 51;
      harness.logged(harness.loggedZxid + 1n);
      harness.settle();
      const replies = client.take().flatMap((one) => (one.kind === "reply" ? [[one.xid, one.err]] : []));
      const late = ErrorCode.THROTTLEDOP;
      expect(replies).to.deep.equal([
        [1, 0],
        [2, 0],
        [3, late],
        [4, late],
        [5, 0],
      ]);
      expect(harness.server.tree.find("/n2")).to.equal(-1);
      expect(harness.server.metrics.counters.throttledOps.value).to.equal(2);
    });

    it("lets the next in when the write of a client that is gone has finished", () => {
      const harness = throttled({ maxRequests: 1 });
      const [gone, other] = [harness.session(), harness.session()];
      gone.send(OpCode.create, createOf("/gone"));
      const xid = other.send(OpCode.create, createOf("/other"));
      gone.disconnect();
      harness.settle();
      expect(other.takeReply(xid).err).to.equal(0);
    });

    it("does not bring a session back whose closeSession went before", () => {
      const harness = throttled({ maxRequests: 10 });
      const client = harness.session();
      harness.server.outstanding.inProcess += 10;
      client.send(OpCode.closeSession, {});
      client.sendRaw(OpCode.createSession, Uint8Array.of(0, 0, 16, 0));
      expect(harness.server.outstanding.queued).to.equal(2);
      harness.server.outstanding.inProcess -= 10;
      harness.advance(100);
      harness.settle();
      expect(harness.server.timeouts.size).to.equal(0);
      expect(harness.server.sessions.count).to.equal(0);
    });

    it("answers nothing behind closeSession here either", () => {
      const harness = throttled();
      const client = harness.session();
      client.send(OpCode.create, createOf("/a"));
      client.send(OpCode.create, createOf("/b"));
      client.send(OpCode.closeSession, {});
      client.send(OpCode.create, createOf("/late"));
      client.send(OpCode.exists, { path: "/", watch: false });
      harness.settle();
      harness.advance(200);
      harness.settle();
      const xids = client.take().flatMap((one) => (one.kind === "reply" ? [one.xid] : []));
      expect(xids).to.deep.equal([1, 2, 3]);
      expect(harness.server.tree.find("/late")).to.equal(-1);
      expect([harness.server.outstanding.queued, harness.server.outstanding.inProcess]).to.deep.equal([0, 0]);
    });
  });

  describe("enforcement", () => {
    const enforcing = () =>
      new CoreHarness({ auth: { enforceAuthEnabled: true, enforceAuthSchemes: ["digest"] } });

    it("answers -124 with zxid 0 and closes, ping and closeSession included", () => {
      for (const type of [OpCode.ping, OpCode.closeSession, OpCode.exists, OpCode.create] as const) {
        const harness = enforcing();
        const client = harness.session();
        const xid = client.sendRaw(type, new Uint8Array(0), -2);
        const { zxid, err, body } = client.takeReply(xid);
        expect([zxid, err, body]).to.deep.equal([0n, ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH, null]);
        expect(client.closed).to.equal(true);
        expect(harness.server.sessions.count, "the session lingers").to.equal(1);
      }
    });

    it("lets in who has authenticated", () => {
      const client = enforcing().session();
      client.ok(OpCode.auth, { type: 0, scheme: "digest", auth: new TextEncoder().encode("u:p") });
      client.create("/a");
    });
  });

  it("removes containers and TTL nodes when their time has come, so many a minute", () => {
    const harness = new CoreHarness({
      prep: { extendedTypesEnabled: true },
      containerCheckIntervalMs: 60_000,
      containersPerMinuteMax: 60,
    });
    const client = harness.session({ timeOut: 40_000 });
    for (let i = 0; i < 3; i++) {
      client.ok(OpCode.createTTL, { path: `/t${i}`, data: null, acl: openAcl, flags: 5, ttl: 1000n });
    }
    client.ok(OpCode.createContainer, { path: "/unused", data: null, acl: openAcl, flags: 4 });
    harness.autoLog = true;
    const left = () => ["/t0", "/t1", "/t2", "/unused"].filter((path) => harness.server.tree.find(path) >= 0);
    harness.advance(59_999);
    expect(left()).to.have.length(4);
    harness.advance(1);
    expect(left()).to.deep.equal(["/t1", "/t2", "/unused"]);
    expect(harness.server.nextDueMs).to.be.at.most(harness.clock.monotonicMs + 1000);
    harness.advance(1000);
    expect(left()).to.deep.equal(["/t2", "/unused"]);
    harness.advance(60_000);
    expect(left(), "a container that never had a child stays").to.deep.equal(["/unused"]);
  });

  it("removes none of them with 0 a minute, and all at once with less", () => {
    for (const containersPerMinuteMax of [0, -1]) {
      const harness = new CoreHarness({ prep: { extendedTypesEnabled: true }, containersPerMinuteMax });
      const client = harness.session({ timeOut: 40_000 });
      for (let i = 0; i < 3; i++) {
        client.ok(OpCode.createTTL, { path: `/t${i}`, data: null, acl: openAcl, flags: 5, ttl: 1000n });
      }
      const before = harness.server.lastProcessedZxid;
      client.disconnect();
      harness.autoLog = true;
      harness.advance(60_000);
      const closeSession = 1n;
      const removed = harness.server.lastProcessedZxid - before - closeSession;
      expect(removed).to.equal(containersPerMinuteMax === 0 ? 0n : 3n);
    }
  });

  it("counts refusals by quota for the namespace, and writes one line a second about them at most", () => {
    const harness = new CoreHarness({ prep: { enforceQuota: true } });
    harness.autoLog = true;
    const client = harness.session();
    for (const path of ["/a", "/zookeeper/quota/a", "/zookeeper/quota/a/zookeeper_stats"])
      client.create(path);
    const limits = (text: string) => new TextEncoder().encode(text);
    client.create("/zookeeper/quota/a/zookeeper_limits", limits("count=1,bytes=-1=;countHardLimit=1"));
    harness.takeEffects();
    const refused = (): number => client.call(OpCode.create, createOf("/a/b")).err;
    const lines = () => harness.takeEffects().flatMap((one) => (one.tag === "report" ? [one.message] : []));
    const line = "quota of /a exceeded: count would be 2, hard limit is 1";
    for (let i = 0; i < 3; i++) expect(refused()).to.equal(ErrorCode.QUOTAEXCEEDED);
    expect(lines()).to.deep.equal([line]);
    harness.advance(1000);
    expect(refused()).to.equal(ErrorCode.QUOTAEXCEEDED);
    expect(lines()).to.deep.equal([line]);
    const values: Record<string, number | bigint> = {};
    const integer = (name: string, value: number | bigint) => void (values[name] = value);
    harness.server.metrics.quotaExceededErrorPerNamespace.dump({ integer, double: integer, text: () => {} });
    expect(values).to.deep.equal({ a_quota_exceeded_error_per_namespace: 4 });
  });

  it("refuses what would grow while memory is short, and takes all else", () => {
    const harness = new CoreHarness();
    harness.autoLog = true;
    const client = harness.session();
    expect(client.call(OpCode.create, createOf("/a", new Uint8Array(10))).err).to.equal(0);
    harness.server.memoryIsShort(true);
    expect(client.call(OpCode.create, createOf("/b")).err).to.equal(ErrorCode.QUOTAEXCEEDED);
    const larger = { path: "/a", data: new Uint8Array(11), version: -1 };
    expect(client.call(OpCode.setData, larger).err).to.equal(ErrorCode.QUOTAEXCEEDED);
    expect(client.call(OpCode.setData, { ...larger, data: new Uint8Array(9) }).err).to.equal(0);
    expect(client.call(OpCode.getData, { path: "/a", watch: false }).err).to.equal(0);
    harness.server.memoryIsShort(false);
    expect(client.call(OpCode.create, createOf("/b")).err).to.equal(0);
    expect(client.call(OpCode.delete, { path: "/b", version: -1 }).err).to.equal(0);
  });
});
