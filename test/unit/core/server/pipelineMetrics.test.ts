import { expect } from "chai";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { requestThrottleDefaults } from "../../../../src/core/throttle/requestThrottle.ts";
import { CoreHarness, type HarnessOptions } from "../../../support/coreHarness.ts";

/** All metrics by name, as `mntr` shows them. */
function shown(harness: CoreHarness): (name: string) => number | undefined {
  const values = new Map<string, number>();
  const put = (name: string, value: number | bigint): void => void values.set(name, Number(value));
  harness.server.metrics.dump({ integer: put, double: put, text: () => undefined });
  return (name) => values.get(name);
}

const started = (options: HarnessOptions = {}): CoreHarness => {
  const harness = new CoreHarness(options);
  harness.session();
  harness.server.stats.reset();
  return harness;
};

describe("PipelineMetrics", () => {
  it("count every request in the stages of Apache's lone server, in which reads pass the same way", () => {
    const harness = started();
    const client = harness.clients[0];
    client.create("/a");
    client.call(OpCode.create, { path: "/a", data: null, acl: [], flags: 0 });
    client.ok(OpCode.getData, { path: "/a", watch: false });
    const value = shown(harness);
    for (const name of [
      "prep_processor_request_queued",
      "cnt_prep_processor_queue_size",
      "cnt_prep_processor_queue_time_ms",
      "cnt_prep_process_time",
      "cnt_proposal_process_time",
      "sync_processor_request_queued",
      "cnt_sync_processor_queue_size",
      "cnt_sync_processor_queue_time_ms",
      "cnt_request_throttle_queue_time_ms",
    ])
      expect(value(name), name).to.equal(3);
    expect(value("cnt_sync_process_time")).to.equal(2);
    expect(value("cnt_sync_processor_queue_and_flush_time_ms")).to.equal(2);
    expect(value("cnt_propagation_latency")).to.equal(2);
    // The node and its parent; nothing for what was refused.
    expect([value("outstanding_changes_queued"), value("outstanding_changes_removed")]).to.deep.equal([2, 2]);
    expect(shown(harness)("prep_processor_request_queued")).to.equal(3);
  });

  it("time how long writes wait for the disk: behind the batch before, and for their own", () => {
    const harness = started();
    const client = harness.clients[0];
    const { clock, server } = harness;
    const write = (ms: number): void => {
      client.send(OpCode.setData, { path: "/", data: null, version: -1 });
      harness.pump();
      clock.monotonicMs += ms;
      clock.wallMs += ms;
    };
    write(10);
    const first = harness.lastAppendedZxid;
    write(20);
    write(30);
    server.logged(first);
    clock.monotonicMs += 5;
    clock.wallMs += 5;
    harness.settle();
    const value = shown(harness);
    expect(value("sum_sync_processor_queue_size")).to.equal(0 + 1 + 2);
    // The first begins at once; the others when it is there.
    expect(value("sum_sync_processor_queue_time_ms")).to.equal(0 + 50 + 30);
    expect(value("sum_sync_processor_queue_flush_time_ms")).to.equal(60 + 5);
    expect(value("cnt_sync_processor_queue_flush_time_ms")).to.equal(2);
    expect(value("sum_sync_processor_queue_and_flush_time_ms")).to.equal(60 + 55 + 35);
    expect(value("sum_propagation_latency")).to.equal(60 + 55 + 35);
  });

  it("leave a propagation out that a step of the clock made negative", () => {
    const harness = started();
    const client = harness.clients[0];
    client.send(OpCode.setData, { path: "/", data: null, version: -1 });
    harness.pump();
    harness.clock.wallMs -= 1000;
    harness.settle();
    expect(shown(harness)("cnt_propagation_latency")).to.equal(0);
  });

  it("count answers that nobody hears, but for those of errors and of closeSession", () => {
    const harness = started();
    const client = harness.clients[0];
    client.send(OpCode.setData, { path: "/", data: null, version: -1 });
    client.send(OpCode.setData, { path: "/none", data: null, version: -1 });
    client.send(OpCode.getData, { path: "/", watch: false });
    client.sendRaw(OpCode.closeSession);
    harness.pump();
    harness.server.disconnected(client.connection);
    harness.settle();
    const value = shown(harness);
    expect(value("stale_replies")).to.equal(2);
    expect([value("cnt_updatelatency"), value("cnt_readlatency")]).to.deep.equal([3, 1]);
    expect(value("cnt_close_session_prep_time")).to.equal(1);
  });

  it("time the queue of the request throttle, and count what is stale there and goes on all the same", () => {
    const requestThrottle = { ...requestThrottleDefaults, maxRequests: 1, stallTimeMs: 0, dropStale: false };
    const harness = started({ requestThrottle });
    const client = harness.clients[0];
    for (let i = 0; i < 2; i++) client.send(OpCode.setData, { path: "/", data: null, version: -1 });
    harness.pump();
    harness.clock.monotonicMs += 7;
    harness.server.disconnected(client.connection);
    harness.settle();
    const value = shown(harness);
    expect(value("stale_requests")).to.equal(1);
    expect(value("cnt_request_throttle_queue_time_ms")).to.equal(2);
    expect(value("sum_request_throttle_queue_time_ms")).to.equal(7);
  });

  it("are zero after a reset, also of what had only been counted", () => {
    const harness = started();
    harness.clients[0].create("/a");
    harness.server.stats.reset();
    expect(shown(harness)("prep_processor_request_queued")).to.equal(0);
    expect(shown(harness)("outstanding_changes_queued")).to.equal(0);
  });
});
