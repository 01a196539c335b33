import { crc32 } from "../../protocol/checksums.ts";
import { formatHex } from "../../protocol/longs.ts";
import type { ACL } from "../../protocol/records/client.ts";
import type { SnapshotSink, TxnSink } from "../../src/core/storage/contracts.ts";

/** Keeps what is loaded, as plain values. */
export class RecordingSink implements SnapshotSink, TxnSink {
  readonly sessions = new Map<bigint, number>();
  readonly acls = new Map<bigint, ACL[] | null>();
  readonly nodes = new Map<string, { data: Uint8Array | null; aclId: bigint; stat: Uint8Array }>();
  readonly txns: Uint8Array[] = [];
  digestPart: { zxid: bigint; version: number; digest: bigint | null } | null = null;
  lastZxid: bigint | null = null;
  loaded: bigint | null = null;

  reset(): void {
    this.sessions.clear();
    this.acls.clear();
    this.nodes.clear();
    this.digestPart = null;
    this.lastZxid = null;
    this.loaded = null;
  }

  session(id: bigint, timeoutMs: number): void {
    this.sessions.set(id, timeoutMs);
  }

  acl(id: bigint, acl: ACL[] | null): void {
    this.acls.set(id, acl);
  }

  node(path: string, data: Uint8Array | null, aclId: bigint, stat: Uint8Array, statOffset: number): void {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (path !== "" && !this.nodes.has(parent)) throw new Error(`${path} stands before its parent`);
    this.nodes.set(path, {
      data: data?.slice() ?? null,
      aclId,
      stat: stat.slice(statOffset, statOffset + 60),
    });
  }

  digest(zxid: bigint, version: number, digest: bigint | null): void {
    this.digestPart = { zxid, version, digest };
  }

  lastProcessedZxid(zxid: bigint): void {
    this.lastZxid = zxid;
  }

  snapshotLoaded(zxid: bigint): void {
    this.loaded = zxid;
  }

  txn(bytes: Uint8Array, start: number, end: number): void {
    this.txns.push(bytes.slice(start, end));
  }

  /** Zxids of the replayed transactions. */
  txnZxids(): bigint[] {
    return this.txns.map((body) => new DataView(body.buffer, body.byteOffset).getBigInt64(12));
  }

  sessionRows(): Record<string, number> {
    return Object.fromEntries([...this.sessions].map(([id, timeoutMs]) => [formatHex(id), timeoutMs]));
  }

  digestText(): { zxid: string; version: number; value: string } | null {
    const part = this.digestPart;
    if (part === null) return null;
    return { zxid: formatHex(part.zxid), version: part.version, value: formatHex(part.digest ?? 0n) };
  }

  /** The digest of the loaded nodes, computed from disk.md section 3 and nothing of ours but CRC-32. */
  treeDigest(): bigint {
    let sum = 0n;
    const text = new TextEncoder();
    for (const [path, { data, stat }] of this.nodes) {
      if (path.startsWith("/zookeeper/")) continue;
      const view = new DataView(stat.buffer, stat.byteOffset);
      const fields = new DataView(new ArrayBuffer(60));
      const longs = [0, 8, 52, 16, 24];
      longs.forEach((from, i) => fields.setBigInt64(i * 8, view.getBigInt64(from)));
      [32, 36, 40].forEach((from, i) => fields.setInt32(40 + i * 4, view.getInt32(from)));
      fields.setBigInt64(52, view.getBigInt64(44));
      const name = text.encode(path);
      let crc = crc32(name, 0, name.length);
      if (data !== null) crc = crc32(data, 0, data.length, crc);
      sum += BigInt(crc32(new Uint8Array(fields.buffer), 0, 60, crc));
    }
    return BigInt.asUintN(64, sum);
  }
}
