import { parentOf } from "./generator/model.ts";
import type { Request } from "./steps.ts";

/**
 * Where the two servers differ and are to differ. Each names its row of client.md section 21 and of
 * docs/differences.md. An exclusion that a long run never needs is out of date: the run fails.
 */
export const exclusions = {
  "ttl without flag": {
    row: "client.md 21: createTTL with flags 0..4 and a negative ttl. differences.md: createTTL without a TTL flag and with a negative ttl",
    // In a multi Apache makes a plain create of it.
    why: "Apache logs it, dies, and dies again at each start",
    perSequencesMin: 2000,
  },
  "deleteContainer without permission": {
    row: "client.md 21: deleteContainer from a client. differences.md: deleteContainer sent by a client",
    why: "Apache deletes without asking for the DELETE permission, and the trees differ from then on",
    perSequencesMin: 2000,
  },
  "request behind a setACL": {
    row: "differences.md: request that comes while a setACL before it is under way",
    why: "Apache may still go by the list before; which one is chance",
    perSequencesMin: 500,
  },
} as const;

export type ExclusionName = keyof typeof exclusions;

/** The exclusion for whose sake a request is not sent at all; null: it may be sent. `before`: of the same write. */
export function withheldBy(
  request: Request,
  before: readonly Request[],
  mayDeleteBelow: (parent: string) => boolean,
): ExclusionName | null {
  if (before.some(({ op }) => op === "setACL")) return "request behind a setACL";
  if (request.op === "createTTL" && request.flags >= 0 && request.flags <= 4 && request.ttl < 0)
    return "ttl without flag";
  if (request.op === "deleteContainer" && request.path !== null && !mayDeleteBelow(parentOf(request.path)))
    return "deleteContainer without permission";
  return null;
}

/** The exclusion that lets the two answers to one request differ; what follows cannot be compared. */
export function excusedBy(request: Request, lines: readonly [string, string]): ExclusionName | null {
  const refused = (line: string): boolean => line.includes("err=NOAUTH");
  if (request.op === "deleteContainer" && !refused(lines[0]) && refused(lines[1]))
    return "deleteContainer without permission";
  return null;
}
