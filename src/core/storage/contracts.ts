import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import type { ACL } from "../../../protocol/records/client.ts";

/** What a snapshot is written from; pulled in slices, so that no client waits for it. */
export interface SnapshotSource {
  /** Last applied zxid when the snapshot starts; its file name. */
  readonly zxid: bigint;
  /** int count, then long id and int timeout each. */
  writeSessions(writer: JuteWriter): void;
  /** int count, then long id and vector<ACL> each. */
  writeAcls(writer: JuteWriter): void;
  /**
   * Appends whole node records (ustring path, buffer data, long ACL id, 60 bytes of StatPersisted), parents first,
   * until about `maxBytes` or `maxNodes`. False when there are no more.
   */
  writeNodes(writer: JuteWriter, maxBytes: number, maxNodes: number): boolean;
  /** State of the tree once the last node has been written. */
  /** It is not needed any more. */
  end(): void;
  digestAtEnd(): { readonly zxid: bigint; readonly digest: bigint };
}

/** What a snapshot is loaded into. Byte views are valid during the call only. */
export interface SnapshotSink {
  /** A candidate starts, or the one before it has failed: forget everything loaded so far. */
  reset(): void;
  session(id: bigint, timeoutMs: number): void;
  acl(id: bigint, acl: ACL[] | null): void;
  /** Throws if the parent is missing. The stat is 60 bytes at `statOffset`. */
  node(path: string, data: Uint8Array | null, aclId: bigint, stat: Uint8Array, statOffset: number): void;
  /** `digest` is null in a version that this server does not know. */
  digest(zxid: bigint, version: number, digest: bigint | null): void;
  lastProcessedZxid(zxid: bigint): void;
  /** The snapshot named by `zxid` is complete; 0 without one. */
  snapshotLoaded(zxid: bigint): void;
}

/** Receives the bodies of logged transactions in order: TxnHeader, record, optional digest. Throws to refuse the start. */
export interface TxnSink {
  /** Transactions whose digest was not that of the tree behind them. */
  readonly mismatchCount?: number;
  txn(bytes: Uint8Array, start: number, end: number): void;
}

/** What people are told while a start goes on. */
export interface RecoveryEvents {
  warn(message: string): void;
  progress(message: string): void;
}
