import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FuzzFailure } from "./fuzzLife.ts";
import { FuzzRun } from "./fuzzRun.ts";

const usage = `usage: npm run fuzz -- [--seed N] [--frames N] [--life N]
  --seed N    start of the random sequence; 1 by default
  --frames N  mutated frames to send in all; 10000000 by default
  --life N    only the life of this seed, as a failure names it
`;

/** 0, or 1 after a failure, 2 for a wrong call. */
function main(): number {
  const { values } = parseArgs({
    options: { seed: { type: "string" }, frames: { type: "string" }, life: { type: "string" } },
  });
  const seed = Number(values.seed ?? 1);
  const frames = Number(values.frames ?? 10_000_000);
  const life = values.life === undefined ? null : Number(values.life);
  if (![seed, frames, life ?? 0].every(Number.isSafeInteger)) {
    process.stderr.write(usage);
    return 2;
  }
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  if (typeof gc !== "function") throw new Error("this node has no garbage collection on demand");
  const run = new FuzzRun({
    seed,
    collect: () => void gc(),
    progress: (text) => process.stdout.write(`${text}\n`),
  });
  try {
    if (life === null) run.frames(frames);
    else run.life(life);
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    process.stderr.write(`seed ${seed}: ${error.message}\n`);
    process.stdout.write(`${run.lives} passed, 1 failed\n`);
    return 1;
  }
  process.stdout.write(`${run.lives} passed, 0 failed\n`);
  return 0;
}

process.exitCode = main();
