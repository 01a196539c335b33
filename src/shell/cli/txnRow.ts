import { formatHex } from "../../../protocol/longs.ts";
import { opCodeName } from "../../../protocol/opcodes.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import type { DecodedTxn, TxnOp } from "../../core/txns/txnOp.ts";

/** A value as JSON has it: data in hexadecimal digits, ids and zxids as 0x…, an ACL as [perms, scheme, id]. */
export type RowValue =
  string | number | boolean | null | readonly RowValue[] | { readonly [name: string]: RowValue };
export type Row = Record<string, RowValue>;

/** A transaction as one JSON object, named as the fields of its records. */
export function txnRow(txn: DecodedTxn, offset: number, length: number): Row {
  const { header, op, digest } = txn;
  const row: Row = {
    at: offset,
    len: length,
    clientId: formatHex(header.clientId),
    cxid: header.cxid,
    zxid: formatHex(header.zxid),
    time: exactNumber(header.time),
    type: opCodeName(header.type),
    txn: opRow(op),
  };
  if (digest !== null) row["digest"] = { version: 2, treeDigest: formatHex(digest) };
  return row;
}

function opRow(op: TxnOp): Row {
  if (Array.isArray(op.record)) {
    return { txns: op.record.map((sub: TxnOp) => ({ type: opCodeName(sub.type), ...opRow(sub) })) };
  }
  const row: Row = {};
  for (const [name, value] of Object.entries(op.record ?? {})) row[name] = fieldValue(value);
  return row;
}

function fieldValue(value: unknown): RowValue {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value === "bigint") return exactNumber(value);
  if (Array.isArray(value)) return value.map((item) => (isAcl(item) ? aclRow(item) : fieldValue(item)));
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return null;
}

/** A number where JSON's numbers are exact, else the digits as text. */
function exactNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** ISO 8601; a damaged or foreign time that no calendar has is shown as it is. */
function timeText(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? `time ${timeMs}` : date.toISOString();
}

function isAcl(item: unknown): item is ACL {
  return typeof item === "object" && item !== null && "perms" in item;
}

export function aclRow({ perms, id }: ACL): RowValue {
  return [perms, id.scheme, id.id];
}

/** The same for people: one line, data as text where it is text. */
export function txnLine(row: Row): string {
  const { clientId, cxid, zxid, time, type, txn, digest } = row;
  const when = timeText(Number(time));
  const parts = [
    `${when} session ${String(clientId)} cxid ${String(cxid)} zxid ${String(zxid)} ${String(type)}`,
  ];
  parts.push(recordText(txn));
  if (isRow(digest)) parts.push(`digest ${String(digest["treeDigest"])}`);
  return parts.filter((part) => part !== "").join(" ");
}

function recordText(record: RowValue): string {
  if (!isRow(record)) return "";
  const { txns } = record;
  if (Array.isArray(txns)) {
    return `[${txns.map((sub) => (isRow(sub) ? `${String(sub["type"])} ${recordText(sub)}` : "")).join("; ")}]`;
  }
  const parts: string[] = [];
  for (const [name, value] of Object.entries(record)) {
    if (name === "type") continue;
    if (name === "path") parts.push(String(value));
    else if (name === "data") parts.push(dataText(value));
    else if (name === "acl") parts.push(`acl ${aclText(value)}`);
    else parts.push(`${name} ${Array.isArray(value) ? `[${value.join(", ")}]` : String(value)}`);
  }
  return parts.join(" ");
}

/** Data in a line for people: text in quotes, other bytes in hexadecimal digits, cut after 64 bytes. */
export function dataText(hex: RowValue): string {
  if (typeof hex !== "string") return "data null";
  const bytes = Buffer.from(hex, "hex");
  const shown = bytes.subarray(0, 64);
  const text = shown.toString("utf8");
  const readable = !/[\p{Cc}\ufffd]/u.test(text);
  const more = bytes.length > shown.length ? "…" : "";
  const content = readable ? `${JSON.stringify(text)}${more}` : `0x${shown.toString("hex")}${more}`;
  return `data ${bytes.length} bytes ${content}`;
}

export function aclText(acl: RowValue): string {
  if (!Array.isArray(acl)) return "null";
  return acl
    .map((entry) => (Array.isArray(entry) ? `${permsText(entry[0])}:${entry[1]}:${entry[2]}` : ""))
    .join(",");
}

/** Permissions by their letters, as zkCli prints them. */
function permsText(perms: RowValue): string {
  const letters: [bit: number, letter: string][] = [
    [4, "c"],
    [8, "d"],
    [1, "r"],
    [2, "w"],
    [16, "a"],
  ];
  return letters.map(([bit, letter]) => ((Number(perms) & bit) === 0 ? "" : letter)).join("");
}

function isRow(value: RowValue | undefined): value is { readonly [name: string]: RowValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
