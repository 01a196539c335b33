import { expect } from "chai";
import { Latencies } from "../../../../src/shell/load/latencies.ts";

describe("latencies", () => {
  it("gives quantiles to about a percent", () => {
    const latencies = new Latencies();
    for (let i = 1; i <= 1000; i++) latencies.add(i / 10);
    expect(latencies.quantileMs(0.5)).to.be.closeTo(50, 0.8);
    expect(latencies.quantileMs(0.99)).to.be.closeTo(99, 1.5);
    expect(latencies.quantileMs(1)).to.be.closeTo(100, 1.5);
    expect(latencies.maxMs).to.equal(100);
  });

  it("knows none of nothing, takes what is out of its range, and others in", () => {
    const one = new Latencies();
    expect(Number.isNaN(one.quantileMs(0.5))).to.equal(true);
    const other = new Latencies();
    other.add(10_000_000);
    other.add(-1);
    one.addAll(other);
    expect(one.count).to.equal(2);
    expect(one.maxMs).to.equal(10_000_000);
    expect(one.quantileMs(0.1)).to.be.closeTo(0, 0.01);
  });
});
