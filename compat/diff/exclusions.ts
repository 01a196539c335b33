import { StatsTrack } from "../../src/core/quota/statsTrack.ts";
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
  "container flag": {
    row: "client.md 21 and differences.md: create with the container flag; createContainer without it",
    why: "Apache logs the digest of another owner than the one it stores: such folders are not opened by the other side",
    perSequencesMin: 2000,
  },
  "requests below a quota in one write": {
    row: "client.md 10 and 21: quota stats are those of the applied tree",
    why: "how many of the requests before are applied when Apache looks at the counts is chance; they are sent one by one",
    perSequencesMin: 500,
  },
  "request behind what ends the connection": {
    row: "client.md 21.52. differences.md: request that comes in one write behind a closeSession or a refused auth",
    why: "Apache reads it or not, and may then spend a zxid on refusing it, and even answer it, before it closes",
    perSequencesMin: 500,
  },
  "request behind a setACL": {
    row: "differences.md: request that comes while a setACL before it is under way",
    why: "Apache may still go by the list before; which one is chance",
    perSequencesMin: 500,
  },
  "request behind a multi that breaks off": {
    row: "differences.md: request that comes while a multi that was refused as a whole is under way",
    why: "Apache does not take back what the operations before a null ACL id would have changed until it has answered",
    perSequencesMin: 2000,
  },
  "counts that cannot be read": {
    row: "differences.md: setData of a zookeeper_stats with what is no count",
    why: "Apache takes it, and dies of the next write below that quota; it is rare",
    perSequencesMin: 100_000,
  },
  "digest of a fuzzy snapshot": {
    row: "disk.md, fuzzy snapshots. differences.md: digest of a snapshot that is taken while sessions end",
    why: "Apache now and then stores a digest that does not fit its own snapshot, and complains itself; it is rare",
    perSequencesMin: 100_000,
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
  if (before.some(makesLimits) && isBelowRoot(request)) return "requests below a quota in one write";
  if (spoilsCounts(request)) return "counts that cannot be read";
  if (before.some(breaksOff)) return "request behind a multi that breaks off";
  // Until such a node is applied Apache takes it for what its flags say, an ephemeral for example.
  if (before.some((one) => spoilsFolder(one) !== null)) return "container flag";
  if (request.op === "createTTL" && request.flags >= 0 && request.flags <= 4 && request.ttl < 0)
    return "ttl without flag";
  if (request.op === "deleteContainer" && request.path !== null && !mayDeleteBelow(parentOf(request.path)))
    return "deleteContainer without permission";
  return null;
}

function makesLimits(request: Request): boolean {
  const ops = request.op === "multi" ? request.ops : [request];
  return ops.some((op) => "path" in op && op.path?.endsWith("/zookeeper_limits") === true);
}

/** Creating the node is no matter: what it holds is overwritten at once. */
function spoilsCounts(request: Request): boolean {
  const ops = request.op === "multi" ? request.ops : [request];
  return ops.some(
    (op) =>
      op.op === "setData" &&
      op.path?.endsWith("/zookeeper_stats") === true &&
      (("frame" in op && op.frame !== undefined) ||
        !StatsTrack.parse(op.data === null ? null : Buffer.from(op.data)).wellFormed),
  );
}

function isBelowRoot(request: Request): boolean {
  const ops = request.op === "multi" ? request.ops : [request];
  return ops.some((op) => "path" in op && op.path?.startsWith("$R") === true);
}

/** Whether a multi can end in MARSHALLINGERROR behind operations that were prepared. */
function breaksOff(request: Request): boolean {
  if (request.op !== "multi") return false;
  return request.ops.some((op) => "acl" in op && op.acl?.some(({ id }) => id === null) === true);
}

/** The exclusion that lets the two answers to one request differ; what follows cannot be compared. */
export function excusedBy(request: Request, lines: readonly [string, string]): ExclusionName | null {
  const refused = (line: string): boolean => line.includes("err=NOAUTH");
  if (request.op === "deleteContainer" && !refused(lines[0]) && refused(lines[1]))
    return "deleteContainer without permission";
  return null;
}

/**
 * The exclusion for which complaints about a digest do not count: both servers (null: no complaint) name the zxid of
 * a snapshot that Apache has written. `files` are those of the folder.
 */
export function excusedComplaint(
  owner: string,
  complaints: readonly (string | null)[],
  files: readonly string[],
): ExclusionName | null {
  if (owner !== "apache") return null;
  const isOfSnapshot = complaints.every((complaint) => {
    const [, hex, decimal] = /"zxid":"0x([0-9a-f]+)"|Zxid\. Value:(\d+)/.exec(complaint ?? "") ?? [];
    const zxid = hex ?? (decimal === undefined ? "" : BigInt(decimal).toString(16));
    return files.some((file) => file.split(".")[0] === "snapshot" && file.split(".")[1] === zxid);
  });
  return isOfSnapshot ? "digest of a fuzzy snapshot" : null;
}

/** The exclusion that keeps folders from being opened by the other implementation once the request was sent. */
export function spoilsFolder(request: Request): ExclusionName | null {
  const ops = request.op === "multi" ? request.ops : [request];
  // In a multi the flag makes a container of a plain create.
  const byFlag = (request.op === "create" || request.op === "create2") && request.flags === 4;
  const byOpcode = ops.some((op) => op.op === "createContainer" && op.flags !== 4);
  return byFlag || byOpcode ? "container flag" : null;
}
