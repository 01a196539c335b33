import type { MultiOp, PlainRequest } from "../steps.ts";
import { pick, pickWeighted } from "./choose.ts";
import { target } from "./paths.ts";
import { Model } from "./model.ts";
import type { ModelConn, Sequence } from "./sequence.ts";
import * as writes from "./writes.ts";

/** Each operation is chosen for the tree that the ones before it leave behind. */
export function multi(sequence: Sequence, conn: ModelConn): PlainRequest {
  const { random } = sequence;
  const ahead = Object.create(sequence, { model: { value: copyOf(sequence.model) } }) as Sequence;
  const ops: MultiOp[] = [];
  const count = random.below(5);
  for (let i = 0; i < count; i++) {
    const op = pickWeighted<(from: Sequence) => MultiOp>(random, [
      [30, writes.create],
      [20, writes.remove],
      [20, writes.setData],
      [15, writes.check],
      [5, writes.createContainer],
      [5, writes.createTtl],
      [0.5, strayOp],
    ])(ahead);
    ahead.model.apply(op, conn);
    ops.push(op);
  }
  return { op: "multi", ops, ...(random.chance(0.01) ? { noEnd: true } : {}) };
}

/** Operations that a multi may not hold. */
function strayOp(sequence: Sequence): MultiOp {
  return pickWeighted<(from: Sequence) => MultiOp>(sequence.random, [
    [1, writes.setAcl],
    [1, (from) => ({ op: "getData", path: target(from), watch: false })],
    [1, (from) => ({ op: "exists", path: target(from), watch: false })],
  ])(sequence);
}

export function multiRead(sequence: Sequence): PlainRequest {
  const { random } = sequence;
  const ops: MultiOp[] = Array.from({ length: random.below(5) }, () =>
    random.chance(0.03)
      ? pick(random, [writes.setData, strayOp, writes.check])(sequence)
      : {
          op: pick(random, ["getData", "getChildren"] as const),
          path: target(sequence),
          watch: random.chance(0.3),
        },
  );
  return { op: "multiRead", ops };
}

function copyOf(model: Model): Model {
  const copy = new Model();
  copy.nodes.clear();
  for (const [path, node] of model.nodes) copy.nodes.set(path, { ...node });
  copy.removed.push(...model.removed);
  return copy;
}
