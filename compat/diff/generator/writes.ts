import type { CreateFields, WriteRequest } from "../steps.ts";
import { anyAcl } from "./acls.ts";
import { pick, pickWeighted } from "./choose.ts";
import { existing, place, target } from "./paths.ts";
import type { Sequence } from "./sequence.ts";

/** Longer than any sequence takes. */
const longTtlMs = 3_600_000;

const contents = ["", "x", "some data", "é\u0000", "0123456789".repeat(5)];

/** Data of a node: now and then null. */
export function anyData({ random }: Sequence): string | null {
  return random.chance(0.1) ? null : pick(random, contents);
}

function createFields(sequence: Sequence, flags: number): CreateFields {
  return { path: place(sequence), data: anyData(sequence), acl: anyAcl(sequence), flags };
}

/** create or create2 of any mode that they know, now and then one that they do not. */
export function create(sequence: Sequence): WriteRequest {
  const { random } = sequence;
  const flags = pickWeighted(random, [
    [45, 0],
    [25, 1],
    [15, 2],
    [10, 3],
    [sequence.oddContainers ? 2 : 0, 4],
    [1, 5],
    [1, 6],
    [1, 7],
    [1, -1],
  ]);
  return { op: random.chance(0.5) ? "create" : "create2", ...createFields(sequence, flags) };
}

export function createContainer(sequence: Sequence): WriteRequest {
  const flags = sequence.oddContainers && sequence.random.chance(0.2) ? sequence.random.below(4) : 4;
  return { op: "createContainer", ...createFields(sequence, flags) };
}

export function createTtl(sequence: Sequence): WriteRequest {
  const { random } = sequence;
  const flags = pickWeighted(random, [
    [60, 5],
    [20, 6],
    [2, 0],
    [2, 1],
    [1, 4],
    [1, 7],
  ]);
  const ttl = random.chance(0.9)
    ? longTtlMs + random.below(1000)
    : pick(random, [0, -1, -2, 2 ** 40 - 1, 2 ** 40]);
  return { op: "createTTL", ...createFields(sequence, flags), ttl };
}

/** -1, the right one, or a wrong one. */
function anyVersion({ random }: Sequence, right: number): number {
  return pickWeighted(random, [
    [50, -1],
    [30, right],
    [5, right + 1],
    [5, Math.max(0, right - 1)],
    [1, -2],
  ]);
}

export function remove(sequence: Sequence): WriteRequest {
  const { random, model } = sequence;
  const leaves = model.paths().filter((path) => model.nodes.get(path)?.children === 0);
  const path = leaves.length > 0 && random.chance(0.7) ? pick(random, leaves) : target(sequence);
  return { op: "delete", path, version: anyVersion(sequence, model.nodes.get(path ?? "")?.version ?? 0) };
}

export function setData(sequence: Sequence): WriteRequest {
  const path = target(sequence);
  const right = sequence.model.nodes.get(path ?? "")?.version ?? 0;
  return { op: "setData", path, data: anyData(sequence), version: anyVersion(sequence, right) };
}

export function setAcl(sequence: Sequence): WriteRequest {
  const path = sequence.random.chance(0.8) ? existing(sequence) : target(sequence);
  const right = sequence.model.nodes.get(path ?? "")?.aversion ?? 0;
  // The super user's nodes belong to all sequences.
  const own = path === null || path.startsWith("$R") ? path : "$R";
  return { op: "setACL", path: own, acl: anyAcl(sequence, 0.3), version: anyVersion(sequence, right) };
}

export function check(sequence: Sequence): WriteRequest {
  const path = target(sequence);
  const right = sequence.model.nodes.get(path ?? "")?.version ?? 0;
  return { op: "check", path, version: anyVersion(sequence, right) };
}

export function deleteContainer(sequence: Sequence): WriteRequest {
  return { op: "deleteContainer", path: target(sequence) };
}
