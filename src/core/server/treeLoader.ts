import { JuteReader } from "../../../protocol/jute/reader.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { txnDigestVersion } from "../../../protocol/records/txn.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import { formatHex } from "../../../protocol/longs.ts";
import { applySessionTxn, type SessionTimeouts } from "../sessions/sessionTimeouts.ts";
import type { SnapshotSink, TxnSink } from "../storage/contracts.ts";
import { SnapshotError } from "../storage/snapshotReader.ts";
import type { DataTree } from "../tree/dataTree.ts";
import { applyTxn } from "../txns/applyTxn.ts";
import { readTxn } from "../txns/txnOp.ts";
import type { Report } from "./effects.ts";

/** A snapshot whose nodes do not fit together; the next older one is tried. */
export class SnapshotContentError extends SnapshotError {
  constructor(message: string) {
    super(message);
    this.name = "SnapshotContentError";
  }
}

/**
 * Builds the state of a server from a snapshot and the transactions after it. Digests in the log are compared as soon
 * as replay has passed the one that the snapshot carries; a mismatch is reported, not fatal, as in Apache.
 */
export class TreeLoader implements SnapshotSink, TxnSink {
  lastZxid: bigint;
  txnCount = 0;
  mismatchCount = 0;
  /** Off while the tree is fuzzy: some of what is applied it has seen already. */
  comparesDigests = true;
  readonly #tree: DataTree;
  readonly #timeouts: SessionTimeouts;
  readonly #digestEnabled: boolean;
  readonly #report: (report: Report) => void;
  readonly #reader = new JuteReader(new Uint8Array(0));
  #snapshotDigest: { readonly zxid: bigint; readonly digest: bigint } | null = null;
  #loading = false;
  /** Called once the snapshot is in the tree, or there is none: the logs come next. */
  onSnapshotLoaded: (() => void) | null = null;
  /** Called for each transaction, whose bytes are valid during the call only. */
  onTxn: ((zxid: bigint, bytes: Uint8Array, start: number, end: number) => void) | null = null;

  constructor(
    tree: DataTree,
    timeouts: SessionTimeouts,
    digestEnabled: boolean,
    juteLengthMax: number,
    report: (report: Report) => void,
  ) {
    this.#tree = tree;
    this.#timeouts = timeouts;
    this.#digestEnabled = digestEnabled;
    this.#reader.lengthMax = juteLengthMax;
    this.#report = report;
    this.lastZxid = 0n;
  }

  reset(): void {
    this.#tree.clear();
    this.#timeouts.clear();
    this.#snapshotDigest = null;
    this.#loading = true;
  }

  session(id: bigint, timeoutMs: number): void {
    this.#timeouts.set(id, timeoutMs);
  }

  acl(id: bigint, acl: ACL[] | null): void {
    this.#tree.acls.load(Number(id), acl);
  }

  node(path: string, data: Uint8Array | null, aclId: bigint, stat: Uint8Array, statOffset: number): void {
    if (!this.#tree.load(path, data, Number(aclId), stat, statOffset)) {
      throw new SnapshotContentError(`node ${path} stands before its parent`);
    }
  }

  digest(zxid: bigint, version: number, digest: bigint | null): void {
    if (version !== txnDigestVersion || digest === null || zxid === 0n) return;
    this.#snapshotDigest = { zxid, digest: BigInt.asUintN(64, digest) };
  }

  lastProcessedZxid(): void {
    // The name of the file decides; this part serves the restore command.
  }

  /** The snapshot is complete; `zxid` is that of its name. Also called when there is none, with 0. */
  snapshotLoaded(zxid: bigint): void {
    if (this.#loading) this.#tree.finishLoad();
    this.#loading = false;
    this.lastZxid = zxid;
    this.onSnapshotLoaded?.();
    const expected = this.#snapshotDigest;
    if (expected === null) return;
    if (expected.zxid < zxid) this.#snapshotDigest = null;
    else if (expected.zxid === zxid) this.#compareSnapshot(expected);
  }

  txn(bytes: Uint8Array, start: number, end: number): void {
    this.#reader.reset(bytes, start, end);
    const { header, op, digest } = readTxn(this.#reader);
    const timeoutMs = op.type === OpCode.createSession ? op.record.timeOut : 0;
    applySessionTxn(this.#timeouts, header.type, header.clientId, timeoutMs);
    applyTxn(this.#tree, header, op, null);
    this.txnCount++;
    this.onTxn?.(header.zxid, bytes, start, end);
    if (header.zxid > this.lastZxid) this.lastZxid = header.zxid;
    this.#compare(header.zxid, digest);
  }

  #compare(zxid: bigint, digest: bigint | null): void {
    const pending = this.#snapshotDigest;
    if (pending !== null) {
      if (pending.zxid === zxid) this.#compareSnapshot(pending);
      else if (pending.zxid < zxid) this.#snapshotDigest = null;
      return;
    }
    if (!this.#digestEnabled || !this.comparesDigests || digest === null || digest === this.#tree.digest())
      return;
    this.#mismatch(zxid, digest);
  }

  #compareSnapshot(expected: { readonly zxid: bigint; readonly digest: bigint }): void {
    this.#snapshotDigest = null;
    if (this.#digestEnabled && expected.digest !== this.#tree.digest())
      this.#mismatch(expected.zxid, expected.digest);
  }

  #mismatch(zxid: bigint, expected: bigint): void {
    this.mismatchCount++;
    if (this.mismatchCount > 10) return;
    this.#report({
      level: "warn",
      message: "tree digest differs from the one on disk",
      details: {
        zxid: formatHex(zxid),
        expected: formatHex(expected),
        actual: formatHex(this.#tree.digest()),
      },
    });
  }
}
