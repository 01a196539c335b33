import { JuteWriter } from "../../../protocol/jute/writer.ts";
import type { SnapshotSource } from "../storage/contracts.ts";
import type { ChangeWatcher, DataTree } from "./dataTree.ts";
import { statBytes } from "./statLayout.ts";
import { noNode, type NodeRef } from "./tree.ts";

/** A level of the walk: the children of one node and how many of them are done. */
interface Level {
  readonly prefix: string;
  readonly names: readonly string[];
  next: number;
}

/**
 * The state of a tree at one zxid, written in slices, parents first, while writes go on. A node that is about to change
 * before the walk has come to it is written as it is, its ancestors before it; nodes that are new are left out. So the
 * snapshot is exact, where Apache's are fuzzy: an Apache server that gets a fuzzy one from its leader complains of
 * digests that do not fit. `end` is due when it is not needed any more.
 */
export class TreeSnapshot implements SnapshotSource, ChangeWatcher {
  readonly zxid: bigint;
  readonly #tree: DataTree;
  readonly #sessions: readonly (readonly [bigint, number])[];
  readonly #acls = new JuteWriter(1024);
  readonly #digest: bigint;
  readonly #levels: Level[] = [{ prefix: "", names: [""], next: 0 }];
  /** 1 for a slot whose node is written, or is newer than the snapshot; so are all beyond the end. */
  readonly #isDone: Uint8Array;
  /** Nodes that were written ahead of the walk, to go out with the next slice. */
  readonly #early = new JuteWriter(256);

  constructor(tree: DataTree, zxid: bigint, sessions: Iterable<readonly [bigint, number]>) {
    this.#tree = tree;
    this.zxid = zxid;
    this.#sessions = [...sessions];
    tree.acls.write(this.#acls);
    this.#digest = tree.digest();
    this.#isDone = new Uint8Array(tree.nodes.slotCount);
    tree.watch(this);
  }

  end(): void {
    this.#tree.unwatch(this);
  }

  writeSessions(writer: JuteWriter): void {
    writer.writeInt(this.#sessions.length);
    for (const [id, timeoutMs] of this.#sessions) {
      writer.writeLong(id);
      writer.writeInt(timeoutMs);
    }
  }

  writeAcls(writer: JuteWriter): void {
    writer.writeBytes(this.#acls.view());
  }

  writeNodes(writer: JuteWriter, maxBytes: number, maxNodes: number): boolean {
    const full = writer.length + maxBytes;
    writer.writeBytes(this.#early.view());
    this.#early.clear();
    for (let count = 0; count < maxNodes && writer.length < full; count++) {
      const level = this.#levels.at(-1);
      if (level === undefined) return false;
      if (level.next === level.names.length) {
        this.#levels.pop();
        continue;
      }
      this.#visit(writer, level.prefix + level.names[level.next++]);
    }
    return this.#levels.length > 0;
  }

  #visit(writer: JuteWriter, path: string): void {
    const { nodes } = this.#tree;
    const slot = nodes.find(path);
    if (slot === noNode) return;
    if (!this.#has(slot)) this.#writeNode(writer, path, slot);
    const children = nodes.children.get(slot);
    if (children === null || children.size === 0) return;
    this.#levels.push({ prefix: `${path}/`, names: children.toArray(), next: 0 });
  }

  #has(slot: NodeRef): boolean {
    return slot >= this.#isDone.length || this.#isDone[slot] === 1;
  }

  #writeNode(writer: JuteWriter, path: string, slot: NodeRef): void {
    const { nodes } = this.#tree;
    this.#isDone[slot] = 1;
    writer.writeString(path);
    nodes.data.write(slot, writer);
    writer.writeLong(BigInt(nodes.aclId.get(slot)));
    const at = nodes.statAt(slot);
    writer.writeBytes(nodes.block(slot).subarray(at, at + statBytes));
  }

  beforeChange(path: string, slot: NodeRef): void {
    if (this.#has(slot)) return;
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const ancestor = path.slice(0, slash);
      const above = this.#tree.nodes.find(ancestor);
      if (above !== noNode && !this.#has(above)) this.#writeNode(this.#early, ancestor, above);
    }
    this.#writeNode(this.#early, path, slot);
  }

  created(slot: NodeRef): void {
    if (slot < this.#isDone.length) this.#isDone[slot] = 1;
  }

  digestAtEnd(): { zxid: bigint; digest: bigint } {
    return { zxid: this.zxid, digest: this.#digest };
  }
}
