import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { LaunchOptions } from "./launched.ts";

/** What differs from round to round; all of it follows from the seed and the number of the round. */
export interface RoundSettings {
  readonly compression: "" | "none" | "gz" | "snappy";
  readonly snapCount: number;
  /** In KiB; 0 switches it off. */
  readonly preAllocSize: number;
  readonly dataLogDirApart: boolean;
  readonly autopurge: boolean;
  /** A server that is killed that long after its launch, before the one of this round; null for none. */
  readonly falseStartMs: number | null;
  readonly killAfterMs: number;
  readonly signal: "SIGKILL" | "SIGTERM";
}

/** Numbers in [0, 1) that the seed decides. */
export function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The settings of one round. They do not depend on how fast the earlier rounds went. */
export function roundSettings(seed: number, round: number): RoundSettings {
  const random = seeded(Math.imul(seed + 1, 2654435761) ^ Math.imul(round + 1, 40503 * 65537));
  // The first numbers of neighbouring seeds are alike.
  for (let i = 0; i < 5; i++) random();
  const pick = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)];
  return {
    compression: pick("", "none", "gz", "snappy"),
    snapCount: pick(10, 40, 300, 3000),
    preAllocSize: pick(0, 1, 16, 64, 4096),
    dataLogDirApart: pick(true, false),
    autopurge: pick(true, true, false),
    falseStartMs: random() < 0.3 ? Math.floor(random() * 1200) : null,
    killAfterMs: Math.floor(random() * (random() < 0.2 ? 3000 : 800)),
    signal: random() < 0.1 ? "SIGTERM" : "SIGKILL",
  };
}

/** zoo.cfg lines and -D words for a server on `folder`. */
export function launchOptions(settings: RoundSettings, folder: string): LaunchOptions {
  const { compression, snapCount, preAllocSize, dataLogDirApart, autopurge } = settings;
  return {
    keys: {
      snapCount: String(snapCount),
      preAllocSize: String(preAllocSize),
      ...(dataLogDirApart ? { dataLogDir: join(folder, "log") } : {}),
      ...(autopurge ? { "autopurge.purgeInterval": "1", "autopurge.snapRetainCount": "3" } : {}),
    },
    props: compression === "" ? [] : [`-Dzookeeper.snapshot.compression.method=${compression}`],
  };
}

/** Puts the logs of a stopped server where the next round looks for them, as an operator would. */
export function moveLogs(folder: string, apart: boolean): void {
  const folders = [join(folder, "data", "version-2"), join(folder, "log", "version-2")];
  const [from, to] = apart ? folders : folders.toReversed();
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name.startsWith("log.")) renameSync(join(from, name), join(to, name));
  }
}
