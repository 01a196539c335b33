import type { Request } from "../steps.ts";
import { openAcl } from "./model.ts";
import type { ModelConn, Sequence } from "./sequence.ts";

const ttlMs = 1500;
/** Together less than the TTL, each more than the time between two looks of the server. */
const pausesMs = [550, 350];

/**
 * Two nodes with one short TTL, of which the older one is written to before its time is over: so the other one goes
 * first. In which order they went is told by the events of a persistent watch.
 */
export function ttlScene(sequence: Sequence, conn: ModelConn): void {
  const base = `$R/ttl${sequence.freshNumber()}`;
  const create = (path: string, flags: number): Request => ({
    op: "createTTL",
    path,
    data: "x",
    acl: openAcl,
    flags,
    ttl: ttlMs,
  });
  sequence.send(conn, [{ op: "create2", path: base, data: "", acl: openAcl, flags: 0 }]);
  sequence.send(conn, [{ op: "addWatch", path: base, mode: 1 }, create(`${base}/old`, 5)], true);
  sequence.steps.push({ kind: "pause", ms: pausesMs[0], hold: true });
  sequence.send(conn, [create(`${base}/new`, 5)], true);
  sequence.steps.push({ kind: "pause", ms: pausesMs[1], hold: true });
  sequence.send(conn, [{ op: "setData", path: `${base}/old`, data: "y", version: -1 }]);
  sequence.model.nodes.delete(`${base}/old`);
  sequence.model.nodes.delete(`${base}/new`);
}
