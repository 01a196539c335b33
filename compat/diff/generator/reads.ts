import type { ReadRequest } from "../steps.ts";
import { pick } from "./choose.ts";
import { existing, target } from "./paths.ts";
import type { ModelConn, Sequence } from "./sequence.ts";

/** exists, getData or a list of children; half of them leave a watch. */
export function watchingRead(sequence: Sequence, conn: ModelConn): ReadRequest {
  const { random } = sequence;
  const op = pick(random, ["exists", "getData", "getChildren", "getChildren2"] as const);
  const path = target(sequence);
  const watch = random.chance(0.5);
  if (watch && path !== null) conn.watched.push(path);
  return { op, path, watch };
}

/** The reads that leave no watch. */
export function plainRead(sequence: Sequence): ReadRequest {
  const { random } = sequence;
  const op = pick(random, ["getACL", "getACL", "sync", "getAllChildrenNumber", "whoAmI"] as const);
  return op === "whoAmI" ? { op } : { op, path: target(sequence) };
}

/** A prefix of text, which need not end where a name ends. */
export function getEphemerals(sequence: Sequence): ReadRequest {
  const { random } = sequence;
  if (random.chance(0.2)) return { op: "getEphemerals", path: pick(random, [null, "", "/", " ", "$R"]) };
  const path = existing(sequence);
  const cut = random.chance(0.5) && path.length > 3 ? path.slice(0, -1) : path;
  return { op: "getEphemerals", path: cut };
}
