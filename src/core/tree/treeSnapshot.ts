import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import type { SnapshotSource } from "../storage/contracts.ts";
import type { DataTree } from "./dataTree.ts";
import { statBytes } from "./statLayout.ts";
import { noNode } from "./tree.ts";

/** A level of the walk: the children of one node and how many of them are done. */
interface Level {
  readonly prefix: string;
  readonly names: readonly string[];
  next: number;
}

/**
 * A walk over the tree in slices, parents first, while writes go on: the snapshot is fuzzy as Apache's are. Nodes may
 * be newer than `zxid`; replaying the log from there repairs it (disk.md section 4). Nodes that are deleted before
 * their turn are left out.
 */
export class TreeSnapshot implements SnapshotSource {
  readonly zxid: bigint;
  readonly #tree: DataTree;
  readonly #sessions: readonly (readonly [bigint, number])[];
  readonly #lastZxid: () => bigint;
  readonly #levels: Level[] = [{ prefix: "", names: [""], next: 0 }];

  constructor(
    tree: DataTree,
    zxid: bigint,
    sessions: Iterable<readonly [bigint, number]>,
    lastZxid: () => bigint,
  ) {
    this.#tree = tree;
    this.zxid = zxid;
    this.#sessions = [...sessions];
    this.#lastZxid = lastZxid;
  }

  writeSessions(writer: JuteWriter): void {
    writer.writeInt(this.#sessions.length);
    for (const [id, timeoutMs] of this.#sessions) {
      writer.writeLong(id);
      writer.writeInt(timeoutMs);
    }
  }

  writeAcls(writer: JuteWriter): void {
    this.#tree.acls.write(writer);
  }

  writeNodes(writer: JuteWriter, maxBytes: number, maxNodes: number): boolean {
    const full = writer.length + maxBytes;
    for (let count = 0; count < maxNodes && writer.length < full; count++) {
      const level = this.#levels.at(-1);
      if (level === undefined) return false;
      if (level.next === level.names.length) {
        this.#levels.pop();
        continue;
      }
      this.#writeNode(writer, level.prefix + level.names[level.next++]);
    }
    return this.#levels.length > 0;
  }

  #writeNode(writer: JuteWriter, path: string): void {
    const { nodes } = this.#tree;
    const slot = nodes.find(path);
    if (slot === noNode) return;
    writer.writeString(path);
    writer.writeBuffer(nodes.data.get(slot));
    writer.writeLong(BigInt(nodes.aclId.get(slot)));
    const at = nodes.statAt(slot);
    writer.writeBytes(nodes.block(slot).subarray(at, at + statBytes));
    const children = nodes.children.get(slot);
    if (children === null || children.size === 0) return;
    this.#levels.push({ prefix: `${path}/`, names: children.toArray(), next: 0 });
  }

  digestAtEnd(): { zxid: bigint; digest: bigint } {
    return { zxid: this.#lastZxid(), digest: this.#tree.digest() };
  }
}
