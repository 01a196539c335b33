import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { AddWatchMode } from "../../../../protocol/flags.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { requestThrottleDefaults } from "../../../../src/core/throttle/requestThrottle.ts";
import type { CoreClient } from "../../../support/coreClient.ts";
import { CoreHarness } from "../../../support/coreHarness.ts";

/** Numbers of srvr, cons and mntr, as Apache 3.9.5 had them when it was asked the same. */
describe("statistics", () => {
  const sent = (client: CoreClient): number => client.connection.stats.packetsSent;

  it("count a new session as an update by the name of SESS, a renewed one not", () => {
    const harness = new CoreHarness();
    const client = harness.accept();
    client.connect();
    harness.clock.monotonicMs += 4;
    harness.settle();
    const { stats } = client.connection;
    expect([stats.lastOp, stats.lastCxid, stats.lastZxid, stats.maxLatencyMs]).to.deep.equal([
      "SESS",
      0,
      1n,
      4,
    ]);
    expect(harness.server.stats.requestLatency.max).to.equal(4);
    expect(harness.server.metrics.percentiles.updatelatency.summary.count).to.equal(1);

    const again = harness.accept();
    again.connect({ sessionId: client.sessionId, passwd: client.passwd });
    expect(again.connection.stats.lastOp).to.equal(null);
    expect(harness.server.metrics.percentiles.updatelatency.summary.count).to.equal(1);
  });

  it("count every packet for the server as for its connection: replies, events, refusals", () => {
    const harness = new CoreHarness();
    const watcher = harness.session();
    watcher.ok(OpCode.addWatch, { path: "/", mode: AddWatchMode.PERSISTENT_RECURSIVE });
    const client = harness.session();
    client.create("/a");
    client.create("/b");
    expect([sent(watcher), sent(client), harness.server.stats.packetsSent]).to.deep.equal([4, 3, 7]);
    // Events of 16 bytes of header, and type, state and path.
    expect(harness.server.metrics.counters.watchBytes.value).to.equal(2 * (16 + 8 + 6));

    client.call(OpCode.setWatches, {
      relativeZxid: 0n,
      dataWatches: ["/none"],
      existWatches: [],
      childWatches: [],
    });
    expect([sent(client), harness.server.stats.packetsSent]).to.deep.equal([5, 9]);
    expect(harness.server.metrics.counters.watchBytes.value).to.equal(2 * 30 + 16 + 8 + 9);

    client.sendRaw(99);
    const refused = harness.accept();
    refused.connect({ sessionId: 5n });
    expect([sent(client), sent(refused), harness.server.stats.packetsSent]).to.deep.equal([6, 1, 11]);
    expect(harness.server.metrics.counters.connectionRevalidateCount.value).to.equal(1);
  });

  it("take the size of a reply without its length, and leave pings out of the sum", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    const { stats, metrics } = harness.server;
    expect(stats.clientResponseStats.text()).to.equal("-1/-1/-1");
    client.ok(OpCode.sync, { path: "/abc" });
    expect([stats.clientResponseStats.last, metrics.counters.responseBytes.value]).to.deep.equal([24, 24]);
    client.call(OpCode.ping, {});
    expect([stats.clientResponseStats.last, metrics.counters.responseBytes.value]).to.deep.equal([16, 24]);
  });

  it("name a refused write NA: one that cannot be read, and one that was throttled", () => {
    const harness = new CoreHarness({
      requestThrottle: { ...requestThrottleDefaults, maxRequests: 1, throttledOpWaitTimeMs: 50 },
    });
    const client = harness.session();
    const updates = harness.server.metrics.percentiles.updatelatency.summary;
    client.create("/a");
    expect([client.connection.stats.lastOp, updates.count]).to.deep.equal(["CREA", 2]);
    client.sendRaw(OpCode.create);
    expect([client.connection.stats.lastOp, updates.count]).to.deep.equal(["NA", 3]);

    client.send(OpCode.delete, { path: "/a", version: -1 });
    const xid = client.send(OpCode.exists, { path: "/a", watch: false });
    harness.clock.monotonicMs += 51;
    harness.settle();
    expect(client.takeReply(xid).err).to.equal(ErrorCode.THROTTLEDOP);
    expect([client.connection.stats.lastOp, updates.count]).to.deep.equal(["NA", 4]);
  });

  it("count a connect that the throttle lets through", () => {
    const harness = new CoreHarness({
      connectionThrottle: {
        maxTokens: 1,
        fillTimeMs: 1000,
        fillCount: 1,
        freezeTimeMs: -1,
        dropIncrease: 0,
        dropDecrease: 0,
        decreaseRatio: 0,
      },
    });
    harness.session();
    const late = harness.accept();
    late.connect();
    expect(late.closed).to.equal(true);
    expect(harness.server.metrics.counters.connectionRequestCount.value).to.equal(1);
  });

  it("count what is read of a namespace: path, data and a Stat", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    client.create("/a");
    client.ok(OpCode.setData, { path: "/a", data: new Uint8Array(5), version: -1 });
    client.ok(OpCode.getData, { path: "/a", watch: false });
    client.ok(OpCode.exists, { path: "/a", watch: false });
    client.create("/a/child");
    client.ok(OpCode.getChildren, { path: "/a", watch: false });
    const sums: Record<string, number> = {};
    const put = (name: string, value: number | bigint): void => void (sums[name] = Number(value));
    harness.server.metrics.sets.readPerNamespace.dump({ integer: put, double: put, text: () => undefined });
    expect(sums["sum_a_read_per_namespace"]).to.equal(2 + 5 + 68 + (2 + 68) + (2 + 5 + 68));
  });

  it("count a connection as dropped if its client has gone, not if the server closed it", () => {
    const harness = new CoreHarness();
    const { counters } = harness.server.metrics;
    const left = harness.session();
    left.sendRaw(OpCode.closeSession);
    harness.settle();
    harness.server.disconnected(left.connection);
    harness.server.close(harness.accept().connection, "a word was answered");
    expect(counters.connectionDropCount.value).to.equal(0);
    const gone = harness.session();
    harness.server.disconnected(gone.connection);
    harness.server.disconnected(gone.connection);
    harness.server.disconnected(harness.accept().connection);
    expect(counters.connectionDropCount.value).to.equal(2);
  });
});
