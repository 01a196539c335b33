import { openAclId } from "../../src/core/tree/aclTable.ts";
import type { DataTree } from "../../src/core/tree/dataTree.ts";
import { nodeDigest } from "../../src/core/tree/nodeDigest.ts";
import { statBytes } from "../../src/core/tree/statLayout.ts";
import { noNode } from "../../src/core/tree/tree.ts";

/** What does not fit in a tree at rest, found by a walk from the root; an empty list if all does. */
export function treeInconsistencies(tree: DataTree): string[] {
  const faults: string[] = [];
  const stat = new Uint8Array(statBytes);
  const aclIds = new Set<number>();
  const open = [""];
  let digest = 0n;
  let count = 0;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const ref = tree.find(path);
    if (ref === noNode) {
      faults.push(`${path} is a child of its parent but no node`);
      continue;
    }
    count++;
    tree.copyStat(ref, stat);
    digest += BigInt(nodeDigest(path, tree.data(ref), stat, 0));
    const aclId = tree.nodes.aclId.get(ref);
    if (aclId !== openAclId) aclIds.add(aclId);
    for (const name of tree.nodes.children.get(ref) ?? []) open.push(`${path}/${name}`);
  }
  if (BigInt.asUintN(64, digest) !== tree.digest())
    faults.push("the running digest is not that of the nodes");
  if (count !== tree.nodes.size) faults.push(`${tree.nodes.size} nodes, but ${count} below the root`);
  if (tree.acls.size !== aclIds.size) faults.push(`${tree.acls.size} ACL lists kept, ${aclIds.size} in use`);
  return faults;
}
