import { int, RawClient, text } from "../../test/support/rawClient.ts";

/** User and password whose digest `Launched` makes the super user. */
export const superUser = "super:golden";
const statBytes = 68;
const noNode = -101;

/** Stat as it came, field by field. */
export interface ZnodeStat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly ctime: bigint;
  readonly mtime: bigint;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: bigint;
}

/** One znode as a super user sees it. */
export interface ZnodeDump {
  readonly data: string;
  /** Null is not the same as empty. */
  readonly bytes: Buffer | null;
  /** The vector of ACLs, as bytes. */
  readonly acl: Buffer;
  readonly stat: ZnodeStat;
  /** In the order of the answer. */
  readonly children: readonly string[];
  readonly ephemeralOwner: bigint;
}

export interface TreeDump {
  /** The newest zxid that the server had answered with. */
  readonly zxid: bigint;
  readonly nodes: ReadonlyMap<string, ZnodeDump>;
}

/** Data, Stat, ACL and children of every znode from `root` down, by path. */
export async function dumpTree(port: number, root = "/"): Promise<TreeDump> {
  const client = await RawClient.open(port);
  try {
    if (!(await client.connect(600_000))) throw new Error("no session for a dump");
    const auth = await client.ask(-4, 100, int(0), text("digest"), text(superUser));
    if (auth.err !== 0) throw new Error(`the super user is refused with ${auth.err}`);
    const nodes = await stableNodes(client, root);
    const { zxid } = await client.ask(4, -11);
    return { zxid, nodes };
  } finally {
    client.close();
  }
}

/** A node may leave by itself while the tree is read (containers, TTL, expiry); then it is read again. */
async function stableNodes(client: RawClient, root: string): Promise<Map<string, ZnodeDump>> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const nodes = await readNodes(client, root);
    if (nodes !== null) return nodes;
  }
  throw new Error("the tree does not come to rest");
}

async function readNodes(client: RawClient, root: string): Promise<Map<string, ZnodeDump> | null> {
  const nodes = new Map<string, ZnodeDump>();
  let isWhole = true;
  let open = [root];
  while (open.length > 0) {
    const paths = open.splice(0, 500);
    for (const path of paths) {
      client.send(1, 4, text(path), Buffer.of(0));
      client.send(2, 6, text(path));
      client.send(3, 8, text(path), Buffer.of(0));
    }
    for (const path of paths) {
      const [data, acl, children] = [await client.next(), await client.next(), await client.next()];
      if (data === null || acl === null || children === null)
        throw new Error("the connection broke during a dump");
      const err = data.err || acl.err || children.err;
      if (err === noNode && path !== root) {
        isWhole = false;
        continue;
      }
      if (err !== 0) throw new Error(`${path}: error ${err} in a dump`);
      const found = nodeOf(data.body, acl.body, names(children.body));
      // Each server writes the config node for itself.
      if (path !== "/zookeeper/config") nodes.set(path, found);
      open = open.concat(found.children.map((name) => (path === "/" ? `/${name}` : `${path}/${name}`)));
    }
  }
  return isWhole ? nodes : null;
}

function nodeOf(data: Buffer, acl: Buffer, children: readonly string[]): ZnodeDump {
  const length = data.readInt32BE(0);
  const at = 4 + Math.max(0, length);
  const stat = statOf(data.subarray(at));
  return {
    data: data.subarray(4, at).toString(),
    bytes: length < 0 ? null : Buffer.from(data.subarray(4, at)),
    acl: Buffer.from(acl.subarray(0, acl.length - statBytes)),
    stat,
    children,
    ephemeralOwner: stat.ephemeralOwner,
  };
}

function statOf(bytes: Buffer): ZnodeStat {
  return {
    czxid: bytes.readBigInt64BE(0),
    mzxid: bytes.readBigInt64BE(8),
    ctime: bytes.readBigInt64BE(16),
    mtime: bytes.readBigInt64BE(24),
    version: bytes.readInt32BE(32),
    cversion: bytes.readInt32BE(36),
    aversion: bytes.readInt32BE(40),
    ephemeralOwner: bytes.readBigInt64BE(44),
    dataLength: bytes.readInt32BE(52),
    numChildren: bytes.readInt32BE(56),
    pzxid: bytes.readBigInt64BE(60),
  };
}

function names(body: Buffer): string[] {
  const found: string[] = [];
  let at = 4;
  for (let i = 0; i < body.readInt32BE(0); i++) {
    const length = body.readInt32BE(at);
    found.push(body.subarray(at + 4, at + 4 + length).toString());
    at += 4 + length;
  }
  return found;
}
