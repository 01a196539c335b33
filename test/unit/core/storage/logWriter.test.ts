import { expect } from "chai";
import { logHeaderBytes, paddedSize } from "../../../../src/core/storage/logFormat.ts";
import { readLog } from "../../../../src/core/storage/logReader.ts";
import { LogWriter, type LogWriterOptions } from "../../../../src/core/storage/logWriter.ts";
import { diskError, SimulatedDisk, type DiskOperation } from "../../../simulation/simulatedDisk.ts";

const directory = "/log/version-2";

function body(zxid: bigint, bytes = 40): Uint8Array {
  const out = new Uint8Array(bytes).fill(7);
  new DataView(out.buffer).setBigInt64(12, zxid);
  return out;
}

interface Bench {
  readonly disk: SimulatedDisk;
  readonly writer: LogWriter;
  readonly synced: bigint[];
  readonly fatal: Error[];
  /** Operations in order, as "write log.1". */
  readonly operations: string[];
}

async function bench(changed: Partial<LogWriterOptions> = {}): Promise<Bench> {
  const disk = new SimulatedDisk();
  await disk.makeDirectory(directory);
  const synced: bigint[] = [];
  const fatal: Error[] = [];
  const operations: string[] = [];
  disk.onOperation = ({ name, path }) =>
    void operations.push(`${name} ${path.slice(path.lastIndexOf("/") + 1)}`);
  const options = { directory, preAllocBytes: 0, forceSync: true, sizeLimitBytes: 0, ...changed };
  const writer = new LogWriter(disk, options, {
    onSynced: (lastZxid) => void synced.push(lastZxid),
    onFatal: (error) => void fatal.push(error),
  });
  return { disk, writer, synced, fatal, operations };
}

