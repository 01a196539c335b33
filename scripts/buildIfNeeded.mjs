// `npm start` in a checkout whose dist is missing or older than its sources builds first; otherwise this costs a few file stats.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const built = join(root, "dist", "bin", "zabra.js");

const newest = (dir) =>
  readdirSync(dir, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(dir, entry.name);
    return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }, 0);

const stale =
  !existsSync(built) ||
  Math.max(newest(join(root, "src")), newest(join(root, "protocol"))) > statSync(built).mtimeMs;
if (stale) {
  for (const script of [join("node_modules", "typescript", "bin", "tsc"), join("scripts", "bundle.mjs")]) {
    const words = script.endsWith("tsc") ? [join(root, script), "-b"] : [join(root, script)];
    const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
  }
}
