import { expect } from "chai";
import {
  ConnectionThrottle,
  connectionThrottleDefaults,
  type ConnectionThrottleSettings,
} from "../../../../src/core/throttle/connectionThrottle.ts";
import { connectionWeightDefaults, connectTokens } from "../../../../src/core/throttle/connectionWeights.ts";

describe("ConnectionThrottle", () => {
  function throttle(settings: Partial<ConnectionThrottleSettings>): ConnectionThrottle {
    return new ConnectionThrottle({ ...connectionThrottleDefaults, ...settings }, 0);
  }

  /** How many connects of weight 1 pass at that moment. */
  function passing(subject: ConnectionThrottle, nowMs: number): number {
    let count = 0;
    while (count < 1000 && subject.checkLimit(1, nowMs, 0.999)) count++;
    return count;
  }

  it("lets everything pass without tokens set", () => {
    const subject = throttle({});
    expect(passing(subject, 0)).to.equal(1000);
    expect([subject.deficit, subject.dropChance]).to.deep.equal([0, 0]);
  });

  it("starts full, and fills by whole tokens once more than the fill time has gone", () => {
    const subject = throttle({ maxTokens: 10, fillTimeMs: 100, fillCount: 3 });
    expect(passing(subject, 0)).to.equal(10);
    expect(subject.deficit).to.equal(10);
    expect(passing(subject, 100)).to.equal(0);
    expect(passing(subject, 101)).to.equal(3);
    expect(passing(subject, 201)).to.equal(0);
    // 199 ms since the last fill: 5.97 tokens.
    expect(passing(subject, 300)).to.equal(5);
    expect(passing(subject, 100000)).to.equal(10);
  });

  it("takes as many tokens as are needed, or none", () => {
    const subject = throttle({ maxTokens: 5, fillTimeMs: 1000 });
    expect(subject.checkLimit(3, 0, 0)).to.equal(true);
    expect(subject.checkLimit(3, 0, 0)).to.equal(false);
    expect(subject.deficit).to.equal(3);
    expect(subject.checkLimit(2, 0, 0)).to.equal(true);
  });

  it("takes a fill time of 0 as 1", () => {
    const subject = throttle({ maxTokens: 2, fillTimeMs: 0, fillCount: 0 });
    expect(passing(subject, 0)).to.equal(2);
    expect(passing(subject, 50)).to.equal(0);
    expect(subject.deficit).to.equal(2);
  });

  it("raises the drop chance while the bucket is empty and lowers it while it is full", () => {
    const settings = { maxTokens: 2, fillTimeMs: 1000, fillCount: 2, freezeTimeMs: 10 };
    const subject = throttle({ ...settings, dropIncrease: 0.4, dropDecrease: 0.1 });
    expect(passing(subject, 0)).to.equal(2);
    subject.checkLimit(1, 10, 0.99);
    expect(subject.dropChance).to.equal(0);
    subject.checkLimit(1, 11, 0.99);
    subject.checkLimit(1, 12, 0.99);
    expect(subject.dropChance).to.equal(0.4);
    subject.checkLimit(1, 30, 0.99);
    subject.checkLimit(1, 50, 0.99);
    expect(subject.dropChance).to.equal(1);
    // Full again: the chance falls first, then decides before any token is looked at.
    expect(subject.checkLimit(1, 2000, 0.89)).to.equal(false);
    expect(subject.dropChance).to.equal(0.9);
    expect(subject.deficit).to.equal(0);
    expect(subject.checkLimit(1, 2005, 0.9)).to.equal(true);
    expect(subject.deficit).to.equal(1);
    // One token is missing: neither empty nor full.
    subject.checkLimit(1, 2030, 0.1);
    expect(subject.dropChance).to.equal(0.9);
  });

  it("calls a bucket full that misses no more than the ratio, rounded half up", () => {
    const subject = throttle({
      maxTokens: 3,
      fillTimeMs: 1000,
      fillCount: 1,
      freezeTimeMs: 10,
      dropIncrease: 0.5,
      dropDecrease: 0.5,
      decreaseRatio: 0.5,
    });
    passing(subject, 0);
    subject.checkLimit(1, 11, 0.99);
    expect(subject.dropChance).to.equal(0.5);
    // One token has come back, two of three are missing: round(1.5) = 2.
    expect(subject.checkLimit(1, 1500, 0)).to.equal(true);
    expect(subject.dropChance).to.equal(0);
  });
});

describe("connection weights", () => {
  it("cost by what the connect asks for", () => {
    expect(connectTokens(null, true, true)).to.equal(1);
    expect(connectTokens(connectionWeightDefaults, true, true)).to.equal(2);
    expect(connectTokens(connectionWeightDefaults, false, true)).to.equal(1);
    expect(connectTokens(connectionWeightDefaults, false, false)).to.equal(3);
  });
});
