import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import type { JavaHashSet } from "../java/javaHashSet.ts";
import type { OwnerKind } from "./ephemeralOwner.ts";

/**
 * A znode as the rest of the server names it: a small integer, valid until the next change of the tree.
 * No object of the tree's storage ever leaves it, so that the storage can be replaced.
 */
export type NodeRef = number;

/** `Tree.find` for a path that is no znode. */
export const noNode: NodeRef = -1;

/** What the watches and the metrics hear of a change, as it is applied. `bytes` is the length of the new data. */
export interface TreeListener {
  created(path: string, bytes: number, acl: readonly ACL[], parentAcl: readonly ACL[], zxid: bigint): void;
  deleted(path: string, acl: readonly ACL[], parentAcl: readonly ACL[], zxid: bigint): void;
  dataChanged(path: string, bytes: number, acl: readonly ACL[], zxid: bigint): void;
}

/** Result of a change: 0 or an error code of protocol/errors.ts. */
export type TreeResult = number;

/** The replicated state: znodes, their ACLs, quotas and the digest over all of them. */
export interface Tree {
  /** Nodes in Apache's count: its map holds the root under "" and under "/". */
  readonly nodeCount: number;
  /** Path lengths plus data lengths of all nodes (approximate_data_size). */
  readonly approximateDataSize: number;
  readonly ephemeralsCount: number;
  /** Tree digest, version 2: unsigned 64 bits. */
  digest(): bigint;

  find(path: string): NodeRef;
  /** Appends the 68 bytes that clients see: external cversion, ephemeralOwner 0 for containers and TTL nodes. */
  writeStat(ref: NodeRef, writer: JuteWriter): void;
  /** Appends the data as a jute buffer; null is -1. */
  writeData(ref: NodeRef, writer: JuteWriter): void;
  /** Appends the children as a vector, in the order of a Java HashSet. Returns the sum of the name lengths. */
  writeChildren(ref: NodeRef, writer: JuteWriter): number;
  /** Copies the 60 bytes of the persisted stat. */
  copyStat(ref: NodeRef, target: Uint8Array): void;
  /** Null, or a view that is good until the next change of the tree. */
  data(ref: NodeRef): Uint8Array | null;
  dataLength(ref: NodeRef): number;
  childCount(ref: NodeRef): number;
  acl(ref: NodeRef): readonly ACL[];
  nodeDigest(ref: NodeRef): number;
  ownerKind(ref: NodeRef): OwnerKind;
  mzxid(ref: NodeRef): bigint;
  pzxid(ref: NodeRef): bigint;
  mtimeMs(ref: NodeRef): number;

  /** Here and in setData `content` is `contentDigest` of path and data, for a caller who knows it. */
  create(
    path: string,
    data: Uint8Array | null,
    acl: readonly ACL[] | null,
    ephemeralOwner: bigint,
    parentCVersion: number,
    zxid: bigint,
    time: bigint,
    content?: number,
  ): TreeResult;
  delete(path: string, zxid: bigint): TreeResult;
  setData(
    path: string,
    data: Uint8Array | null,
    version: number,
    zxid: bigint,
    time: bigint,
    content?: number,
  ): TreeResult;
  setAcl(path: string, acl: readonly ACL[] | null, version: number): TreeResult;
  /** Replay of a create whose node is there already: raises the parent's cversion and pzxid if they are behind. */
  raiseCVersion(path: string, cversion: number, zxid: bigint): TreeResult;

  /** Paths of a session's ephemerals, in the order of Apache's own set. */
  ephemeralsOf(sessionId: bigint): string[];
  /** The same as a set of the caller's, in the order of the copy that Apache shows and closes sessions by. */
  copyOfEphemerals(sessionId: bigint): JavaHashSet;
  /** Sessions that own ephemerals. */
  ephemeralOwners(): Iterable<bigint>;
  /** Number of descendants at all depths as getAllChildrenNumber counts them. */
  allChildrenNumber(path: string): number;
  /** Containers and TTL nodes without children whose time has come (ContainerManager.getCandidates). */
  expiredContainers(nowWallMs: number, maxNeverUsedMs: number): string[];
  /** Longest path with a quota above or at `path`, or null. */
  quotaPrefix(path: string): string | null;
}
