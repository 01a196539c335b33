import { PathTrie } from "../quota/pathTrie.ts";
import { StatsTrack } from "../quota/statsTrack.ts";
import {
  limitNodeName,
  limitsPath,
  quotaRoot,
  statNodeName,
  statsPath,
  trimQuotaPath,
} from "../quota/quotas.ts";
import type { NodeTable } from "./nodeTable.ts";
import { noNode } from "./tree.ts";

/**
 * Which subtrees have a quota, and the running counts in their zookeeper_stats nodes. The counts are each server's
 * own: not logged, without a version or a watch event, and outside the digest (client.md section 10).
 */
export class QuotaBook {
  readonly #nodes: NodeTable;
  readonly #trie = new PathTrie();

  constructor(nodes: NodeTable) {
    this.#nodes = nodes;
  }

  clear(): void {
    this.#trie.clear();
  }

  /** Longest registered path at or above `path`; null when none has a quota. */
  prefixOf(path: string): string | null {
    if (this.#trie.size === 0) return null;
    const prefix = this.#trie.findMaxPrefix(path);
    return prefix === "/" || prefix === "" ? null : prefix;
  }

  created(path: string, parent: string, slash: number, size: number): void {
    if (parent.startsWith(quotaRoot)) {
      const name = path.slice(slash + 1);
      if (name === limitNodeName) this.#trie.addPath(trimQuotaPath(parent));
      if (name === statNodeName) this.#recount(trimQuotaPath(parent));
    }
    this.#update(path, size, 1);
  }

  deleted(path: string, parent: string, slash: number, size: number): void {
    if (parent.startsWith("/zookeeper") && path.slice(slash + 1) === limitNodeName) {
      this.#trie.deletePath(trimQuotaPath(parent));
    }
    this.#update(path, -size, -1);
  }

  dataChanged(path: string, growth: number): void {
    this.#update(path, growth, 0);
  }

  /** After a snapshot was loaded: registers every limits node and counts its subtree. */
  rebuild(): void {
    this.clear();
    // No recursion: how deep the quotas lie is the clients' choice.
    const open = [quotaRoot];
    for (let path = open.pop(); path !== undefined; path = open.pop()) this.#visit(path, open);
  }

  /** Registers what a limits node limits; of any other node the children are put on the list. */
  #visit(path: string, open: string[]): void {
    const node = this.#nodes.find(path);
    if (node === noNode) return;
    const children = this.#nodes.children.get(node);
    if (children !== null && children.size > 0) {
      for (const name of children) open.push(`${path}/${name}`);
      return;
    }
    const end = `/${limitNodeName}`;
    if (!path.endsWith(end)) return;
    const real = path.slice(quotaRoot.length, path.indexOf(end));
    this.#recount(real);
    this.#trie.addPath(real);
  }

  #update(path: string, bytes: number, count: number): void {
    if (this.#trie.size === 0) return;
    const prefix = this.prefixOf(path);
    if (prefix === null) return;
    const slot = this.#nodes.find(statsPath(prefix));
    if (slot === noNode) return;
    const stats = StatsTrack.parse(this.#nodes.data.get(slot));
    stats.count += BigInt(count);
    stats.bytes += BigInt(bytes);
    this.#nodes.data.set(slot, stats.toBytes());
  }

  #recount(path: string): void {
    const slot = this.#nodes.find(statsPath(path));
    if (slot === noNode) return;
    let count = 0;
    let bytes = 0;
    const open = [path];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const node = this.#nodes.find(at);
      if (node === noNode) continue;
      count++;
      bytes += this.#nodes.data.lengthOf(node);
      for (const name of this.#nodes.children.get(node) ?? []) open.push(`${at}/${name}`);
    }
    const stats = StatsTrack.parse(null);
    stats.count = BigInt(count);
    stats.bytes = BigInt(bytes);
    this.#nodes.data.set(slot, stats.toBytes());
  }

  /** Text of a quota's limits, null when they are missing, and of its counts, null when those are missing. */
  limitsAndStats(prefix: string): { limits: StatsTrack; stats: StatsTrack | null } | null {
    const limits = this.#nodes.find(limitsPath(prefix));
    const stats = this.#nodes.find(statsPath(prefix));
    if (limits === noNode) return null;
    return {
      limits: StatsTrack.parse(this.#nodes.data.get(limits)),
      stats: stats === noNode ? null : StatsTrack.parse(this.#nodes.data.get(stats)),
    };
  }
}
