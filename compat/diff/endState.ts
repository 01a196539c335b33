import { dumpTree, type ZnodeDump } from "../folders/dumpTree.ts";

/** Which of the two servers a value comes from. */
export type Side = 0 | 1;

export interface EndStateOptions {
  /** The two servers as messages call them; by default `first` and `second`. */
  readonly names?: readonly [string, string];
  /** Children are compared as sets: after a restart their order goes by how the tree was loaded. Default false. */
  readonly childrenAsSets?: boolean;
  /** Paths that are left out with everything below them. */
  readonly leaveOut?: (path: string) => boolean;
  /** What stands for a zxid; by default its rank among those of the nodes that both servers have. */
  readonly zxid?: (side: Side, zxid: bigint) => string;
  /** What stands for the session that owns an ephemeral; by default the smallest of the paths that it owns. */
  readonly session?: (side: Side, sessionId: bigint) => string;
  /** Times are compared as they are, where both servers show one history. Default false. */
  readonly exactTimes?: boolean;
  /** Data as it is compared; by default as it is. */
  readonly data?: (side: Side, path: string, data: Buffer | null) => Buffer | null;
}

/** For two servers that show one history: nothing is normalised but the order of children, which goes by the load. */
export const oneHistory: EndStateOptions = {
  childrenAsSets: true,
  exactTimes: true,
  zxid: (_, zxid) => `0x${zxid.toString(16)}`,
  session: (_, id) => `0x${BigInt.asUintN(64, id).toString(16)}`,
};

type Nodes = ReadonlyMap<string, ZnodeDump>;

/**
 * Reads the trees of two servers from `root` down, with every field that a client can see, and answers how they differ,
 * one line for each field; empty if they do not. Both must know the super user of `superUser` and have
 * extended types alike. Only what must differ is normalised: zxids, session ids, times (a time says no more than
 * whether it is zero and how mtime stands to ctime).
 */
export async function compareEndState(
  ports: readonly [number, number],
  root = "/",
  options: EndStateOptions = {},
): Promise<string[]> {
  const [one, other] = await Promise.all(ports.map((port) => dumpTree(port, root)));
  return compareNodes([one.nodes, other.nodes], options);
}

/** The same for trees that were read before. */
export function compareNodes(trees: readonly [Nodes, Nodes], options: EndStateOptions = {}): string[] {
  const [left, right] = options.names ?? ["first", "second"];
  const kept: [Nodes, Nodes] = [keptNodes(trees[0], options), keptNodes(trees[1], options)];
  const differences: string[] = [];
  for (const path of [...new Set(kept.flatMap((nodes) => [...nodes.keys()]))].sort()) {
    if (!kept[0].has(path)) differences.push(`${path}: only ${right} has it`);
    else if (!kept[1].has(path)) differences.push(`${path}: only ${left} has it`);
  }
  const texts = ([0, 1] as const).map((side) => fieldTexts(side, kept, options));
  for (const [path, fields] of texts[0]) {
    for (const [field, text] of Object.entries(fields)) {
      const opposite = texts[1].get(path)?.[field];
      if (text !== opposite)
        differences.push(`${path}: ${field} is ${text} at ${left}, ${opposite} at ${right}`);
    }
  }
  return differences;
}

function keptNodes(nodes: Nodes, { leaveOut }: EndStateOptions): Nodes {
  if (leaveOut === undefined) return nodes;
  const kept = new Map<string, ZnodeDump>();
  for (const [path, node] of nodes) {
    const parent = path.slice(0, path.lastIndexOf("/")) || "/";
    if (!leaveOut(path) && (path === "/" || !nodes.has(parent) || kept.has(parent))) kept.set(path, node);
  }
  return kept;
}

/** Every field of the nodes that both sides have, as text that must be equal. */
function fieldTexts(
  side: Side,
  trees: readonly [Nodes, Nodes],
  options: EndStateOptions,
): Map<string, Record<string, string>> {
  const common = [...trees[side]].filter(([path]) => trees[1 - side]?.has(path));
  const zxid = options.zxid ?? byRank(common.map(([, node]) => node));
  const session = options.session ?? bySmallestPath(common);
  const exactTimes = options.exactTimes === true;
  const texts = new Map<string, Record<string, string>>();
  for (const [path, { stat, bytes, acl, children }] of common) {
    const data = options.data === undefined ? bytes : options.data(side, path, bytes);
    const names = options.childrenAsSets === true ? children.toSorted() : children;
    texts.set(path, {
      czxid: zxid(side, stat.czxid),
      mzxid: zxid(side, stat.mzxid),
      pzxid: zxid(side, stat.pzxid),
      ctime: exactTimes ? String(stat.ctime) : stat.ctime === 0n ? "0" : "set",
      mtime: exactTimes ? String(stat.mtime) : mtimeText(stat),
      version: String(stat.version),
      cversion: String(stat.cversion),
      aversion: String(stat.aversion),
      ephemeralOwner: stat.ephemeralOwner === 0n ? "0" : session(side, stat.ephemeralOwner),
      // With data that are not compared as they are goes their length.
      dataLength: String(stat.dataLength - (bytes?.length ?? 0) + (data?.length ?? 0)),
      numChildren: String(stat.numChildren),
      data: data === null ? "null" : JSON.stringify(data.toString("latin1")),
      acl: acl.toString("hex"),
      children: JSON.stringify(names),
    });
  }
  return texts;
}

/** Two writes may fall into one millisecond at one server and not at the other; only an unwritten node is certain. */
function mtimeText({ ctime, mtime, version }: ZnodeDump["stat"]): string {
  if (mtime === 0n) return "0";
  if (mtime < ctime) return "before ctime";
  return version === 0 && mtime !== ctime ? "after ctime" : "set";
}

function byRank(nodes: readonly ZnodeDump[]): (side: Side, zxid: bigint) => string {
  const zxids = new Set(nodes.flatMap(({ stat }) => [stat.czxid, stat.mzxid, stat.pzxid]));
  const sorted = [...zxids].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const rankByZxid = new Map(sorted.map((zxid, rank) => [zxid, zxid === 0n ? "0" : `#${rank}`]));
  return (_, zxid) => rankByZxid.get(zxid) ?? `unknown ${zxid}`;
}

function bySmallestPath(
  nodes: readonly (readonly [string, ZnodeDump])[],
): (side: Side, id: bigint) => string {
  const pathBySession = new Map<bigint, string>();
  for (const [path, { ephemeralOwner }] of nodes) {
    const known = pathBySession.get(ephemeralOwner);
    if (known === undefined || path < known) pathBySession.set(ephemeralOwner, path);
  }
  return (_, id) => `the session of ${pathBySession.get(id)}`;
}
