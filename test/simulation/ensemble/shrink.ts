import { EnsembleRun, type RunOptions, type RunResult } from "./ensembleRun.ts";

/** Runs that are tried at most, so that a failure is told soon. */
const runsMax = 60;

/** A run that fails as an earlier one did, with fewer faults, clients and seconds. */
export interface Shrunk {
  readonly options: RunOptions;
  readonly result: RunResult;
}

/** Leaves out whatever the failure does not need: time, clients, then faults one by one. */
export async function shrink(options: RunOptions, result: RunResult): Promise<Shrunk> {
  let best: Shrunk = { options, result };
  let runs = 0;
  const fails = async (smaller: RunOptions): Promise<boolean> => {
    if (++runs > runsMax) return false;
    const tried = await new EnsembleRun({ ...smaller }).run();
    if (tried.violations.length === 0) return false;
    best = { options: smaller, result: tried };
    return true;
  };
  for (let seconds = Math.floor((options.seconds ?? 30) / 2); seconds >= 2; seconds = Math.floor(seconds / 2))
    if (!(await fails({ ...best.options, seconds }))) break;
  for (const clients of [1, 2]) if (await fails({ ...best.options, clients })) break;
  for (let number = best.result.faultCount - 1; number >= 0; number--) {
    const without = new Set([...(best.options.without ?? []), number]);
    await fails({ ...best.options, without });
  }
  return best;
}

/** What happened, without what each server said about its sessions and learners. */
export function storyOf({ options, result }: Shrunk): string {
  const told = result.trace.filter(
    (line) => !/ (closing the connection|server \d+: server \d+ is gone)/.test(line),
  );
  const { seconds = 30, clients = 4, without = new Set() } = options;
  return [
    `seed ${options.seed}, ${seconds} seconds, ${clients} clients, without ${without.size} of its faults:`,
    ...told.slice(-80),
    ...result.violations,
  ].join("\n");
}
