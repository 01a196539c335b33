import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Waits of one client since it was asked last. */
export interface ProbeResult {
  readonly count: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** One request after the other, a millisecond apart, from a process that does nothing else. */
export class Probe {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when it measures; `path` is a znode. */
  static async start(port: number, path: string, kind: "get" | "set"): Promise<Probe> {
    const child = fork(fileURLToPath(new URL("probe.ts", import.meta.url)), [String(port), path, kind]);
    const probe = new Probe(child);
    await once(child, "message");
    // What went before the second request is the start of the process.
    await probe.take();
    return probe;
  }

  async take(): Promise<ProbeResult> {
    const answer = once(this.#child, "message");
    this.#child.send("take");
    const [result] = (await answer) as [ProbeResult];
    return result;
  }

  stop(): void {
    this.#child.disconnect();
  }
}
