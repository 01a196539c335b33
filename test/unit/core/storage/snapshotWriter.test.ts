import { expect } from "chai";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { ACL } from "../../../../protocol/records/client.ts";
import { vector } from "../../../../protocol/jute/schema.ts";
import type { SnapshotSource } from "../../../../src/core/storage/contracts.ts";
import { snapshotZxid } from "../../../../src/core/storage/fileNames.ts";
import { snappyCompress, SnappyError, snappyUncompress } from "../../../../src/core/storage/snappy.ts";
import { readSnapshot } from "../../../../src/core/storage/snapshotReader.ts";
import { writeSnapshot, type SnapshotOptions } from "../../../../src/core/storage/snapshotWriter.ts";
import { gzipDeflater, gzipInflater } from "../../../../src/shell/disk/gzip.ts";
import { nodeFileSystem } from "../../../../src/shell/disk/nodeFileSystem.ts";
import { goldenDiskPath } from "../../../support/goldenDisk.ts";
import { RecordingSink } from "../../../support/recordingSink.ts";
import { diskError, SimulatedDisk } from "../../../simulation/simulatedDisk.ts";

const directory = "/data/version-2";
const aclList = vector(ACL);

/** Writes again what a sink has taken in, so many nodes a slice. */
class EchoSource implements SnapshotSource {
  readonly zxid: bigint;
  slices = 0;
  readonly #sink: RecordingSink;
  readonly #nodes: [string, { data: Uint8Array | null; aclId: bigint; stat: Uint8Array }][];

  constructor(sink: RecordingSink, zxid: bigint) {
    this.#sink = sink;
    this.zxid = zxid;
    this.#nodes = [...sink.nodes];
  }

