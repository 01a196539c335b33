import { expect } from "chai";
import {
  LargeRequestLimit,
  largeRequestMaxBytesDefault,
} from "../../../../src/core/throttle/largeRequestLimit.ts";

describe("LargeRequestLimit", () => {
  it("is off with a threshold of -1, and with those Apache refuses", () => {
    for (const thresholdBytes of [-1, 0, -7]) {
      const limit = new LargeRequestLimit(thresholdBytes, 10);
      expect(limit.mayReceive(1e6)).to.equal(true);
      expect(limit.admit(1e6)).to.equal(0);
      expect(limit.bytes).to.equal(0);
    }
  });

  it("counts only what is larger than the threshold, up to the maximum and including it", () => {
    const limit = new LargeRequestLimit(100, 250);
    expect(limit.admit(100)).to.equal(0);
    expect(limit.admit(101)).to.equal(101);
    expect(limit.mayReceive(149)).to.equal(true);
    expect(limit.mayReceive(150)).to.equal(false);
    expect(limit.mayReceive(100)).to.equal(true);
    expect(limit.admit(150)).to.equal(null);
    expect(limit.admit(149)).to.equal(149);
    expect(limit.bytes).to.equal(250);
    limit.finish(101);
    limit.finish(0);
    expect(limit.bytes).to.equal(149);
    expect(limit.mayReceive(101)).to.equal(true);
  });

  it("takes the default for a maximum that is not positive", () => {
    const limit = new LargeRequestLimit(1, 0);
    expect(limit.mayReceive(largeRequestMaxBytesDefault)).to.equal(true);
    expect(limit.mayReceive(largeRequestMaxBytesDefault + 1)).to.equal(false);
  });
});
