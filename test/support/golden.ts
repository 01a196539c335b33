import { readFileSync } from "node:fs";

/** Text of a file below test/golden. */
export function goldenText(path: string): string {
  return readFileSync(new URL(`../golden/${path}`, import.meta.url), "utf8");
}
