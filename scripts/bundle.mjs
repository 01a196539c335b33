// Joins the program into few files: Node needs about half a millisecond for each module it loads, and the program has more
// than a hundred. What only some starts need (TLS, printers, commander) stays in chunks of its own that load on demand.
import { build } from "esbuild";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outdir = join(root, "dist", "bin");

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: { zabra: join(root, "src", "main.ts") },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  legalComments: "none",
  // CommonJS packages inside an ES module still ask for `require`.
  banner: {
    js: 'import { createRequire as zabraRequire } from "node:module"; const require = zabraRequire(import.meta.url);',
  },
  logLevel: "warning",
});
