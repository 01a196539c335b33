import { parseHex, toHexString } from "../../../protocol/longs.ts";

/** Outer format of a snapshot, told by the suffix of its name. */
export type SnapshotCompression = "none" | "gz" | "snappy";

const suffixes: Readonly<Record<SnapshotCompression, string>> = { none: "", gz: ".gz", snappy: ".snappy" };

/** `log.<hex>`: named by the first zxid inside. */
export function logName(firstZxid: bigint): string {
  return `log.${toHexString(firstZxid)}`;
}

/** `snapshot.<hex>` with the suffix of its compression. */
export function snapshotName(zxid: bigint, compression: SnapshotCompression): string {
  return `snapshot.${toHexString(zxid)}${suffixes[compression]}`;
}

/** First zxid of a log by its name; null for other files. */
export function logZxid(name: string): bigint | null {
  return name.startsWith("log.") ? parseHex(name.slice(4)) : null;
}

/** Zxid and compression of a snapshot by its name; null for other files. */
export function snapshotZxid(name: string): { zxid: bigint; compression: SnapshotCompression } | null {
  if (!name.startsWith("snapshot.")) return null;
  const compression = name.endsWith(".gz") ? "gz" : name.endsWith(".snappy") ? "snappy" : "none";
  const digits = name.slice(9, name.length - suffixes[compression].length);
  const zxid = parseHex(digits);
  return zxid === null ? null : { zxid, compression };
}