  writeSessions(writer: JuteWriter): void {
    writer.writeInt(this.#sink.sessions.size);
    for (const [id, timeoutMs] of this.#sink.sessions) {
      writer.writeLong(id);
      writer.writeInt(timeoutMs);
    }
  }

  writeAcls(writer: JuteWriter): void {
    writer.writeInt(this.#sink.acls.size);
    for (const [id, acl] of this.#sink.acls) {
      writer.writeLong(id);
      aclList.write(writer, acl);
    }
  }

  writeNodes(writer: JuteWriter): boolean {
    this.slices++;
    for (const [path, { data, aclId, stat }] of this.#nodes.splice(0, 3)) {
      writer.writeString(path);
      writer.writeBuffer(data);
      writer.writeLong(aclId);
      writer.writeBytes(stat);
    }
    return this.#nodes.length > 0;
  }

  end(): void {}

  digestAtEnd(): { zxid: bigint; digest: bigint } {
    const part = this.#sink.digestPart;
    return { zxid: part?.zxid ?? 0n, digest: part?.digest ?? 0n };
  }
}

async function load(path: string): Promise<RecordingSink> {
  const sink = new RecordingSink();
  const file = await nodeFileSystem.open(path, "r");
  await readSnapshot(
    file,
    snapshotZxid(path.slice(path.lastIndexOf("snapshot.")))?.compression ?? "none",
    1 << 20,
    sink,
    gzipInflater,
  );
  await file.close();
  return sink;
}

async function contentOf(disk: SimulatedDisk, name: string): Promise<Uint8Array> {
  const file = await disk.open(`${directory}/${name}`, "r");
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, bytes.length, 0);
  return bytes;
}

const plain: SnapshotOptions = { compression: "none", withDigest: true, withLastZxid: true };

async function emptyDisk(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  await disk.makeDirectory(directory);
  return disk;
}

async function write(disk: SimulatedDisk, source: SnapshotSource, options: SnapshotOptions): Promise<string> {
  return writeSnapshot(disk, directory, source, options, () => Promise.resolve(), gzipDeflater);
}

describe("writeSnapshot", () => {
  const files: [path: string, zxid: bigint, options: SnapshotOptions][] = [
    ["snap_checked/data/version-2/snapshot.59", 0x59n, plain],
    ["all_txns/data/version-2/snapshot.0", 0n, plain],
    [
      "legacy_flags/data/version-2/snapshot.31",
      0x31n,
      { compression: "none", withDigest: false, withLastZxid: false },
    ],
    ["fuzzy/data/version-2/snapshot.17d7", 0x17d7n, plain],
  ];
  for (const [path, zxid, options] of files) {
    it(`${path}: writes what it has read byte by byte as Apache did, in slices`, async () => {
      const sink = await load(goldenDiskPath(path));
      const disk = await emptyDisk();
      const source = new EchoSource(sink, zxid);
      const name = await write(disk, source, options);
      expect(name).to.equal(path.slice(path.lastIndexOf("/") + 1));
      expect(Buffer.from(await contentOf(disk, name))).to.deep.equal(readFileSync(goldenDiskPath(path)));
      expect(source.slices).to.equal(Math.ceil(sink.nodes.size / 3));
    });
  }

  it("compresses the same stream with gzip", async () => {
    const disk = await emptyDisk();
    const sink = await load(goldenDiskPath("snap_checked/data/version-2/snapshot.59"));
    const name = await write(disk, new EchoSource(sink, 0x59n), { ...plain, compression: "gz" });
    expect(name).to.equal("snapshot.59.gz");
    const expected = readFileSync(goldenDiskPath("snap_checked/data/version-2/snapshot.59"));
    expect(gunzipSync(await contentOf(disk, name))).to.deep.equal(expected);
  });

  it("compresses with snappy, which reads back the same", async () => {
    const disk = await emptyDisk();
    const sink = await load(goldenDiskPath("snap_checked/data/version-2/snapshot.59"));
    const name = await write(disk, new EchoSource(sink, 0x59n), { ...plain, compression: "snappy" });
    const again = new RecordingSink();
    await readSnapshot(await disk.open(`${directory}/${name}`, "r"), "snappy", 1 << 20, again, gzipInflater);
    expect(again.nodes).to.deep.equal(sink.nodes);
    expect((await contentOf(disk, name)).length).to.be.lessThan(20_000);
  });

  it("gives the file its name only when it is synced, and syncs the folder behind it", async () => {
    const disk = await emptyDisk();
    const sink = await load(goldenDiskPath("all_txns/data/version-2/snapshot.0"));
    const operations: string[] = [];
    disk.onOperation = ({ name, path }) =>
      void operations.push(`${name} ${path.slice(path.lastIndexOf("/") + 1)}`);
    await write(disk, new EchoSource(sink, 0n), plain);
    expect(operations.slice(-3)).to.deep.equal([
      "datasync snapshot.0.tmp",
      "rename snapshot.0",
      "syncDirectory version-2",
    ]);
  });

  it("leaves no file under the final name when a write fails", async () => {
    const disk = await emptyDisk();
    const sink = await load(goldenDiskPath("all_txns/data/version-2/snapshot.0"));
    disk.fault = ({ name, path }) => (name === "datasync" ? diskError("ENOSPC", path) : null);
    const failure = await write(disk, new EchoSource(sink, 0n), plain).catch((error: Error) => error.message);
    expect(failure).to.match(/^ENOSPC/);
    expect((await disk.list(directory))?.map(({ name }) => name)).to.not.include("snapshot.0");
  });
});

describe("snappy", () => {
  it("gives back what it was given", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 5000 }),
      fc.array(fc.constantFrom(1, 2), { maxLength: 32768 }).map((values) => Uint8Array.from(values)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        expect(
          Buffer.from(snappyUncompress(snappyCompress(input), 32768)).equals(Buffer.from(input)),
        ).to.equal(true);
      }),
    );
  });

  it("refuses anything else with SnappyError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        try {
          expect(snappyUncompress(input, 65536).length).to.be.at.most(65536);
        } catch (error) {
          expect(error).to.be.instanceOf(SnappyError);
        }
      }),
    );
  });
});
