import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { LearnerSessions } from "../../../../src/core/sessions/learnerSessions.ts";
import type { Session } from "../../../../src/core/sessions/session.ts";
import { SessionTracker } from "../../../../src/core/sessions/sessionTracker.ts";
import { UpgradeableSessions } from "../../../../src/core/sessions/upgradeableSessions.ts";

const tick = 2000;

describe("UpgradeableSessions", () => {
  function expireAt(sessions: UpgradeableSessions, nowMs: number, countMax?: number): bigint[] {
    const expired: bigint[] = [];
    const expire = (session: Session): void => {
      expired.push(session.id);
      sessions.remove(session);
    };
    sessions.expireDue(nowMs, { expire }, countMax);
    return expired;
  }

  it("keeps local sessions and those of the ensemble apart on a leader, and expires both", () => {
    const sessions = new UpgradeableSessions(new SessionTracker(tick, 0), tick, 0);
    sessions.createLocal(1n, 4000, 0);
    sessions.create(2n, 4000, 0);
    sessions.createLocal(3n, 4000, 0);
    expect([sessions.count, sessions.localCount, sessions.globalCount]).to.deep.equal([3, 2, 1]);
    expect([sessions.get(1n)?.local, sessions.get(2n)?.local, sessions.get(4n)]).to.deep.equal([
      true,
      false,
      undefined,
    ]);
    expect(sessions.localBuckets().map(({ elements }) => elements.size)).to.deep.equal([2]);
    expect(sessions.buckets().map(({ elements }) => elements.size)).to.deep.equal([1]);
    expect(expireAt(sessions, 5999)).to.deep.equal([]);
    expect(expireAt(sessions, 6000, 2)).to.deep.equal([1n, 3n]);
    expect(expireAt(sessions, 6000)).to.deep.equal([2n]);
    expect(sessions.count).to.equal(0);
  });

  it("makes a local session one that the leader expires, with its owner, its time and the same object", () => {
    const global = new SessionTracker(tick, 0);
    const sessions = new UpgradeableSessions(global, tick, 0);
    const here = {};
    const session = sessions.createLocal(1n, 4000, 0);
    sessions.setOwner(session, here);
    session.timeoutMs = 8000;
    sessions.upgrade(session, 1000);
    expect([session.local, session.createdTimeoutMs, global.get(1n) === session]).to.deep.equal([
      false,
      4000,
      true,
    ]);
    expect([sessions.localCount, sessions.globalCount, sessions.get(1n) === session]).to.deep.equal([
      0,
      1,
      true,
    ]);
    expect(sessions.checkOwner(session, {})).to.equal(ErrorCode.SESSIONMOVED);
    expect(sessions.checkOwner(session, here)).to.equal(ErrorCode.OK);
    expect(expireAt(sessions, 9999)).to.deep.equal([]);
    expect(expireAt(sessions, 10_000)).to.deep.equal([1n]);
  });

  it("tells the leader of no local session, and of an upgraded one at once", () => {
    const learner = new LearnerSessions(() => 7);
    const sessions = new UpgradeableSessions(learner, tick, 0);
    const session = sessions.createLocal(1n, 4000, 0);
    expect(sessions.touch(session, 1000)).to.equal(true);
    expect([learner.takeTouched(), sessions.globalCount]).to.deep.equal([[], 7]);
    sessions.upgrade(session, 1000);
    expect(learner.takeTouched()).to.deep.equal([{ sessionId: 1n, timeout: 4000 }]);
    expect(sessions.touch(session, 2000)).to.equal(true);
    expect(learner.takeTouched()).to.have.length(1);
    // Its time is the leader's matter now.
    expect([sessions.nextDueMs, expireAt(sessions, 99_999)]).to.deep.equal([2000, []]);
  });

  it("keeps a local session whose connection is gone, until its time is over", () => {
    const sessions = new UpgradeableSessions(new LearnerSessions(() => 0), tick, 0);
    const session = sessions.createLocal(1n, 4000, 0);
    sessions.detached(session);
    expect(sessions.get(1n)).to.equal(session);
    const other = sessions.create(2n, 4000, 0);
    sessions.detached(other);
    expect(sessions.get(2n)).to.equal(undefined);
    expect(expireAt(sessions, 6000)).to.deep.equal([1n]);
    expect(sessions.touch(session, 6000)).to.equal(false);
  });
});
