import { expect } from "chai";
import { readLog } from "../../../../src/core/storage/logReader.ts";
import { LogWriter } from "../../../../src/core/storage/logWriter.ts";
import { judgeTail } from "../../../../src/core/storage/tailDamage.ts";
import { SimulatedDisk } from "../../../simulation/simulatedDisk.ts";
import { makeBody } from "../../../simulation/storageModel.ts";

const directory = "/log/version-2";
const bodyBytes = 33 + 107;
const recordBytes = 12 + bodyBytes + 1;

/** A log of `count` records of 153 bytes, changed by `damage`, and what becomes of it. */
async function judge(count: number, damage: (bytes: Uint8Array) => Uint8Array | void): Promise<string> {
  const disk = new SimulatedDisk();
  await disk.makeDirectory(directory);
  const options = { directory, preAllocBytes: 0, forceSync: true, sizeLimitBytes: 0 };
  const writer = new LogWriter(disk, options, { onSynced: () => undefined, onFatal: () => undefined });
  for (let i = 1; i <= count; i++) writer.append(BigInt(i), makeBody(BigInt(i), 1, 107, 1 + (i % 255)));
  await writer.close();
  const file = await disk.open(`${directory}/log.1`, "r");
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, bytes.length, 0);
  const left = damage(bytes) ?? bytes;
  const damaged = await disk.open(`${directory}/log.1`, "w");
  await new Promise<void>((resolve) => damaged.write(left, 0, () => resolve()));
  const scan = await readLog(damaged, 1 << 20, () => undefined);
  return `${scan.recordCount} records, ${scan.end.kind}, ${judgeTail(scan.end, scan.tail)}, ${scan.tail.recordsBehind} behind`;
}

const recordAt = (index: number): number => 16 + index * recordBytes;

describe("the end of a log", () => {
  const cases: [
    what: string,
    count: number,
    damage: (bytes: Uint8Array) => Uint8Array | void,
    expected: string,
  ][] = [
    ["whole", 3, () => undefined, "3 records, end, clean, 0 behind"],
    ["a cut head", 3, (bytes) => bytes.slice(0, recordAt(2) + 10), "2 records, cutHead, torn, 0 behind"],
    ["a cut body", 3, (bytes) => bytes.slice(0, recordAt(2) + 60), "2 records, cutRecord, torn, 0 behind"],
    ["no end mark", 3, (bytes) => bytes.slice(0, recordAt(3) - 1), "2 records, cutRecord, torn, 0 behind"],
    [
      "zeros behind the front of a record",
      3,
      (bytes) => void bytes.fill(0, 400),
      "2 records, noEndMark, torn, 0 behind",
    ],
    [
      "a flipped bit in the last record",
      3,
      (bytes) => void (bytes[recordAt(2) + 50] ^= 1),
      "2 records, badChecksum, damaged, 0 behind",
    ],
    [
      "a flipped bit with records behind",
      9,
      (bytes) => void (bytes[recordAt(2) + 50] ^= 1),
      "2 records, badChecksum, damaged, 6 behind",
    ],
    [
      "an end mark gone with records behind",
      9,
      (bytes) => void (bytes[recordAt(3) - 1] = 0),
      "2 records, noEndMark, damaged, 6 behind",
    ],
    [
      "a sector gone with records of one batch behind",
      40,
      (bytes) => void bytes.fill(0, 512, 1024),
      "3 records, noEndMark, torn, 33 behind",
    ],
    [
      "a sector gone with more records behind than a batch holds",
      1200,
      (bytes) => void bytes.fill(0, 512, 1024),
      "3 records, noEndMark, damaged, 1001 behind",
    ],
    [
      "less than a sector gone",
      40,
      (bytes) => void bytes.fill(0, 512, 1000),
      "3 records, noEndMark, damaged, 33 behind",
    ],
    [
      "the first sector gone",
      40,
      (bytes) => void bytes.fill(0, 0, 512),
      "0 records, lostHeader, torn, 36 behind",
    ],
    [
      "the first sector gone, too much behind",
      1200,
      (bytes) => void bytes.fill(0, 0, 512),
      "0 records, lostHeader, damaged, 1001 behind",
    ],
    ["nothing but zeros", 3, (bytes) => void bytes.fill(0), "0 records, empty, torn, 0 behind"],
    ["another magic", 3, (bytes) => void (bytes[0] = 1), "0 records, badMagic, damaged, 0 behind"],
    [
      "a negative length",
      3,
      (bytes) => void (bytes[recordAt(1) + 8] = 0xff),
      "1 records, badLength, damaged, 1 behind",
    ],
  ];
  for (const [what, count, damage, expected] of cases) {
    it(`${what}: ${expected}`, async () => {
      expect(await judge(count, damage)).to.equal(expected);
    });
  }
});
