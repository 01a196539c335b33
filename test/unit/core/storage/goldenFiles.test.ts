import { expect } from "chai";
import { readdirSync } from "node:fs";
import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { formatHex } from "../../../../protocol/longs.ts";
import { snapshotZxid } from "../../../../src/core/storage/fileNames.ts";
import { readLog, type LogScan } from "../../../../src/core/storage/logReader.ts";
import { looksWhole, readSnapshot } from "../../../../src/core/storage/snapshotReader.ts";
import { judgeTail } from "../../../../src/core/storage/tailDamage.ts";
import { readTxn } from "../../../../src/core/txns/txnOp.ts";
import { gzipInflater } from "../../../../src/shell/disk/gzip.ts";
import { nodeFileSystem } from "../../../../src/shell/disk/nodeFileSystem.ts";
import {
  decodedRows,
  goldenDiskPath,
  goldenDiskSets,
  version2Folders,
  type DecodedRow,
} from "../../../support/goldenDisk.ts";
import { RecordingSink } from "../../../support/recordingSink.ts";

const juteLengthMax = 2 * 0xfffff;

interface FileRows {
  readonly path: string;
  readonly name: string;
  readonly rows: DecodedRow[];
}

/** Rows of decoded.jsonl by the file they tell of. */
function filesOf(set: string, kind: string): FileRows[] {
  const paths = version2Folders(set).flatMap((folder) =>
    readdirSync(goldenDiskPath(folder))
      .sort()
      .map((name) => ({ path: goldenDiskPath(`${folder}/${name}`), name })),
  );
  const files: FileRows[] = [];
  for (const row of decodedRows(set)) {
    if (row.file === undefined) files.at(-1)?.rows.push(row);
    else files.push({ path: paths[files.length].path, name: paths[files.length].name, rows: [row] });
  }
  for (const file of files) expect(file.rows[0].file).to.equal(file.name);
  return files.filter(({ name }) => name.startsWith(kind));
}

function endOf(scan: LogScan): string {
  return `${scan.end.kind} ${judgeTail(scan.end, scan.tail)}`;
}

/** Ends that decode.py tells apart, and ours. */
const ends: Readonly<Record<string, readonly string[]>> = {
  "file end": ["end clean"],
  "zero padding": ["end clean"],
  "cut record head": ["cutHead torn"],
  "cut record": ["cutRecord torn", "badLength damaged"],
  "no EOR byte": ["noEndMark torn", "noEndMark damaged"],
  "checksum mismatch": ["badChecksum damaged"],
};

describe("files that Apache wrote", function () {
  this.timeout(20_000);
  for (const set of goldenDiskSets()) {
    it(`${set}: logs hold the recorded transactions`, async () => {
      for (const { path, name, rows } of filesOf(set, "log.")) {
        const file = await nodeFileSystem.open(path, "r");
        const found: unknown[] = [];
        const scan = await readLog(file, juteLengthMax, (bytes, start, end, offset) => {
          const { header } = readTxn(new JuteReader(bytes, start, end));
          found.push([offset, end - start, formatHex(header.zxid)]);
        });
        await file.close();
        if (set === "damaged_bad_magic") {
          // decode.py reads on; Apache and we do not.
          expect([found, endOf(scan)]).to.deep.equal([[], "badMagic damaged"]);
          continue;
        }
        const records = rows.filter(({ zxid }) => zxid !== undefined);
        expect(found, name).to.deep.equal(records.map(({ at, len, zxid }) => [at, len, zxid]));
        expect(scan.fileBytes).to.equal(rows[0].size);
        const last = rows.at(-1);
        if (last?.end === undefined) continue;
        expect(scan.goodEnd).to.equal(last.at);
        expect(ends[last.end], last.end).to.include(endOf(scan));
      }
    });

    it(`${set}: snapshots hold the recorded parts`, async () => {
      for (const { path, name, rows } of filesOf(set, "snapshot.")) {
        const [row] = rows;
        const parsed = snapshotZxid(name);
        if (parsed === null) throw new Error(`${name} has no zxid`);
        const file = await nodeFileSystem.open(path, "r");
        const sink = new RecordingSink();
        const wrong = await looksWhole(file, parsed.compression);
        const failure = await readSnapshot(file, parsed.compression, juteLengthMax, sink, gzipInflater).then(
          () => null,
          (error: Error) => error.name,
        );
        await file.close();
        if (row.unreadable !== undefined) {
          expect(failure).to.equal("SnapshotError");
          continue;
        }
        if (set === "snapbad_flip" && name === "snapshot.7") {
          expect([wrong, failure]).to.deep.equal([null, "SnapshotError"]);
          continue;
        }
        expect([wrong, failure], name).to.deep.equal([null, null]);
        expect(sink.nodes.size).to.equal(row.nodes);
        expect(sink.sessionRows()).to.deep.equal(row.sessions);
        expect([...sink.acls.keys()].map(String)).to.have.members(Object.keys(row.acls ?? {}));
        expect(sink.digestText()).to.deep.equal(row.digest ?? null);
        expect(sink.lastZxid === null ? undefined : formatHex(sink.lastZxid)).to.equal(row.lastZxid);
        if (set !== "fuzzy") expect(formatHex(sink.treeDigest())).to.equal(row.computedDigest);
      }
    });
  }
});
