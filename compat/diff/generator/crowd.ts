import type { Request } from "../steps.ts";
import { pick } from "./choose.ts";
import { openAcl } from "./model.ts";
import { existing } from "./paths.ts";
import type { ModelConn, Sequence } from "./sequence.ts";

const childrenMax = 60;

/** Many children of one node at once, some of them gone again: orders by hash, tables that double. */
export function crowd(sequence: Sequence, conn: ModelConn): void {
  const { random } = sequence;
  const parent = existing(sequence);
  const count = 10 + random.below(childrenMax - 10);
  const flags = pick(random, [0, 0, 1, 2, 3]);
  const paths = Array.from(
    { length: count },
    (_, i) => `${parent}/${pick(random, ["n", "Aa", "BB", "C#"])}${i}`,
  );
  const create = (path: string): Request => ({ op: "create", path, data: null, acl: openAcl, flags });
  const remove = (path: string): Request => ({ op: "delete", path, version: -1 });
  sequence.send(conn, paths.map(create));
  sequence.send(conn, paths.filter(() => random.chance(0.3)).map(remove));
  const look: Request[] = [
    { op: "getChildren", path: parent, watch: false },
    { op: "getEphemerals", path: parent },
    { op: "getAllChildrenNumber", path: parent },
  ];
  sequence.send(conn, look);
}
