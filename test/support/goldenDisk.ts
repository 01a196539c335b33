import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { goldenText } from "./golden.ts";

/** A row of decoded.jsonl: what golden/disk/decode.py made of a file, a record or the end of a log. */
export interface DecodedRow {
  readonly file?: string;
  readonly size?: number;
  readonly at?: number;
  readonly len?: number;
  readonly end?: string;
  readonly problem?: string;
  readonly zxid?: string;
  readonly type?: string;
  readonly unreadable?: string;
  readonly nodes?: number;
  readonly sessions?: Readonly<Record<string, number>>;
  readonly acls?: Readonly<Record<string, unknown>>;
  readonly digest?: { readonly zxid: string; readonly version: number; readonly value: string };
  readonly computedDigest?: string;
  readonly lastZxid?: string;
}

/** Folders of golden/disk, by name. */
export function goldenDiskSets(): string[] {
  return readdirSync(goldenDiskPath(""), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

export function goldenDiskPath(path: string): string {
  return fileURLToPath(new URL(`../golden/disk/${path}`, import.meta.url));
}

export function decodedRows(set: string): DecodedRow[] {
  return goldenText(`disk/${set}/decoded.jsonl`)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as DecodedRow);
}

/** The version-2 folders of a set, in the order in which decode.py walked through them. */
export function version2Folders(set: string): string[] {
  const folders: string[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(goldenDiskPath(path), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      if (entry.name === "version-2") folders.push(`${path}/${entry.name}`);
      else walk(`${path}/${entry.name}`);
    }
  };
  walk(set);
  return folders.sort();
}

/** Runs `use` on a copy of a folder below golden/disk, which is removed afterwards. */
export async function withCopy<T>(path: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "zabra-disk-"));
  try {
    cpSync(goldenDiskPath(path), folder, { recursive: true });
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
