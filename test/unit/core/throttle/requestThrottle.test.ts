import { expect } from "chai";
import { OpCode } from "../../../../protocol/opcodes.ts";
import {
  RequestThrottle,
  requestThrottleDefaults,
  ThrottleDecision,
  type ThrottledRequest,
  type RequestThrottleSettings,
} from "../../../../src/core/throttle/requestThrottle.ts";

const { SUBMIT, SUBMIT_THROTTLED, STALL, DROP, DROP_STALE } = ThrottleDecision;

describe("RequestThrottle", () => {
  const healthy = { stale: false, invalid: false, sessionTimeoutMs: 4000 };
  const closed = { ...healthy, stale: true };
  const invalid = { ...healthy, invalid: true };

  function decide(
    settings: Partial<RequestThrottleSettings>,
    request: Partial<ThrottledRequest>,
    inProcess = 0,
    nowMs = 0,
  ): ThrottleDecision {
    const whole = { type: OpCode.getData, createTimeMs: 0, queueTimeMs: 0, connection: healthy, ...request };
    return new RequestThrottle({ ...requestThrottleDefaults, ...settings }).decide(whole, inProcess, nowMs);
  }

  it("submits everything without a limit, stale or not, however many there are", () => {
    expect(decide({}, {}, 1e6, 1e9)).to.equal(SUBMIT);
    expect(decide({}, { connection: closed })).to.equal(SUBMIT);
    expect(decide({}, { connection: null })).to.equal(SUBMIT);
  });

  it("drops what follows a dropped request, with or without a limit", () => {
    expect(decide({}, { connection: invalid })).to.equal(DROP);
    expect(decide({ maxRequests: 1 }, { connection: invalid }, 5)).to.equal(DROP);
    expect(decide({}, { connection: invalid, type: OpCode.closeSession })).to.equal(DROP);
  });

  it("stalls at the limit, not before", () => {
    expect(decide({ maxRequests: 3 }, {}, 2)).to.equal(SUBMIT);
    expect(decide({ maxRequests: 3 }, {}, 3)).to.equal(STALL);
    expect(decide({ maxRequests: 3 }, { connection: null }, 4)).to.equal(STALL);
  });

  it("drops stale requests first, but never a closeSession", () => {
    expect(decide({ maxRequests: 3 }, { connection: closed }, 9)).to.equal(DROP_STALE);
    expect(decide({ maxRequests: 3 }, { connection: closed }, 0)).to.equal(DROP_STALE);
    expect(decide({ maxRequests: 3, dropStale: false }, { connection: closed }, 9)).to.equal(STALL);
    expect(decide({ maxRequests: 3, staleConnectionCheck: false }, { connection: closed }, 0)).to.equal(
      SUBMIT,
    );
    expect(decide({ maxRequests: 3 }, { connection: closed, type: OpCode.closeSession }, 0)).to.equal(SUBMIT);
  });

  it("takes age for staleness only when asked to, and only beyond the session timeout", () => {
    const settings = { maxRequests: 3, staleLatencyCheck: true };
    expect(decide(settings, { createTimeMs: 1000 }, 0, 5000)).to.equal(SUBMIT);
    expect(decide(settings, { createTimeMs: 1000 }, 0, 5001)).to.equal(DROP_STALE);
    expect(decide({ maxRequests: 3 }, { createTimeMs: 1000 }, 0, 5001)).to.equal(SUBMIT);
    expect(decide(settings, { connection: null }, 0, 1e9)).to.equal(SUBMIT);
  });

  it("marks an op that waited longer than throttled_op_wait_time, except session requests and pings", () => {
    const settings = { throttledOpWaitTimeMs: 50 };
    expect(decide(settings, { queueTimeMs: 100 }, 0, 150)).to.equal(SUBMIT);
    expect(decide(settings, { queueTimeMs: 100 }, 0, 151)).to.equal(SUBMIT_THROTTLED);
    for (const type of [OpCode.ping, OpCode.createSession, OpCode.closeSession]) {
      expect(decide(settings, { type }, 0, 1000)).to.equal(SUBMIT);
    }
    expect(decide({}, {}, 0, 1e9)).to.equal(SUBMIT);
  });

  it("says what is stale without a limit too, for the count of stale requests", () => {
    const subject = new RequestThrottle(requestThrottleDefaults);
    const request = { type: OpCode.create, createTimeMs: 0, queueTimeMs: 0 };
    expect(subject.isStale({ ...request, connection: closed }, 0)).to.equal(true);
    expect(subject.isStale({ ...request, connection: invalid }, 0)).to.equal(true);
    expect(subject.isStale({ ...request, connection: healthy }, 1e9)).to.equal(false);
  });
});
