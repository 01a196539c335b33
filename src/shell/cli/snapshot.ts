import { basename } from "node:path";
import { formatHex } from "../../../protocol/longs.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import type { SnapshotSink } from "../../core/storage/contracts.ts";
import { snapshotZxid } from "../../core/storage/fileNames.ts";
import { looksWhole, readSnapshot } from "../../core/storage/snapshotReader.ts";
import { DigestSum, nodeDigest } from "../../core/tree/nodeDigest.ts";
import { StatOffset } from "../../core/tree/statLayout.ts";
import { gzipInflater } from "../disk/gzip.ts";
import { nodeFileSystem } from "../disk/nodeFileSystem.ts";
import { printFiles, type LineOutput } from "./lineOutput.ts";
import { aclRow, aclText, dataText, type Row, type RowValue } from "./txnRow.ts";

/** A printer takes what any server may have written, whatever jute.maxbuffer is here. */
const juteLengthMax = 1 << 30;

/**
 * `zabra snapshot FILE…`: prints sessions, ACLs and nodes of snapshot files, for people or as JSON lines, then a line
 * that sums up. Settles with the exit code: 0, or 1 if a file cannot be used as a snapshot.
 */
export async function runSnapshot(
  files: readonly string[],
  options: { readonly json: boolean },
  out: NodeJS.WritableStream,
): Promise<number> {
  return printFiles(files, out, (file, output) => printSnapshot(file, options.json, output));
}

async function printSnapshot(path: string, json: boolean, output: LineOutput): Promise<boolean> {
  const name = basename(path);
  let file;
  try {
    file = await nodeFileSystem.open(path, "r");
    const size = await file.size();
    // A copy under another name is read as what its suffix says.
    const compression =
      snapshotZxid(name)?.compression ??
      (path.endsWith(".gz") ? "gz" : path.endsWith(".snappy") ? "snappy" : "none");
    output.line(json ? JSON.stringify({ file: name, size }) : `${path}: snapshot, ${size} bytes`);
    const paced = output.paced(file);
    const wrong = await looksWhole(paced, compression);
    if (wrong !== null) throw new Error(wrong);
    const printer = new SnapshotPrinter(output, json);
    await readSnapshot(paced, compression, juteLengthMax, printer, gzipInflater);
    printer.sumUp(name);
    return true;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    output.line(json ? JSON.stringify({ file: name, problem }) : `${path}: cannot be used: ${problem}`);
    return false;
  } finally {
    await file?.close();
  }
}

/** Prints what is loaded, and sums up the tree digest on the way. */
class SnapshotPrinter implements SnapshotSink {
  readonly #output: LineOutput;
  readonly #json: boolean;
  readonly #sum = new DigestSum();
  readonly #summary: Row = {};
  #sessionCount = 0;
  #nodeCount = 0;
  #dataBytes = 0;

  constructor(output: LineOutput, json: boolean) {
    this.#output = output;
    this.#json = json;
  }

  #print(row: Row, line: string): void {
    this.#output.line(this.#json ? JSON.stringify(row) : line);
  }

  reset(): void {
    // Each file has its own printer.
  }

  session(id: bigint, timeoutMs: number): void {
    this.#sessionCount++;
    this.#print(
      { session: formatHex(id), timeout: timeoutMs },
      `session ${formatHex(id)} timeout ${timeoutMs} ms`,
    );
  }

  acl(id: bigint, acl: ACL[] | null): void {
    const list: RowValue = acl === null ? null : acl.map(aclRow);
    this.#print({ aclId: Number(id), acl: list }, `acl ${id} ${aclText(list)}`);
  }

  node(path: string, data: Uint8Array | null, aclId: bigint, stat: Uint8Array, statOffset: number): void {
    this.#nodeCount++;
    this.#dataBytes += data?.length ?? 0;
    this.#sum.add(nodeDigest(path, data, stat, statOffset));
    if (this.#output.closed) return;
    const view = new DataView(stat.buffer, stat.byteOffset + statOffset);
    const long = (at: number): string => formatHex(view.getBigInt64(at));
    const row: Row = {
      path,
      data: data === null ? null : Buffer.from(data).toString("hex"),
      aclId: Number(aclId),
      czxid: long(StatOffset.czxid),
      mzxid: long(StatOffset.mzxid),
      ctime: Number(view.getBigInt64(StatOffset.ctime)),
      mtime: Number(view.getBigInt64(StatOffset.mtime)),
      version: view.getInt32(StatOffset.version),
      cversion: view.getInt32(StatOffset.cversion),
      aversion: view.getInt32(StatOffset.aversion),
      ephemeralOwner: long(StatOffset.ephemeralOwner),
      pzxid: long(StatOffset.pzxid),
    };
    if (this.#json) return this.#output.line(JSON.stringify(row));
    const rest = Object.entries(row).slice(2);
    const shown = path === "" ? "/" : path;
    this.#output.line(
      [shown, dataText(row["data"]), ...rest.map(([name, value]) => `${name} ${String(value)}`)].join(" "),
    );
  }

  digest(zxid: bigint, version: number, digest: bigint | null): void {
    this.#summary["digest"] = {
      zxid: formatHex(zxid),
      version,
      value: digest === null ? null : formatHex(digest),
    };
  }

  lastProcessedZxid(zxid: bigint): void {
    this.#summary["lastProcessedZxid"] = formatHex(zxid);
  }

  snapshotLoaded(): void {
    // The sum is printed by the caller, who knows the file.
  }

  sumUp(name: string): void {
    const { digest, lastProcessedZxid } = this.#summary;
    const computed = formatHex(this.#sum.toBigInt());
    const counts = { sessions: this.#sessionCount, nodes: this.#nodeCount, dataBytes: this.#dataBytes };
    const row: Row = { file: name, ...counts, ...this.#summary, computedDigest: computed };
    const kept = digest === undefined ? "" : `, digest in the file ${JSON.stringify(digest)}`;
    const last = lastProcessedZxid === undefined ? "" : `, last processed zxid ${String(lastProcessedZxid)}`;
    this.#print(
      row,
      `${counts.sessions} sessions, ${counts.nodes} nodes, ${counts.dataBytes} bytes of data, ` +
        `tree digest ${computed}${kept}${last}`,
    );
  }
}
