import type { JuteWriter } from "../../protocol/jute/writer.ts";
import type { SnapshotSink, SnapshotSource, TxnSink } from "../../src/core/storage/contracts.ts";

export const keyCount = 12;
const headerBytes = 32;

/** What a server would keep: for each key the zxid that wrote it last. */
export class StorageModel implements SnapshotSink, TxnSink {
  readonly writtenBy: bigint[] = Array.from({ length: keyCount }, () => 0n);
  /** Bodies that were replayed, by zxid. */
  readonly replayed = new Map<bigint, Uint8Array>();
  lastZxid = 0n;

  apply(zxid: bigint, body: Uint8Array): void {
    this.writtenBy[keyOf(body)] = zxid;
    this.lastZxid = zxid;
  }

  reset(): void {
    this.writtenBy.fill(0n);
  }

  session(): void {
    // The model has no sessions.
  }

  acl(): void {
    // Nor ACLs.
  }

  node(path: string, data: Uint8Array | null): void {
    if (path === "") return;
    if (data === null) throw new Error(`${path} has no data`);
    this.writtenBy[Number(path.slice(2))] = new DataView(data.buffer, data.byteOffset).getBigInt64(0);
  }

  digest(): void {
    // Checked by comparing the keys.
  }

  lastProcessedZxid(): void {
    // The file's name decides.
  }

  snapshotLoaded(zxid: bigint): void {
    this.lastZxid = zxid;
  }

  txn(bytes: Uint8Array, start: number, end: number): void {
    const body = bytes.slice(start, end);
    const zxid = new DataView(body.buffer).getBigInt64(12);
    this.replayed.set(zxid, body);
    this.apply(zxid, body);
  }
}

/** A transaction that writes `key`: a header, and so much filling. */
export function makeBody(zxid: bigint, key: number, fillBytes: number, fill: number): Uint8Array {
  const body = new Uint8Array(headerBytes + 1 + fillBytes).fill(fill);
  const view = new DataView(body.buffer);
  view.setBigInt64(0, 1n);
  view.setInt32(8, 1);
  view.setBigInt64(12, zxid);
  view.setBigInt64(20, 1n);
  view.setInt32(28, 5);
  body[headerBytes] = key;
  return body;
}

function keyOf(body: Uint8Array): number {
  return body[headerBytes];
}

/** Reads the model while it goes on changing, a few keys a slice: a fuzzy snapshot. */
export class ModelSource implements SnapshotSource {
  readonly zxid: bigint;
  readonly #model: StorageModel;
  #next = -1;

  constructor(model: StorageModel) {
    this.#model = model;
    this.zxid = model.lastZxid;
  }

  writeSessions(writer: JuteWriter): void {
    writer.writeInt(0);
  }

  writeAcls(writer: JuteWriter): void {
    writer.writeInt(0);
  }

  writeNodes(writer: JuteWriter): boolean {
    const stop = Math.min(this.#next + 4, keyCount);
    for (; this.#next < stop; this.#next++) {
      writer.writeString(this.#next < 0 ? "" : `/k${this.#next}`);
      writer.writeInt(8);
      writer.writeLong(this.#next < 0 ? 0n : this.#model.writtenBy[this.#next]);
      writer.writeLong(-1n);
      writer.writeBytes(new Uint8Array(60));
    }
    return stop < keyCount;
  }

  end(): void {}

  digestAtEnd(): { zxid: bigint; digest: bigint } {
    return { zxid: this.#model.lastZxid, digest: 0n };
  }
}
