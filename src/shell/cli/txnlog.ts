import { basename } from "node:path";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { formatHex } from "../../../protocol/longs.ts";
import { describeEnd } from "../../core/storage/logFormat.ts";
import { readLog, type LogScan } from "../../core/storage/logReader.ts";
import { judgeTail } from "../../core/storage/tailDamage.ts";
import { readTxn } from "../../core/txns/txnOp.ts";
import { nodeFileSystem } from "../disk/nodeFileSystem.ts";
import { printFiles, type LineOutput } from "./lineOutput.ts";
import { txnLine, txnRow } from "./txnRow.ts";

/** A printer takes what any server may have written, whatever jute.maxbuffer is here. */
const bodyBytesMax = 1 << 30;

/**
 * `zabra txnlog FILE…`: prints the transactions of log files, for people or as JSON lines, and how each file ends.
 * Settles with the exit code: 0, or 1 if a file could not be read to its end.
 */
export async function runTxnlog(
  files: readonly string[],
  options: { readonly json: boolean },
  out: NodeJS.WritableStream,
): Promise<number> {
  return printFiles(files, out, (file, output) => printLog(file, options.json, output));
}

/** Whether the file is whole; a torn end is, as servers start on it. */
async function printLog(path: string, json: boolean, output: LineOutput): Promise<boolean> {
  const say = (problem: string): void => {
    output.line(json ? JSON.stringify({ file: basename(path), problem }) : `${path}: ${problem}`);
  };
  let file;
  try {
    file = await nodeFileSystem.open(path, "r");
  } catch (error) {
    say(`cannot open it: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
  try {
    const size = await file.size();
    output.line(
      json ? JSON.stringify({ file: basename(path), size }) : `${path}: transaction log, ${size} bytes`,
    );
    const reader = new JuteReader(new Uint8Array(0));
    reader.lengthMax = bodyBytesMax;
    let unreadable = 0;
    const scan = await readLog(output.paced(file), bodyBytesMax, (bytes, start, end, offset) => {
      if (output.closed) return;
      reader.reset(bytes, start, end);
      try {
        const row = txnRow(readTxn(reader), offset, end - start);
        output.line(json ? JSON.stringify(row) : txnLine(row));
      } catch (error) {
        if (!(error instanceof JuteError)) throw error;
        unreadable++;
        output.line(
          json
            ? JSON.stringify({ at: offset, len: end - start, problem: error.message })
            : `at offset ${offset}: a record that cannot be read: ${error.message}`,
        );
      }
    });
    const verdict = judgeTail(scan.end, scan.tail);
    output.line(json ? JSON.stringify(endRow(scan, verdict)) : endLine(scan, verdict));
    return verdict !== "damaged" && unreadable === 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return false;
  } finally {
    await file.close();
  }
}

function endRow(scan: LogScan, verdict: string): Record<string, string | number> {
  const { end, goodEnd, tail, recordCount, fileBytes } = scan;
  const row: Record<string, string | number> = {
    at: goodEnd,
    end: end.kind,
    verdict,
    txns: recordCount,
    rest: fileBytes - goodEnd,
  };
  if (tail.recordsBehind > 0) {
    row["firstZxidBehind"] = formatHex(tail.firstZxidBehind);
    row["lastZxidBehind"] = formatHex(tail.lastZxidBehind);
  }
  return row;
}

function endLine(scan: LogScan, verdict: string): string {
  const { end, goodEnd, tail, recordCount } = scan;
  if (verdict === "clean") return `${recordCount} transactions, the last ends at offset ${goodEnd}`;
  const behind =
    tail.recordsBehind === 0
      ? ""
      : `; whole transactions ${formatHex(tail.firstZxidBehind)} to ${formatHex(tail.lastZxidBehind)} stand behind`;
  return `${recordCount} transactions; ${verdict} at offset ${goodEnd}: the log ${describeEnd(end)}${behind}`;
}
