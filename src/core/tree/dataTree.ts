import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import { JavaHashSet } from "../java/javaHashSet.ts";
import { openAclId, AclTable } from "./aclTable.ts";
import { ownerKindAt, ttlMsAt, type OwnerKind, type OwnerRules } from "./ephemeralOwner.ts";
import { contentDigest, DigestSum, isUncounted, statDigest } from "./nodeDigest.ts";
import { NodeTable } from "./nodeTable.ts";
import { QuotaBook } from "./quotaBook.ts";
import {
  StatOffset,
  compareInt64,
  readInt32,
  readInt64,
  statBytes,
  writeInt32,
  writeInt64,
  writeNewStat,
} from "./statLayout.ts";
import { noNode, type NodeRef, type Tree, type TreeListener, type TreeResult } from "./tree.ts";

const zxidScratch = new Uint8Array(8);
const statScratch = new Uint8Array(68);

/** Hears of nodes while a snapshot of them is on its way. Paths are those of the table: the root's is empty. */
export interface ChangeWatcher {
  /** The node still is as it was. */
  beforeChange(path: string, slot: NodeRef): void;
  created(slot: NodeRef): void;
}

/**
 * The tree in memory. Each change follows DataTree's rules of Apache to the letter, since equal logs must lead to
 * equal trees and digests everywhere (disk.md section 3, "apply rules that decide equality").
 */
export class DataTree implements Tree {
  readonly nodes: NodeTable;
  readonly acls = new AclTable();
  /** Hears of every applied change; null while logs are replayed. */
  listener: TreeListener | null = null;
  /** Containers and TTL nodes, by path, for the checks of their time. */
  readonly #containers = new Set<string>();
  readonly #ttls = new Set<string>();
  readonly #ephemeralsBySession = new Map<bigint, JavaHashSet>();
  readonly #digest = new DigestSum();
  readonly #rules: OwnerRules & { readonly digestEnabled: boolean };
  readonly #quotas: QuotaBook;
  #watchers: ChangeWatcher[] = [];
  #dataSize = 0;
  #ephemerals = 0;

  /** `pathSeed`: 32 random bits that keep the hashes of paths from being foreseen; any will do where nobody attacks. */
  constructor(rules: OwnerRules & { readonly digestEnabled: boolean }, pathSeed = 0) {
    this.nodes = new NodeTable(pathSeed);
    this.#rules = rules;
    this.#quotas = new QuotaBook(this.nodes);
    this.reset();
  }

