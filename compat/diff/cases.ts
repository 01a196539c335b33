import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Case } from "./steps.ts";

/** Where the cases of this checkout are kept. */
export const casesFolder = fileURLToPath(new URL("./cases/", import.meta.url));

/** All that are kept, in order of their names. */
export function readCases(folder = casesFolder): Case[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Case);
}

/** Writes the case to a file of its name; answers the path. */
export function saveCase(kept: Case, folder = casesFolder): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${kept.name}.json`);
  writeFileSync(path, `${JSON.stringify(kept, null, 2)}\n`);
  return path;
}