/** Lets everything that was started come to its end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function zxidsIn(disk: SimulatedDisk, name: string): Promise<bigint[]> {
  const found: bigint[] = [];
  const file = await disk.open(`${directory}/${name}`, "r");
  const scan = await readLog(file, 1 << 20, (bytes, start) => {
    found.push(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(start + 12));
  });
  expect(scan.end.kind).to.equal("end");
  return found;
}

describe("LogWriter", () => {
  it("shares one write and one sync between all that gathered, and syncs the folder of a new file first", async () => {
    const { writer, synced, operations, disk } = await bench();
    for (let zxid = 1n; zxid <= 5n; zxid++) writer.append(zxid, body(zxid));
    writer.flush();
    await settle();
    expect(operations).to.deep.equal([
      "open log.1",
      "syncDirectory version-2",
      "write log.1",
      "datasync log.1",
    ]);
    expect(synced).to.deep.equal([5n]);
    expect(await zxidsIn(disk, "log.1")).to.deep.equal([1n, 2n, 3n, 4n, 5n]);
  });

  it("sets space aside in a new file only behind its header: Apache does not start on zeros", async () => {
    const { writer, operations } = await bench({ preAllocBytes: 65536 });
    writer.append(1n, body(1n));
    writer.flush();
    await settle();
    expect(operations.slice(2)).to.deep.equal(["write log.1", "truncate log.1", "datasync log.1"]);
  });

  it("puts no more than 1000 transactions into one write, which recovery counts on", async () => {
    const { writer, synced, operations, disk } = await bench();
    for (let zxid = 1n; zxid <= 2500n; zxid++) writer.append(zxid, body(zxid));
    writer.flush();
    await settle();
    expect(operations.filter((operation) => operation === "write log.1")).to.have.length(3);
    expect(synced).to.deep.equal([1000n, 2000n, 2500n]);
    expect(await zxidsIn(disk, "log.1")).to.have.length(2500);
    expect(writer.pendingCount).to.equal(0);
  });

  it("is due once half of what was under way before has gathered, and not while the disk is at work", async () => {
    const { writer, synced } = await bench();
    const due: bigint[] = [];
    let zxid = 0n;
    const round = (count: number): void => {
      for (let i = 0; i < count; i++) {
        writer.append(++zxid, body(zxid));
        if (!writer.isDue) continue;
        due.push(zxid);
        writer.flush();
      }
      writer.flush();
    };
    round(600);
    await settle();
    expect(due, "nothing is known yet").to.deep.equal([64n]);
    round(600);
    await settle();
    expect(due, "half of 600, less what has faded").to.have.length(2);
    expect(Number(due[1] - 600n)).to.be.within(270, 300);
    expect(synced).to.deep.equal([64n, 600n, due[1], 1200n]);
    // A time of single writes makes it forget.
    for (let i = 0; i < 200; i++) {
      round(1);
      await settle();
    }
    round(100);
    expect(due).to.have.length(3);
    await writer.close();
  });

  it("lets what is flushed meanwhile follow in one batch", async () => {
    const { writer, synced, operations } = await bench();
    writer.append(1n, body(1n));
    writer.flush();
    for (let zxid = 2n; zxid <= 9n; zxid++) {
      writer.append(zxid, body(zxid));
      writer.flush();
    }
    expect(writer.pendingCount).to.equal(9);
    await settle();
    expect(synced).to.deep.equal([1n, 9n]);
    expect(operations.filter((name) => name === "datasync log.1")).to.have.lengthOf(2);
    expect(writer.pendingCount).to.equal(0);
  });

  it("keeps what is appended after a flush for the next one", async () => {
    const { writer, synced } = await bench();
    writer.append(1n, body(1n));
    writer.flush();
    writer.append(2n, body(2n));
    await settle();
    expect(synced).to.deep.equal([1n]);
    writer.flush();
    await settle();
    expect(synced).to.deep.equal([1n, 2n]);
  });

  it("begins a new file, named by its first zxid, behind what had gathered when the roll was asked for", async () => {
    const { writer, disk } = await bench();
    writer.append(1n, body(1n));
    writer.append(2n, body(2n));
    writer.rollAfterPending();
    writer.flush();
    writer.append(0xabn, body(0xabn));
    writer.flush();
    await settle();
    expect(await zxidsIn(disk, "log.1")).to.deep.equal([1n, 2n]);
    expect(await zxidsIn(disk, "log.ab")).to.deep.equal([0xabn]);
  });

  it("begins a new file once the limit of its size is passed", async () => {
    const { writer, disk } = await bench({ sizeLimitBytes: 100 });
    for (let zxid = 1n; zxid <= 4n; zxid++) {
      writer.append(zxid, body(zxid));
      writer.flush();
      await settle();
    }
    expect((await disk.list(directory))?.map(({ name }) => name)).to.deep.equal(["log.1", "log.3"]);
  });

  it("sets space aside as Apache does: 16 + n * preAllocSize", async () => {
    const { writer, disk } = await bench({ preAllocBytes: 16384 });
    const sizes: (number | undefined)[] = [];
    for (let zxid = 1n; zxid <= 8n; zxid++) {
      writer.append(zxid, body(zxid, 4000));
      writer.flush();
      await settle();
      sizes.push((await disk.list(directory))?.[0].size);
    }
    expect(sizes).to.deep.equal([16400, 16400, 16400, 16400, 32784, 32784, 32784, 32784]);
    expect(await zxidsIn(disk, "log.1")).to.have.lengthOf(8);
  });

  it("skips the sync with forceSync=no", async () => {
    const { writer, synced, operations } = await bench({ forceSync: false });
    writer.append(1n, body(1n));
    writer.flush();
    await settle();
    expect(synced).to.deep.equal([1n]);
    expect(operations).to.not.include("datasync log.1");
  });

  it("writes what has gathered before it closes", async () => {
    const { writer, synced } = await bench();
    writer.append(1n, body(1n));
    writer.flush();
    writer.append(2n, body(2n));
    await writer.close();
    expect(synced).to.deep.equal([1n, 2n]);
  });

  for (const name of ["open", "syncDirectory", "truncate", "write", "datasync"] as const) {
    it(`reports a failed ${name} once, and then neither acknowledges nor tries anything again`, async () => {
      const { writer, synced, fatal, operations, disk } = await bench({ preAllocBytes: 4096 });
      disk.fault = (operation: DiskOperation) =>
        operation.name === name ? diskError("EIO", operation.path) : null;
      writer.append(1n, body(1n));
      writer.flush();
      writer.append(2n, body(2n));
      writer.flush();
      await settle();
      disk.fault = null;
      const count = operations.length;
      writer.append(3n, body(3n));
      writer.flush();
      await settle();
      expect(fatal.map(({ message }) => message.slice(0, 3))).to.deep.equal(["EIO"]);
      expect(synced).to.deep.equal([]);
      expect(operations).to.have.lengthOf(count);
      await writer.close();
      expect(fatal).to.have.lengthOf(1);
    });
  }
});

describe("paddedSize", () => {
  const cases: [position: number, size: number, preAlloc: number, expected: number][] = [
    [logHeaderBytes, 16, 16384, 16400],
    [12303, 16400, 16384, 16400],
    [12304, 16400, 16384, 32784],
    [16400, 16400, 16384, 32784],
    [16401, 16400, 16384, 32768],
    [16, 16, 0, 16],
    [16, 16, -1024, 16],
  ];
  for (const [position, size, preAlloc, expected] of cases) {
    it(`at ${position} of ${size}, in steps of ${preAlloc}: ${expected}`, () => {
      expect(paddedSize(position, size, preAlloc)).to.equal(expected);
    });
  }
});
