import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FuzzRun } from "./fuzzRun.ts";

describe("mutated frames, a slice of npm run fuzz", () => {
  it("cost their own connection at most, and nothing of them stays", () => {
    setFlagsFromString("--expose-gc");
    const gc: unknown = runInNewContext("gc");
    const run = new FuzzRun({
      seed: 1,
      collect: () => void (typeof gc === "function" && gc()),
      progress: () => undefined,
    });
    run.milliseconds(8000);
  }).timeout(60_000);
});