  /** Back to the empty tree: the root, /zookeeper and its two children. */
  reset(): void {
    this.clear();
    const none = new Uint8Array(0);
    for (const path of ["", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"]) {
      const slot = this.nodes.add(path, none, openAclId);
      this.nodes.block(slot).fill(0, this.nodes.statAt(slot), this.nodes.statAt(slot) + statBytes);
      if (path !== "") this.#linkToParent(path);
      this.#dataSize += path.length;
      this.#recountContent(slot, path, none);
    }
    this.setAcl("/zookeeper/config", [{ perms: 1, id: { scheme: "world", id: "anyone" } }], -1);
  }

  /** Nothing at all: what a snapshot is loaded into. */
  clear(): void {
    this.nodes.clear();
    this.acls.clear();
    this.#containers.clear();
    this.#ttls.clear();
    this.#ephemeralsBySession.clear();
    this.#digest.clear();
    this.#quotas.clear();
    this.#dataSize = 0;
    this.#ephemerals = 0;
  }

  get nodeCount(): number {
    return this.nodes.size + 1;
  }

  get approximateDataSize(): number {
    return this.#dataSize + 1;
  }

  get ephemeralsCount(): number {
    return this.#ephemerals;
  }

  digest(): bigint {
    return this.#digest.toBigInt();
  }

  /** The running sum, for the prediction that `prep` makes ahead of the tree. */
  get digestSum(): DigestSum {
    return this.#digest;
  }

  // ---- reading ----------------------------------------------------------------------------------------------

  find(path: string): NodeRef {
    return this.nodes.find(path === "/" ? "" : path);
  }

  copyStat(ref: NodeRef, target: Uint8Array): void {
    const block = this.nodes.block(ref);
    const at = this.nodes.statAt(ref);
    for (let i = 0; i < statBytes; i++) target[i] = block[at + i];
  }

  writeStat(ref: NodeRef, writer: JuteWriter): void {
    const block = this.nodes.block(ref);
    const at = this.nodes.statAt(ref);
    const out = statScratch;
    for (let i = 0; i < StatOffset.pzxid; i++) out[i] = block[at + i];
    const children = this.nodes.childCount(ref);
    writeInt32(out, 36, (readInt32(block, at + StatOffset.cversion) * 2 - children) | 0);
    const owner = this.ownerKind(ref);
    if (owner === "container" || owner === "ttl") out.fill(0, 44, 52);
    writeInt32(out, 52, this.nodes.data.lengthOf(ref));
    writeInt32(out, 56, children);
    for (let i = 0; i < 8; i++) out[60 + i] = block[at + StatOffset.pzxid + i];
    writer.writeBytes(out);
  }

  writeData(ref: NodeRef, writer: JuteWriter): void {
    this.nodes.data.write(ref, writer);
  }

  writeChildren(ref: NodeRef, writer: JuteWriter): number {
    const children = this.nodes.children.get(ref);
    if (children === null) {
      writer.writeVectorCount(0);
      return 0;
    }
    writer.writeVectorCount(children.size);
    let length = 0;
    for (const name of children) {
      writer.writeString(name);
      length += name.length;
    }
    return length;
  }

  data(ref: NodeRef): Uint8Array | null {
    return this.nodes.data.get(ref);
  }

  dataLength(ref: NodeRef): number {
    return this.nodes.data.lengthOf(ref);
  }

  childCount(ref: NodeRef): number {
    return this.nodes.childCount(ref);
  }

  acl(ref: NodeRef): readonly ACL[] {
    return this.acls.get(this.nodes.aclId.get(ref));
  }

  /** `contentDigest` of its path and data; means nothing where digests are off. */
  content(ref: NodeRef): number {
    return this.nodes.content.get(ref);
  }

  nodeDigest(ref: NodeRef): number {
    return this.nodes.digest.get(ref);
  }

  ownerKind(ref: NodeRef): OwnerKind {
    return ownerKindAt(
      this.nodes.block(ref),
      this.nodes.statAt(ref) + StatOffset.ephemeralOwner,
      this.#rules,
    );
  }

  mzxid(ref: NodeRef): bigint {
    return readInt64(this.nodes.block(ref), this.nodes.statAt(ref) + StatOffset.mzxid);
  }

  pzxid(ref: NodeRef): bigint {
    return readInt64(this.nodes.block(ref), this.nodes.statAt(ref) + StatOffset.pzxid);
  }

  mtimeMs(ref: NodeRef): number {
    return Number(readInt64(this.nodes.block(ref), this.nodes.statAt(ref) + StatOffset.mtime));
  }

  /** Somebody hears of each node before it changes; `unwatch` ends it. */
  watch(watcher: ChangeWatcher): void {
    this.#watchers.push(watcher);
  }

  unwatch(watcher: ChangeWatcher): void {
    this.#watchers = this.#watchers.filter((each) => each !== watcher);
  }

  #changes(path: string, slot: NodeRef): void {
    for (let i = 0; i < this.#watchers.length; i++) this.#watchers[i].beforeChange(path, slot);
  }

  // ---- changes ----------------------------------------------------------------------------------------------

  create(
    path: string,
    data: Uint8Array | null,
    acl: readonly ACL[] | null,
    ephemeralOwner: bigint,
    parentCVersion: number,
    zxid: bigint,
    time: bigint,
    content?: number,
  ): TreeResult {
    const slash = path.lastIndexOf("/");
    const parentPath = path.slice(0, slash);
    const parent = this.nodes.find(parentPath);
    if (parent === noNode) return ErrorCode.NONODE;
    const aclId = this.acls.use(acl);
    const existing = this.nodes.find(path);
    if (existing !== noNode) {
      this.#changes(path, existing);
      if (this.nodes.hasChild(parent, path.slice(slash + 1))) {
        this.acls.release(this.nodes.aclId.get(existing));
        this.nodes.aclId.set(existing, aclId);
        return ErrorCode.NODEEXISTS;
      }
      // DIFFERS: replay after a fuzzy snapshot may delete a parent whose children are newer than that deletion. When
      // they are created again Apache finds them and leaves them out of their new parent's children.
      const size = this.nodes.data.lengthOf(existing);
      this.#drop(path, existing);
      this.#quotas.deleted(path, parentPath, slash, size);
    }
    this.#touchParent(parent, parentPath, parentCVersion, zxid);
    const slot = this.nodes.add(path, data, aclId);
    for (let i = 0; i < this.#watchers.length; i++) this.#watchers[i].created(slot);
    writeNewStat(this.nodes.block(slot), this.nodes.statAt(slot), zxid, time, ephemeralOwner);
    this.nodes.addChild(parent, path.slice(slash + 1));
    this.#recountContent(slot, path, data, content);
    this.#dataSize += path.length + (data?.length ?? 0);
    if (ephemeralOwner !== 0n) this.#enrol(path, slot, ephemeralOwner);
    this.#quotas.created(path, parentPath, slash, data?.length ?? 0);
    this.listener?.created(path, data?.length ?? 0, this.acls.get(aclId), this.acl(parent), zxid);
    return ErrorCode.OK;
  }

  /** cversion and pzxid of the parent move only forward: replay may meet a parent newer than the transaction. */
  #touchParent(parent: NodeRef, parentPath: string, parentCVersion: number, zxid: bigint): void {
    const block = this.nodes.block(parent);
    const at = this.nodes.statAt(parent);
    const stored = readInt32(block, at + StatOffset.cversion);
    const cversion = parentCVersion === -1 ? (stored + 1) | 0 : parentCVersion;
    if (cversion <= stored) return;
    this.#changes(parentPath, parent);
    writeInt32(block, at + StatOffset.cversion, cversion);
    writeInt64(block, at + StatOffset.pzxid, zxid);
    this.#recount(parent, parentPath);
  }

  #linkToParent(path: string): boolean {
    const slash = path.lastIndexOf("/");
    const parent = this.nodes.find(path.slice(0, slash));
    if (parent === noNode) return false;
    this.nodes.addChild(parent, path.slice(slash + 1));
    return true;
  }

