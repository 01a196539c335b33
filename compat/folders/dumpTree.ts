import { int, RawClient, text } from "../../test/support/rawClient.ts";

/** User and password whose digest `Launched` makes the super user. */
export const superUser = "super:golden";
const statBytes = 68;

/** One znode as a super user sees it. */
export interface ZnodeDump {
  readonly data: string;
  /** The vector of ACLs, as bytes. */
  readonly acl: Buffer;
  readonly ephemeralOwner: bigint;
  /** Everything that was answered about it, to be compared as a whole. */
  readonly all: string;
}

export interface TreeDump {
  /** The newest zxid that the server had answered with. */
  readonly zxid: bigint;
  readonly nodes: ReadonlyMap<string, ZnodeDump>;
}

/** Data, Stat and ACL of every znode by path. */
export async function dumpTree(port: number): Promise<TreeDump> {
  const client = await RawClient.open(port);
  if (!(await client.connect(600_000))) throw new Error("no session for a dump");
  const auth = await client.ask(-4, 100, int(0), text("digest"), text(superUser));
  if (auth.err !== 0) throw new Error(`the super user is refused with ${auth.err}`);
  const nodes = new Map<string, ZnodeDump>();
  let open = ["/"];
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
      if (data.err !== 0 || acl.err !== 0)
        throw new Error(`${path}: errors ${data.err} and ${acl.err} in a dump`);
      // Each server writes the config node for itself.
      if (path !== "/zookeeper/config") nodes.set(path, nodeOf(data.body, acl.body));
      open = open.concat(names(children.body).map((name) => (path === "/" ? `/${name}` : `${path}/${name}`)));
    }
  }
  const { zxid } = await client.ask(4, -11);
  client.close();
  return { zxid, nodes };
}

function nodeOf(data: Buffer, acl: Buffer): ZnodeDump {
  const stat = 4 + Math.max(0, data.readInt32BE(0));
  return {
    data: data.subarray(4, stat).toString(),
    acl: Buffer.from(acl.subarray(0, acl.length - statBytes)),
    ephemeralOwner: data.readBigInt64BE(stat + 44),
    all: `${data.toString("hex")} ${acl.toString("hex")}`,
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

/** A path at which two trees differ, with both sides; null if they are equal. */
export function firstDifference(
  a: ReadonlyMap<string, ZnodeDump>,
  b: ReadonlyMap<string, ZnodeDump>,
): string | null {
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    const [one, other] = [a.get(path)?.all, b.get(path)?.all];
    if (one !== other) return `${path}: ${one ?? "missing"} against ${other ?? "missing"}`;
  }
  return null;
}
