import type { ZnodeDump } from "./dumpTree.ts";
import type { Known, Writer } from "./writer.ts";

/**
 * Holds a tree against what a writer was told: nothing acknowledged is lost or undone, nothing is there that nobody
 * asked for. What was under way at the crash may have happened or not; the writer goes on from what it finds.
 */
export function verifyWriter(writer: Writer, tree: ReadonlyMap<string, ZnodeDump>, zxid: bigint): void {
  if (zxid < writer.lastZxid) throw new Error(`zxid ${zxid} after ${writer.lastZxid} was acknowledged`);
  for (const [path, known] of writer.known) {
    if (!writer.open.has(path)) verifyNode(writer, path, known, tree.get(path));
  }
  for (const [path, found] of tree) {
    if (!path.startsWith(`/${writer.name}/`) || path === writer.counterPath || writer.known.has(path))
      continue;
    if (!writer.open.has(path))
      throw new Error(`${path} is there with ${found.data}, but was deleted or never made`);
  }
  adopt(writer, tree);
  const counter = Number(tree.get(writer.counterPath)?.data);
  if (!(counter >= writer.counter && counter <= writer.counterSent)) {
    throw new Error(`${writer.counterPath} is ${counter}; ${writer.counter} was acknowledged`);
  }
  writer.counter = counter;
}

function verifyNode(writer: Writer, path: string, known: Known, found: ZnodeDump | undefined): void {
  if (found === undefined) throw new Error(`${path} was acknowledged with ${known.data} and is gone`);
  if (found.data !== known.data)
    throw new Error(`${path} was acknowledged with ${known.data} and now is ${found.data}`);
  if (!found.acl.equals(known.acl))
    throw new Error(`${path} has lost its ACL: ${found.acl.toString("latin1")}`);
  const owner = known.ephemeral ? writer.sessionId : 0n;
  if (found.ephemeralOwner !== owner) {
    throw new Error(
      `${path} belongs to 0x${found.ephemeralOwner.toString(16)}, not to 0x${owner.toString(16)}`,
    );
  }
}

function adopt(writer: Writer, tree: ReadonlyMap<string, ZnodeDump>): void {
  for (const path of writer.open) {
    const found = tree.get(path);
    if (path === writer.counterPath) continue;
    if (found === undefined) writer.known.delete(path);
    else {
      const before = writer.known.get(path);
      const acl = before !== undefined && before.acl.equals(found.acl) ? before.acl : found.acl;
      writer.known.set(path, { data: found.data, acl, ephemeral: found.ephemeralOwner !== 0n });
    }
  }
  writer.open.clear();
}
