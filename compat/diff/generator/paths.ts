import type { Sequence } from "./sequence.ts";
import { pick, pickWeighted } from "./choose.ts";

/** Few, so that they meet; some are the begin of others, and Aa and BB have one hash. */
const names = ["a", "ab", "abc", "b", "c", "Aa", "BB", "a b", "é", "..."];
const depthMax = 5;

/** What no znode can be called, and what only looks like it. */
const badPaths: readonly (string | null)[] = [
  null,
  "",
  "/",
  "a",
  "$R/",
  "$R//a",
  "$R/./a",
  "$R/..",
  "$R/a\u0000b",
  "$R/a\u0001",
  "$R/\u007f",
  "$R/\ufffd",
  "$R/\ud83d\ude00",
  "$R/a/",
  "/zookeeper",
  "/zookeeper/quota",
  "/zookeeper/config",
];

/** A node that is there. */
export function existing({ random, model }: Sequence): string {
  return pick(random, model.paths());
}

/** A child of a node that is there, often not there itself. */
export function child(sequence: Sequence): string {
  const { random, model } = sequence;
  const parents = model.paths().filter((path) => path.split("/").length < depthMax);
  return `${pick(random, parents)}/${pick(random, names.slice(0, random.chance(0.7) ? 4 : names.length))}`;
}

function removed({ random, model }: Sequence): string {
  return model.removed.length === 0 ? "$R/gone" : pick(random, model.removed);
}

function orphan(sequence: Sequence): string {
  return `${child(sequence)}/${pick(sequence.random, names)}`;
}

const bad = ({ random }: Sequence): string | null => pick(random, badPaths);

/** A path for a request that wants a node: mostly one that is there. */
export function target(sequence: Sequence): string | null {
  return pickWeighted(sequence.random, [
    [70, existing],
    [12, child],
    [8, removed],
    [3, orphan],
    [4, bad],
  ])(sequence);
}

/** A path for a request that makes a node. */
export function place(sequence: Sequence): string | null {
  return pickWeighted(sequence.random, [
    [70, child],
    [10, existing],
    [10, removed],
    [5, orphan],
    [4, bad],
  ])(sequence);
}

/** A path to be watched; watches take any. */
export function watchable(sequence: Sequence): string {
  return pickWeighted(sequence.random, [
    [60, existing],
    [25, child],
    [15, removed],
  ])(sequence);
}
