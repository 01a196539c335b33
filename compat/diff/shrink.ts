import type { MultiOp, Request, Step } from "./steps.ts";

/** Answers whether the servers still differ over these steps. */
export type StillDiffers = (steps: readonly Step[]) => Promise<boolean>;

/**
 * A sequence as short as can be found that still differs: steps are left out, then requests of steps, then operations of
 * multis, in ever smaller groups, until nothing can go or `deadlineMs` (wall clock) has come.
 */
export async function shrink(
  steps: readonly Step[],
  stillDiffers: StillDiffers,
  deadlineMs: number,
): Promise<readonly Step[]> {
  let best = steps;
  for (let before = -1; before !== sizeOf(best) && Date.now() < deadlineMs;) {
    before = sizeOf(best);
    best = await withoutItems(best, stillDiffers, deadlineMs);
    for (let i = 0; i < best.length; i++) best = await withShorterStep(best, i, stillDiffers, deadlineMs);
  }
  return best;
}

function sizeOf(steps: readonly Step[]): number {
  return JSON.stringify(steps).length;
}

/** Leaves out what is not needed: halves first, single items last. */
async function withoutItems<T>(
  items: readonly T[],
  stillDiffers: (items: readonly T[]) => Promise<boolean>,
  deadlineMs: number,
): Promise<readonly T[]> {
  let best = items;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = best.length; end > 0; end -= size) {
      if (Date.now() > deadlineMs) return best;
      const fewer = best.toSpliced(Math.max(0, end - size), Math.min(size, end));
      if (await stillDiffers(fewer)) best = fewer;
    }
  }
  return best;
}

async function withShorterStep(
  steps: readonly Step[],
  at: number,
  stillDiffers: StillDiffers,
  deadlineMs: number,
): Promise<readonly Step[]> {
  const step = steps[at];
  if (step.kind !== "send") return steps;
  const withRequests = (requests: readonly Request[]): Step[] => steps.with(at, { ...step, requests });
  let requests: readonly Request[] = step.requests;
  if (requests.length > 1)
    requests = await withoutItems(requests, (fewer) => stillDiffers(withRequests(fewer)), deadlineMs);
  for (let i = 0; i < requests.length; i++) {
    const request = requests[i];
    if (request.op !== "multi" && request.op !== "multiRead") continue;
    const withOps = (ops: readonly MultiOp[]): Request[] => requests.with(i, { ...request, ops });
    const ops = await withoutItems(
      request.ops,
      (fewer) => stillDiffers(withRequests(withOps(fewer))),
      deadlineMs,
    );
    requests = withOps(ops);
  }
  return withRequests(requests);
}
