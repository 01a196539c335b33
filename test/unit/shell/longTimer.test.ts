import { expect } from "chai";
import { LongTimer, timerMsMax } from "../../../src/shell/longTimer.ts";

describe("LongTimer", () => {
  const { setTimeout: real } = globalThis;
  let delaysMs: number[] = [];
  let due: () => void = () => undefined;

  beforeEach(() => {
    delaysMs = [];
    const fake = (run: () => void, delayMs: number): NodeJS.Timeout => {
      delaysMs.push(delayMs);
      due = run;
      return real(() => undefined, 0);
    };
    globalThis.setTimeout = Object.assign(fake, real);
  });

  afterEach(() => {
    globalThis.setTimeout = real;
  });

  it("waits a month in parts that Node's timers can wait, and calls back once", () => {
    let calls = 0;
    const monthMs = 31 * 24 * 3_600_000;
    new LongTimer(monthMs, () => calls++);
    due();
    expect([delaysMs, calls]).to.deep.equal([[timerMsMax, monthMs - timerMsMax], 0]);
    due();
    expect([delaysMs.length, calls]).to.deep.equal([2, 1]);
  });

  it("waits the longest delay of Node's timers at once", () => {
    new LongTimer(timerMsMax, () => undefined);
    due();
    expect(delaysMs).to.deep.equal([timerMsMax]);
  });
});
