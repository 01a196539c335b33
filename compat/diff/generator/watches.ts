import type { Seen, WatchRequest } from "../steps.ts";
import { pick, pickWeighted } from "./choose.ts";
import { target, watchable } from "./paths.ts";
import type { ModelConn, Sequence } from "./sequence.ts";

export function addWatch(sequence: Sequence, conn: ModelConn): WatchRequest {
  const { random } = sequence;
  const path = random.chance(0.9) ? watchable(sequence) : target(sequence);
  if (path !== null) conn.watched.push(path);
  return { op: "addWatch", path, mode: random.chance(0.95) ? random.below(2) : pick(random, [-1, 2]) };
}

/** Of a watch that is there, mostly. */
export function removeOrCheckWatches(sequence: Sequence, conn: ModelConn): WatchRequest {
  const { random } = sequence;
  const path = conn.watched.length > 0 && random.chance(0.8) ? pick(random, conn.watched) : target(sequence);
  const type = random.chance(0.95) ? 1 + random.below(5) : pick(random, [0, 6]);
  return { op: random.chance(0.5) ? "removeWatches" : "checkWatches", path, type };
}

function somePaths(sequence: Sequence, known: readonly string[]): readonly string[] | null {
  const { random } = sequence;
  if (random.chance(0.02)) return null;
  const count = random.below(4);
  return Array.from({ length: count }, () =>
    known.length > 0 && random.chance(0.7) ? pick(random, known) : watchable(sequence),
  );
}

/** What a client sends behind a reconnect: the watches of the connection before, `old`. */
export function setWatches(sequence: Sequence, old: ModelConn): WatchRequest {
  const { random } = sequence;
  const seen = pickWeighted<Seen>(random, [
    [80, { conn: old.number }],
    [15, "zero"],
    [5, "ahead"],
  ]);
  const lists = () => somePaths(sequence, old.watched);
  const standard = { seen, data: lists(), exist: lists(), child: lists() };
  if (random.chance(0.5)) return { op: "setWatches", ...standard };
  return { op: "setWatches2", ...standard, persistent: lists(), recursive: lists() };
}
