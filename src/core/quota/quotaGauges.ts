import { topNamespace } from "../paths/paths.ts";
import type { QuotaGauges } from "../stats/serverView.ts";
import type { DataTree } from "../tree/dataTree.ts";
import { noNode } from "../tree/tree.ts";
import { limitNodeName, quotaRoot, statNodeName, trimQuotaPath } from "./quotas.ts";
import { StatsTrack } from "./statsTrack.ts";

/**
 * Limits and use of all quotas, summed up by top-level name as Java longs. Only nodes without children count, an empty
 * one reads -1, and a hard limit goes before a soft one (QuotaMetricsUtils).
 */
export function quotaGauges(tree: DataTree): QuotaGauges {
  const gauges = {
    countLimits: new Map<string, bigint>(),
    bytesLimits: new Map<string, bigint>(),
    countUsages: new Map<string, bigint>(),
    bytesUsages: new Map<string, bigint>(),
  };
  const { nodes } = tree;
  // No recursion: how deep the quotas lie is the clients' choice.
  const open = [quotaRoot];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const slot = nodes.find(path);
    if (slot === noNode) continue;
    const children = nodes.children.get(slot);
    if (children !== null && children.size > 0) {
      for (const child of children) open.push(`${path}/${child}`);
      continue;
    }
    const data = nodes.data.get(slot);
    const namespace = topNamespace(trimQuotaPath(path));
    if (data === null || namespace === null) continue;
    if (path.endsWith(`/${limitNodeName}`)) {
      const { count, bytes, countHardLimit, byteHardLimit } = StatsTrack.parse(data);
      add(gauges.countLimits, namespace, countHardLimit > -1n ? countHardLimit : count);
      add(gauges.bytesLimits, namespace, byteHardLimit > -1n ? byteHardLimit : bytes);
    } else if (path.endsWith(`/${statNodeName}`)) {
      const { count, bytes } = StatsTrack.parse(data);
      add(gauges.countUsages, namespace, count);
      add(gauges.bytesUsages, namespace, bytes);
    }
  }
  return gauges;
}

function add(sums: Map<string, bigint>, namespace: string, value: bigint): void {
  sums.set(namespace, BigInt.asIntN(64, (sums.get(namespace) ?? 0n) + value));
}
