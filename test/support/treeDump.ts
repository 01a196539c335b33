import { formatHex } from "../../protocol/longs.ts";
import { openAclId } from "../../src/core/tree/aclTable.ts";
import type { DataTree } from "../../src/core/tree/dataTree.ts";
import { nodeDigest } from "../../src/core/tree/nodeDigest.ts";
import { statBytes } from "../../src/core/tree/statLayout.ts";
import { noNode } from "../../src/core/tree/tree.ts";

/**
 * All of a tree that equal histories must make equal, as text by path. Left out: ACL numbers and the order of
 * children, which depend on the way there, and the counts of quotas, which are each server's own.
 */
export function dumpTree(tree: DataTree): Record<string, string> {
  const dump: Record<string, string> = {
    "(digest)": formatHex(tree.digest()),
    "(nodes)": `${tree.nodeCount} nodes, ${tree.ephemeralsCount} ephemerals`,
    "(owners)": [...tree.ephemeralOwners()]
      .map((owner) => `${formatHex(owner)}: ${tree.ephemeralsOf(owner).sort().join(" ")}`)
      .sort()
      .join("; "),
    "(due)": tree.expiredContainers(Number.MAX_SAFE_INTEGER, 0).sort().join(" "),
  };
  for (const path of allPaths(tree)) dump[path === "" ? "/" : path] = dumpNode(tree, path);
  return dump;
}

function dumpNode(tree: DataTree, path: string): string {
  const ref = tree.find(path);
  const stat = new Uint8Array(statBytes);
  tree.copyStat(ref, stat);
  const data = tree.data(ref);
  const isCount = path.endsWith("/zookeeper_stats");
  const shown = data === null ? "null" : isCount ? "counts" : Buffer.from(data).toString("hex");
  const acl = tree.acl(ref).map(({ perms, id }) => `${perms} ${id.scheme}:${id.id}`);
  return `${Buffer.from(stat).toString("hex")} ${shown} [${acl.join(",")}] {${childrenOf(tree, path).join(",")}}`;
}

/** Names of the children, sorted, as getChildren shows them. */
export function childrenOf(tree: DataTree, path: string): string[] {
  return [...(tree.nodes.children.get(tree.find(path)) ?? [])].sort();
}

/** Every path in the tree's table, sorted; also of nodes that their parent does not know. */
export function allPaths(tree: DataTree): string[] {
  return Array.from(tree.nodes.entries(), ([path]) => path).sort();
}

/** The tree digest made anew from the nodes. */
export function digestFromScratch(tree: DataTree): bigint {
  let sum = 0n;
  const stat = new Uint8Array(statBytes);
  for (const path of allPaths(tree)) {
    const ref = tree.find(path);
    tree.copyStat(ref, stat);
    sum += BigInt(nodeDigest(path, tree.data(ref), stat, 0));
  }
  return BigInt.asUintN(64, sum);
}

/** What must hold of any tree at rest; an empty list if it does. */
export function treeFaults(tree: DataTree): string[] {
  const faults: string[] = [];
  if (tree.digest() !== digestFromScratch(tree)) faults.push("the running digest is not that of the nodes");
  const aclIds = new Set<number>();
  for (const path of allPaths(tree)) {
    const aclId = tree.nodes.aclId.get(tree.find(path));
    if (aclId !== openAclId) aclIds.add(aclId);
    if (tree.acls.get(aclId).every((entry) => entry.perms === 0))
      faults.push(`${path} has an ACL that is gone`);
    if (path === "") continue;
    const parent = path.slice(0, path.lastIndexOf("/"));
    const name = path.slice(parent.length + 1);
    if (tree.find(parent) === noNode) faults.push(`${path} has no parent`);
    else if (!childrenOf(tree, parent).includes(name)) faults.push(`the parent of ${path} does not know it`);
  }
  if (tree.acls.size !== aclIds.size) faults.push(`${tree.acls.size} ACL lists kept, ${aclIds.size} in use`);
  return faults;
}
