import { expect } from "chai";
import type { Log } from "../../../src/shell/log.ts";
import { PauseMonitor } from "../../../src/shell/pauseMonitor.ts";

/** Runs a monitor until it has seen a wait of at least `leastMs`, which the test makes by holding the event loop. */
async function monitor(
  config: { sleepTimeMs: number; infoThresholdMs: number; warnThresholdMs: number },
  leastMs: number,
): Promise<{ pausesMs: number[]; levels: string[] }> {
  const levels: string[] = [];
  const none = (): void => undefined;
  const log: Log = {
    trace: none,
    debug: none,
    info: () => levels.push("info"),
    warn: () => levels.push("warn"),
    error: none,
    fatal: none,
  };
  const pausesMs: number[] = [];
  await new Promise<void>((done) => {
    const pauses = new PauseMonitor({ enabled: true, ...config }, log, (pauseMs) => {
      pausesMs.push(pauseMs);
      if (pauseMs < leastMs) return;
      // What is logged of this pause is logged behind this call.
      setImmediate(() => {
        pauses.stop();
        done();
      });
    });
    pauses.start();
    const heldUntilMs = performance.now() + leastMs + config.sleepTimeMs + 5;
    while (performance.now() < heldUntilMs);
  });
  return { pausesMs, levels };
}

describe("PauseMonitor", () => {
  it("counts every wait, and logs those above the thresholds", async () => {
    const quiet = await monitor({ sleepTimeMs: 1, infoThresholdMs: 60_000, warnThresholdMs: 60_000 }, 0);
    expect(quiet.pausesMs.length).to.be.greaterThan(0);
    expect(quiet.levels).to.deep.equal([]);
    const info = await monitor({ sleepTimeMs: 1, infoThresholdMs: 10, warnThresholdMs: 60_000 }, 30);
    expect(info.levels).to.include("info").and.not.include("warn");
    const warn = await monitor({ sleepTimeMs: 1, infoThresholdMs: 10, warnThresholdMs: 20 }, 30);
    expect(warn.levels).to.include("warn");
  });
});
