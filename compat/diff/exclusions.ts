import { parentOf } from "./generator/model.ts";
import type { MultiOp, Request } from "./steps.ts";

/**
 * Where the two servers differ and are to differ. Each names its row of client.md section 21 and of
 * docs/differences.md. An exclusion that a long run never needs is out of date: the run fails.
 */
export const exclusions = {
  "ttl without flag": {
    row: "client.md 21: createTTL with flags 0..4 and a negative ttl. differences.md: createTTL without a TTL flag and with a negative ttl",
    why: "Apache logs it, dies, and dies again at each start",
    perSequencesMin: 2000,
  },
  "deleteContainer without permission": {
    row: "client.md 21: deleteContainer from a client. differences.md: deleteContainer sent by a client",
    why: "Apache deletes without asking for the DELETE permission, and the trees differ from then on",
    perSequencesMin: 2000,
  },
} as const;

export type ExclusionName = keyof typeof exclusions;

/** The exclusion for whose sake a request is not sent at all; null: it may be sent. */
export function withheldBy(
  request: Request | MultiOp,
  mayDeleteBelow: (parent: string) => boolean,
): ExclusionName | null {
  if (request.op === "createTTL" && request.flags >= 0 && request.flags <= 4 && request.ttl < 0)
    return "ttl without flag";
  if (request.op === "deleteContainer" && request.path !== null && !mayDeleteBelow(parentOf(request.path)))
    return "deleteContainer without permission";
  if (request.op !== "multi") return null;
  return request.ops.map((op) => withheldBy(op, mayDeleteBelow)).find((name) => name !== null) ?? null;
}

/** The exclusion that lets the two answers to one request differ; what follows cannot be compared. */
export function excusedBy(request: Request, lines: readonly [string, string]): ExclusionName | null {
  const refused = (line: string): boolean => line.includes("err=NOAUTH");
  if (request.op === "deleteContainer" && !refused(lines[0]) && refused(lines[1]))
    return "deleteContainer without permission";
  return null;
}
