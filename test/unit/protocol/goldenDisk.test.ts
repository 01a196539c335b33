import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { adler32 } from "../../../protocol/checksums.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import {
  FileHeader,
  FileMagic,
  fileVersion,
  Seal,
  SnapshotBody,
  SnapshotDigest,
  SnapshotZxid,
} from "../../../protocol/records/snapshot.ts";
import { LoggedTxn } from "../../../protocol/records/txnBody.ts";
import type { JuteType } from "../../../protocol/jute/schema.ts";
import { goldenDiskPath, goldenDiskSets, version2Folders } from "../../support/goldenDisk.ts";
import { roundTrip, same } from "./roundTrip.ts";

const headerBytes = 16;
const sealBytes = 13;

interface GoldenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Files of all sets whose name begins so. */
function filesOf(kind: string): GoldenFile[] {
  const folders = goldenDiskSets().flatMap((set) => version2Folders(set));
  return folders.flatMap((folder) =>
    readdirSync(goldenDiskPath(folder))
      .filter((name) => name.startsWith(kind))
      .map((name) => ({
        name: `${folder}/${name}`,
        bytes: new Uint8Array(readFileSync(goldenDiskPath(`${folder}/${name}`))),
      })),
  );
}

/** Bodies of a log's whole records, up to padding or damage: int64 Adler-32, int32 length, body, "B". */
function bodiesOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer);
  const bodies: Uint8Array[] = [];
  for (let at = headerBytes; at + 12 <= bytes.length;) {
    const length = view.getInt32(at + 8);
    const next = at + 12 + length + 1;
    if (length <= 0 || next > bytes.length || bytes[next - 1] !== 0x42) break;
    if (view.getBigInt64(at) !== BigInt(adler32(bytes, at + 12, next - 1))) break;
    bodies.push(bytes.slice(at + 12, next - 1));
    at = next;
  }
  return bodies;
}

/** The parts of a snapshot; whether digest and zxid are among them follows from how much stands behind the nodes. */
function partsOf(bytes: Uint8Array): JuteType<unknown>[] {
  const reader = new JuteReader(bytes);
  FileHeader.read(reader);
  SnapshotBody.read(reader);
  const tail = reader.remaining;
  const parts: JuteType<unknown>[] = [FileHeader, SnapshotBody, Seal];
  const digestBytes = 20 + sealBytes;
  const zxidBytes = 8 + sealBytes;
  if (tail === sealBytes + digestBytes + zxidBytes || tail === sealBytes + digestBytes) {
    parts.push(SnapshotDigest, Seal);
  }
  if (tail === sealBytes + digestBytes + zxidBytes || tail === sealBytes + zxidBytes) {
    parts.push(SnapshotZxid, Seal);
  }
  return parts;
}

function expectSealsToHold(bytes: Uint8Array, parts: readonly JuteType<unknown>[]): void {
  const reader = new JuteReader(bytes);
  for (const part of parts) {
    const end = reader.position;
    const value = part.read(reader);
    if (part !== Seal) continue;
    expect(value).to.deep.equal({ adler: BigInt(adler32(bytes, 0, end)), path: "/" });
  }
}

describe("files of Apache's servers", () => {
  it("hold transactions that encode back to their bytes", () => {
    const types = new Set<number>();
    let count = 0;
    for (const { name, bytes } of filesOf("log.")) {
      for (const [index, body] of bodiesOf(bytes).entries()) {
        expect(roundTrip(body, [LoggedTxn]), `${name}, record ${index}`).to.equal(same);
        types.add(LoggedTxn.decode(body).header.type);
        count += 1;
      }
    }
    expect(count).to.be.above(5000);
    expect([...types]).to.have.members([1, 2, 5, 7, 14, 15, 16, 19, 20, 21, -1, -10, -11]);
  });

  it("begin with the header of their kind", () => {
    for (const [kind, magic, dbid] of [
      ["log.", FileMagic.log, 0n],
      ["snapshot.", FileMagic.snapshot, -1n],
    ] as const) {
      for (const { name, bytes } of filesOf(kind)) {
        if (/damaged_(bad_magic|cut_header|empty_file)|\.(gz|snappy)$/.test(name)) continue;
        expect(FileHeader.decode(bytes), name).to.deep.equal({ magic, version: fileVersion, dbid });
      }
    }
  });

  it("are snapshots that encode back to their bytes, under seals that hold", () => {
    let count = 0;
    for (const { name, bytes } of filesOf("snapshot.")) {
      if (/snapbad_(cut|flip)|\.snappy$/.test(name)) continue;
      const plain = name.endsWith(".gz") ? new Uint8Array(gunzipSync(bytes)) : bytes;
      const parts = partsOf(plain);
      expect(roundTrip(plain, parts), name).to.equal(same);
      expectSealsToHold(plain, parts);
      count += 1;
    }
    expect(count).to.be.above(20);
  });
});
