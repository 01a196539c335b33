import { expect } from "chai";
import { StorageRun, type RunCounts } from "./storageRun.ts";

/** SEEDS=n runs n seeds; SEED=n runs that one alone, as a failure asks for. */
const first = Number(process.env["SEED"] ?? 1);
const seeds = process.env["SEED"] === undefined ? Number(process.env["SEEDS"] ?? 25) : 1;
const steps = 60;

describe("the storage on a disk that loses what was not synced", function () {
  this.timeout(seeds * 20_000);

  const total: RunCounts = {
    txns: 0,
    crashPoints: 0,
    restarts: 0,
    snapshots: 0,
    purged: 0,
    tornTails: 0,
    faults: 0,
  };

  it(`loses nothing acknowledged and invents nothing (${seeds} seeds from ${first})`, async () => {
    for (let seed = first; seed < first + seeds; seed++) {
      try {
        const counts = await new StorageRun(seed).run(steps);
        for (const name of Object.keys(total) as (keyof RunCounts)[]) total[name] += counts[name];
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    }
  });

  it("got around enough to mean something", function () {
    if (seeds < 10) {
      process.stdout.write(`skipped: ${seeds} seeds are too few to count what they met\n`);
      this.skip();
    }
    for (const [name, count] of Object.entries(total)) expect(count, name).to.be.greaterThan(seeds / 10);
  });
});