  #enrol(path: string, slot: NodeRef, ephemeralOwner: bigint): void {
    const kind = this.ownerKind(slot);
    if (kind === "container") this.#containers.add(path);
    else if (kind === "ttl") this.#ttls.add(path);
    else if (kind === "normal") {
      let paths = this.#ephemeralsBySession.get(ephemeralOwner);
      if (paths === undefined) this.#ephemeralsBySession.set(ephemeralOwner, (paths = new JavaHashSet(16)));
      if (paths.add(path)) this.#ephemerals++;
    }
  }

  delete(path: string, zxid: bigint): TreeResult {
    const slash = path.lastIndexOf("/");
    const parentPath = path.slice(0, slash);
    const parent = this.nodes.find(parentPath);
    if (parent === noNode) return ErrorCode.NONODE;
    const slot = this.nodes.find(path);
    if (slot !== noNode) this.#changes(path, slot);
    this.nodes.removeChild(parent, path.slice(slash + 1));
    this.#raisePzxid(parent, parentPath, zxid);
    if (slot === noNode) return ErrorCode.NONODE;
    const acl = this.acl(slot);
    const size = this.nodes.data.lengthOf(slot);
    this.#drop(path, slot);
    this.#quotas.deleted(path, parentPath, slash, size);
    this.listener?.deleted(path, acl, this.acl(parent), zxid);
    return ErrorCode.OK;
  }

  /** Takes the node out of everything but its parent's children and the quotas. */
  #drop(path: string, slot: NodeRef): void {
    this.#withdraw(path, slot);
    this.#digest.subtract(this.nodes.digest.get(slot));
    this.acls.release(this.nodes.aclId.get(slot));
    this.#dataSize -= path.length + this.nodes.data.lengthOf(slot);
    this.nodes.remove(path, slot);
  }

  #raisePzxid(ref: NodeRef, path: string, zxid: bigint): void {
    const block = this.nodes.block(ref);
    const at = this.nodes.statAt(ref) + StatOffset.pzxid;
    writeInt64(zxidScratch, 0, zxid);
    if (compareInt64(zxidScratch, 0, block, at) <= 0) return;
    this.#changes(path, ref);
    writeInt64(zxidScratch, 0, zxid);
    for (let i = 0; i < 8; i++) block[at + i] = zxidScratch[i];
    this.#recount(ref, path);
  }

  #withdraw(path: string, slot: NodeRef): void {
    const kind = this.ownerKind(slot);
    if (kind === "void") return;
    if (kind === "container") this.#containers.delete(path);
    else if (kind === "ttl") this.#ttls.delete(path);
    else {
      const owner = readInt64(this.nodes.block(slot), this.nodes.statAt(slot) + StatOffset.ephemeralOwner);
      const paths = this.#ephemeralsBySession.get(owner);
      if (paths === undefined || !paths.delete(path)) return;
      this.#ephemerals--;
      if (paths.size === 0) this.#ephemeralsBySession.delete(owner);
    }
  }

  setData(
    path: string,
    data: Uint8Array | null,
    version: number,
    zxid: bigint,
    time: bigint,
    content?: number,
  ): TreeResult {
    const slot = this.find(path);
    if (slot === noNode) return ErrorCode.NONODE;
    this.#changes(path === "/" ? "" : path, slot);
    const before = this.nodes.data.lengthOf(slot);
    const after = data?.length ?? 0;
    this.nodes.data.set(slot, data);
    const block = this.nodes.block(slot);
    const at = this.nodes.statAt(slot);
    writeInt64(block, at + StatOffset.mtime, time);
    writeInt64(block, at + StatOffset.mzxid, zxid);
    writeInt32(block, at + StatOffset.version, version);
    this.#recountContent(slot, path, data, content);
    this.#dataSize += after - before;
    this.#quotas.dataChanged(path, after - before);
    this.listener?.dataChanged(path, after, this.acl(slot), zxid);
    return ErrorCode.OK;
  }

  setAcl(path: string, acl: readonly ACL[] | null, version: number): TreeResult {
    const slot = this.find(path);
    if (slot === noNode) return ErrorCode.NONODE;
    this.#changes(path === "/" ? "" : path, slot);
    const before = this.nodes.aclId.get(slot);
    this.nodes.aclId.set(slot, this.acls.use(acl));
    this.acls.release(before);
    writeInt32(this.nodes.block(slot), this.nodes.statAt(slot) + StatOffset.aversion, version);
    this.#recount(slot, path);
    return ErrorCode.OK;
  }

  raiseCVersion(path: string, cversion: number, zxid: bigint): TreeResult {
    const slot = this.find(path);
    if (slot === noNode) return ErrorCode.NONODE;
    this.#touchParent(slot, path, cversion, zxid);
    return ErrorCode.OK;
  }

  /** New data: the digest of all of the node. */
  #recountContent(slot: NodeRef, path: string, data: Uint8Array | null, content?: number): void {
    if (!this.#rules.digestEnabled) return;
    this.nodes.content.set(slot, content ?? contentDigest(path, data));
    this.#recount(slot, path);
  }

  #recount(slot: NodeRef, path: string): void {
    if (!this.#rules.digestEnabled || isUncounted(path)) return;
    const { nodes } = this;
    const digest = statDigest(nodes.content.get(slot), nodes.block(slot), nodes.statAt(slot));
    this.#digest.subtract(this.nodes.digest.get(slot));
    this.#digest.add(digest);
    this.nodes.digest.set(slot, digest);
  }

  // ---- sets of nodes ----------------------------------------------------------------------------------------

  ephemeralsOf(sessionId: bigint): string[] {
    return this.#ephemeralsBySession.get(sessionId)?.toArray() ?? [];
  }

  copyOfEphemerals(sessionId: bigint): JavaHashSet {
    return this.#ephemeralsBySession.get(sessionId)?.clone() ?? new JavaHashSet(16);
  }

  ephemeralOwners(): Iterable<bigint> {
    return this.#ephemeralsBySession.keys();
  }

  allChildrenNumber(path: string): number {
    // Apache's map holds the root under "" and "/": asking for "" also counts "/" (client.md section 7).
    if (path === "/") return this.nodes.size - 1;
    if (path === "") return this.nodes.size;
    const start = this.nodes.find(path);
    if (start === noNode) return 0;
    let count = 0;
    const open: string[] = [path];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const node = this.nodes.find(at);
      const children = node === noNode ? null : this.nodes.children.get(node);
      if (children === null) continue;
      count += children.size;
      for (const name of children) open.push(`${at}/${name}`);
    }
    return count;
  }

  expiredContainers(nowWallMs: number, maxNeverUsedMs: number): string[] {
    // The order in which they go shows in zxids and events.
    const due = new JavaHashSet(16);
    for (const path of this.#containers) {
      const slot = this.nodes.find(path);
      if (slot === noNode || this.nodes.childCount(slot) > 0) continue;
      const used = readInt32(this.nodes.block(slot), this.nodes.statAt(slot) + StatOffset.cversion) > 0;
      const idle = maxNeverUsedMs !== 0 && nowWallMs - this.mtimeMs(slot) > maxNeverUsedMs;
      if (used || idle) due.add(path);
    }
    for (const path of this.#ttls) {
      const slot = this.nodes.find(path);
      if (slot === noNode || this.nodes.childCount(slot) > 0) continue;
      const ttlMs = ttlMsAt(this.nodes.block(slot), this.nodes.statAt(slot) + StatOffset.ephemeralOwner);
      if (ttlMs !== 0 && nowWallMs - this.mtimeMs(slot) > ttlMs) due.add(path);
    }
    return due.toArray();
  }

  quotaPrefix(path: string): string | null {
    return this.#quotas.prefixOf(path);
  }

  /** Limits and running counts of the quota at `prefix`; null each where its node is missing. */
  quotaOf(prefix: string): ReturnType<QuotaBook["limitsAndStats"]> {
    return this.#quotas.limitsAndStats(prefix);
  }

  // ---- loading a snapshot -----------------------------------------------------------------------------------

  /** One znode of a snapshot; false when its parent is missing, which makes the snapshot useless. */
  load(path: string, data: Uint8Array | null, aclId: number, stat: Uint8Array, statOffset: number): boolean {
    const slot = this.nodes.add(path, data, aclId);
    this.nodes.loadStat(slot, stat, statOffset);
    this.acls.addUse(aclId);
    if (path !== "" && !this.#linkToParent(path)) return false;
    this.#dataSize += path.length + (data?.length ?? 0);
    this.#recountContent(slot, path, data);
    const owner = readInt64(stat, statOffset + StatOffset.ephemeralOwner);
    if (owner !== 0n && path !== "") this.#enrol(path, slot, owner);
    return true;
  }

  /** After the last znode: quotas are counted again and unused ACL lists go. */
  finishLoad(): void {
    if (this.nodes.find("") === noNode) this.reset();
    this.#quotas.rebuild();
    this.acls.purgeUnused();
  }
}
