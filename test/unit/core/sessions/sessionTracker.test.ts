import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import type { Session } from "../../../../src/core/sessions/session.ts";
import {
  applySessionTxn,
  trackAll,
  type SessionTimeouts,
} from "../../../../src/core/sessions/sessionTimeouts.ts";
import { SessionTracker } from "../../../../src/core/sessions/sessionTracker.ts";

describe("SessionTracker", () => {
  let tracker: SessionTracker;
  let expired: bigint[];
  const sink = { expire: (session: Session): void => void expired.push(session.id) };

  beforeEach(() => {
    tracker = new SessionTracker(2000, 0);
    expired = [];
  });

  function expireAt(nowMs: number, countMax?: number): bigint[] {
    expired = [];
    tracker.expireDue(nowMs, sink, countMax);
    return expired;
  }

  it("expires a session 0 to 1 tick after its timeout", () => {
    tracker.create(1n, 4000, 0);
    tracker.create(2n, 4000, 1999);
    tracker.create(3n, 4000, 2000);
    expect(expireAt(5999)).to.deep.equal([]);
    expect(expireAt(6000)).to.deep.equal([1n, 2n]);
    expect(expireAt(7999)).to.deep.equal([]);
    expect(expireAt(8000)).to.deep.equal([3n]);
  });

  it("keeps a session that is touched, with the timeout of its present connection", () => {
    const session = tracker.create(1n, 4000, 0);
    expect(tracker.touch(session, 3000)).to.equal(true);
    expect(expireAt(7999)).to.deep.equal([]);
    session.timeoutMs = 10000;
    tracker.touch(session, 7999);
    expect(tracker.nextDueMs).to.equal(8000);
    expect(expireAt(17999)).to.deep.equal([]);
    expect(expireAt(18000)).to.deep.equal([1n]);
  });

  it("marks closing what expires, refuses its touches and forgets it only when removed", () => {
    const session = tracker.create(1n, 4000, 0);
    expireAt(6000);
    expect(session.closing).to.equal(true);
    expect(tracker.touch(session, 6000)).to.equal(false);
    expect([tracker.count, tracker.get(1n)]).to.deep.equal([1, session]);
    expect(tracker.remove(session)).to.equal(true);
    expect(tracker.remove(session)).to.equal(false);
    expect([tracker.count, tracker.get(1n)]).to.deep.equal([0, undefined]);
    expect(tracker.touch(session, 6000)).to.equal(false);
    expect(expireAt(99999)).to.deep.equal([]);
  });

  it("does not let a removed session come back by a touch", () => {
    const session = tracker.create(1n, 4000, 0);
    tracker.remove(session);
    expect(tracker.touch(session, 100)).to.equal(false);
    expect(expireAt(99999)).to.deep.equal([]);
  });

  it("keeps the session it has when one is created twice", () => {
    const session = tracker.create(1n, 4000, 0);
    expect(tracker.create(1n, 9000, 1000)).to.equal(session);
    expect([tracker.count, session.timeoutMs, session.expiryMs]).to.deep.equal([1, 4000, 12000]);
  });

  it("expires many in bounded portions, all of them refused from the first on", () => {
    const sessions = Array.from({ length: 1000 }, (_, i) => tracker.create(BigInt(i), 4000, 0));
    expect(expireAt(6000, 300)).to.have.lengthOf(300);
    expect(tracker.nextDueMs).to.equal(0);
    expect(tracker.touch(sessions[999], 6000)).to.equal(false);
    tracker.remove(sessions[998]);
    const rest = expireAt(6000);
    expect(rest).to.have.lengthOf(699);
    expect([rest[0], rest[698]]).to.deep.equal([300n, 999n]);
    expect(tracker.nextDueMs).to.equal(8000);
  });

  it("checks who may act for a session", () => {
    const here = {};
    const there = {};
    const session = tracker.create(1n, 4000, 0);
    expect(tracker.checkOwner(undefined, here)).to.equal(ErrorCode.UNKNOWNSESSION);
    expect(tracker.checkOwner(session, here)).to.equal(ErrorCode.OK);
    expect(tracker.checkOwner(session, there)).to.equal(ErrorCode.SESSIONMOVED);
    expect(tracker.setOwner(session, there)).to.equal(ErrorCode.OK);
    expect(tracker.checkOwner(session, there)).to.equal(ErrorCode.OK);
    tracker.setClosing(session);
    expect(tracker.checkOwner(session, there)).to.equal(ErrorCode.SESSIONEXPIRED);
    expect(tracker.setOwner(session, here)).to.equal(ErrorCode.SESSIONEXPIRED);
    tracker.remove(session);
    expect(tracker.checkOwner(session, there)).to.equal(ErrorCode.UNKNOWNSESSION);
    expect(tracker.setOwner(session, here)).to.equal(ErrorCode.SESSIONEXPIRED);
    expect(tracker.setOwner(undefined, here)).to.equal(ErrorCode.SESSIONEXPIRED);
  });

  it("shows its buckets by time with the emptied ones, as dump does", () => {
    const session = tracker.create(1n, 4000, 0);
    tracker.create(2n, 30000, 0);
    tracker.touch(session, 2000);
    const shown = tracker
      .buckets()
      .map(({ expiryMs, elements }) => [expiryMs, [...elements].map(({ id }) => id)]);
    expect(shown).to.deep.equal([
      [6000, []],
      [8000, [1n]],
      [32000, [2n]],
    ]);
  });

  it("starts from the sessions that the log and the snapshot left", () => {
    const timeouts: SessionTimeouts = new Map();
    applySessionTxn(timeouts, OpCode.createSession, 1n, 4000);
    applySessionTxn(timeouts, OpCode.createSession, -2n, 8000);
    applySessionTxn(timeouts, OpCode.createSession, 3n, 4000);
    applySessionTxn(timeouts, OpCode.setData, 1n, 0);
    applySessionTxn(timeouts, OpCode.closeSession, 3n, 0);
    expect([...timeouts]).to.deep.equal([
      [1n, 4000],
      [-2n, 8000],
    ]);
    trackAll(tracker, timeouts, 100);
    expect(tracker.get(-2n)?.timeoutMs).to.equal(8000);
    expect(expireAt(6000)).to.deep.equal([1n]);
  });
});
