import type { ACL } from "../../../protocol/records/client.ts";
import type { JuteWriter } from "../../../protocol/jute/writer.ts";

/** Id of world:anyone with all permissions, which is never stored (ReferenceCountedACLCache). */
export const openAclId = -1;

const openAcl: readonly ACL[] = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];

interface AclEntry {
  readonly id: number;
  readonly acl: readonly ACL[];
  readonly key: string;
  uses: number;
}

/**
 * Each distinct ACL list once, by a small number that the znodes keep. The numbers are private to a server but
 * stand in its snapshots. A list goes when its last znode goes.
 */
export class AclTable {
  #entryById = new Map<number, AclEntry>();
  #entryByKey = new Map<string, AclEntry>();
  #lastId = 0;
  /** The list used last: most creates of a client carry the same one. */
  #recent: AclEntry | null = null;

  get size(): number {
    return this.#entryById.size;
  }

  /** Number of the list, which gains one use. Null is the open list. */
  use(acl: readonly ACL[] | null): number {
    if (acl === null) return openAclId;
    const recent = this.#recent;
    if (recent !== null && recent.uses > 0 && sameAcl(recent.acl, acl)) {
      recent.uses++;
      return recent.id;
    }
    const key = keyOf(acl);
    let entry = this.#entryByKey.get(key);
    if (entry === undefined) {
      entry = { id: ++this.#lastId, acl, key, uses: 0 };
      this.#entryById.set(entry.id, entry);
      this.#entryByKey.set(key, entry);
    }
    entry.uses++;
    this.#recent = entry;
    return entry.id;
  }

  /**
   * One znode more that came from a snapshot with this number. A number without a list is let be, replay replaces it;
   * but it is not given to another list, or the znode would use that one uncounted.
   */
  addUse(id: number): void {
    const entry = this.#entryById.get(id);
    if (entry !== undefined) entry.uses++;
    else if (id > this.#lastId) this.#lastId = id;
  }

  release(id: number): void {
    const entry = this.#entryById.get(id);
    if (entry === undefined) return;
    entry.uses--;
    if (entry.uses > 0) return;
    this.#entryById.delete(id);
    if (this.#entryByKey.get(entry.key) === entry) this.#entryByKey.delete(entry.key);
  }

  /**
   * The list of a number. An unknown one can stand in a snapshot that was taken while writes went on; until replay
   * has put the list in place nobody may do anything with the znode.
   */
  get(id: number): readonly ACL[] {
    if (id === openAclId) return openAcl;
    return this.#entryById.get(id)?.acl ?? nobody;
  }

  load(id: number, acl: readonly ACL[] | null): void {
    const list = acl ?? [];
    const entry: AclEntry = { id, acl: list, key: keyOf(list), uses: 0 };
    this.#entryById.set(id, entry);
    this.#entryByKey.set(entry.key, entry);
    if (id > this.#lastId) this.#lastId = id;
  }

  /** Drops lists without a znode, once a snapshot is loaded. */
  purgeUnused(): void {
    for (const entry of this.#entryById.values()) {
      if (entry.uses > 0) continue;
      this.#entryById.delete(entry.id);
      if (this.#entryByKey.get(entry.key) === entry) this.#entryByKey.delete(entry.key);
    }
    this.#recent = null;
  }

  clear(): void {
    this.#entryById.clear();
    this.#entryByKey.clear();
    this.#lastId = 0;
    this.#recent = null;
  }

  /** int count, then long id and vector<ACL> each: part 3 of a snapshot. */
  write(writer: JuteWriter): void {
    writer.writeInt(this.#entryById.size);
    for (const entry of this.#entryById.values()) {
      writer.writeLong(BigInt(entry.id));
      writeAcl(writer, entry.acl);
    }
  }
}

const nobody: readonly ACL[] = [{ perms: 0, id: { scheme: "world", id: "anyone" } }];

/** A vector<ACL> on the wire. */
export function writeAcl(writer: JuteWriter, acl: readonly ACL[]): void {
  writer.writeVectorCount(acl.length);
  for (const entry of acl) {
    writer.writeInt(entry.perms);
    writer.writeString(entry.id.scheme);
    writer.writeString(entry.id.id);
  }
}

function sameAcl(a: readonly ACL[], b: readonly ACL[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i].perms !== b[i].perms || a[i].id.scheme !== b[i].id.scheme || a[i].id.id !== b[i].id.id)
      return false;
  }
  return true;
}

function keyOf(acl: readonly ACL[]): string {
  return JSON.stringify(acl.map((entry) => [entry.perms, entry.id.scheme, entry.id.id]));
}
