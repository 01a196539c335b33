import type { Request } from "../steps.ts";
import { pick } from "./choose.ts";
import { openAcl } from "./model.ts";
import { existing } from "./paths.ts";
import type { ModelConn, Sequence } from "./sequence.ts";

const quotaRoot = "/zookeeper/quota";
const limits: readonly (string | null)[] = [
  null,
  "count=3,bytes=-1",
  "count=-1,bytes=20",
  "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=4",
  "count=-1,bytes=-1=;byteHardLimit=25;countHardLimit=-1",
  "count=2,bytes=10=;byteHardLimit=60;countHardLimit=5",
  "count=,bytes=5",
  "nonsense",
  "",
];

/** Sets a quota on a node that is there, changes one, or takes one away. */
export function quota(sequence: Sequence, conn: ModelConn): void {
  const { random, model } = sequence;
  const limited = [...model.nodes.keys()].filter((path) => path.endsWith("/zookeeper_limits"));
  if (limited.length > 0 && random.chance(0.6)) {
    changeQuota(sequence, conn, pick(random, limited));
    return;
  }
  const base = quotaRoot + existing(sequence);
  const requests: Request[] = missing(sequence, base).map((path) => create(path, ""));
  requests.push(create(`${base}/zookeeper_limits`, pick(random, limits)));
  if (random.chance(0.9)) requests.push(create(`${base}/zookeeper_stats`, "count=0,bytes=0"));
  sequence.send(conn, requests);
}

function changeQuota(sequence: Sequence, conn: ModelConn, path: string): void {
  const { random } = sequence;
  const stats = path.replace("_limits", "_stats");
  const requests = pick<() => Request[]>(random, [
    () => [{ op: "setData", path, data: pick(random, limits), version: -1 }],
    () => [{ op: "delete", path, version: -1 }],
    () => [{ op: "getData", path: stats, watch: random.chance(0.3) }],
    () => [{ op: "getData", path: stats, watch: false }],
    () => [{ op: "delete", path: stats, version: -1 }],
    () => [create(stats, "count=0,bytes=0")],
  ])();
  sequence.send(conn, requests);
}

function missing({ model }: Sequence, base: string): string[] {
  const parts = base.slice(quotaRoot.length).split("/");
  const paths = parts.map((_, i) => quotaRoot + parts.slice(0, i + 1).join("/"));
  return paths.filter((path) => !model.nodes.has(path));
}

function create(path: string, data: string | null): Request {
  return { op: "create", path, data, acl: openAcl, flags: 0 };
}
