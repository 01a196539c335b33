import { build, type Plugin } from "esbuild";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutants, type Mutant, type Patch } from "./mutants.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "zabra", "mutants");

/** The mutant of that name; throws an Error that lists the names there are. */
export function findMutant(name: string): Mutant {
  const mutant = mutants.find((one) => one.name === name);
  if (mutant === undefined)
    throw new Error(`no mutant is called ${name}; there are ${mutants.map((known) => known.name).join(" ")}`);
  return mutant;
}

/** Source text of every file that the mutant changes, by full path. Throws unless each patch fits exactly once. */
export function patchedSources({ name, patches }: Mutant): Map<string, string> {
  const sources = new Map<string, string>();
  for (const patch of patches) {
    const path = join(root, patch.file);
    sources.set(path, patched(name, patch, sources.get(path) ?? readFileSync(path, "utf8")));
  }
  return sources;
}

function patched(name: string, { file, find, replace }: Patch, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(
      `mutant ${name}: its text stands ${parts.length - 1} times in ${file}, not once; fit it to the source:\n${find}`,
    );
  return parts.join(replace);
}

/**
 * Bundles the program with the mutant's patches and answers its path, to be run by `node`, or by `compat/launch/zabra`
 * if the path is in `ZABRA_PROGRAM`. Built anew each time, in the cache outside the checkout; nothing of it enters the
 * product.
 */
export async function buildMutant(name: string): Promise<string> {
  const program = join(cache, `${name}.mjs`);
  const fresh = `${program}.${process.pid}`;
  mkdirSync(cache, { recursive: true });
  await build({
    entryPoints: [join(root, "src", "main.ts")],
    outfile: fresh,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    legalComments: "none",
    banner: {
      js: 'import { createRequire as zabraRequire } from "node:module"; const require = zabraRequire(import.meta.url);',
    },
    plugins: [patching(patchedSources(findMutant(name)))],
    logLevel: "warning",
  });
  // In one step, since another run may be starting the same mutant.
  renameSync(fresh, program);
  return program;
}

function patching(sources: ReadonlyMap<string, string>): Plugin {
  return {
    name: "mutant",
    setup({ onLoad }): void {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = sources.get(path);
        return contents === undefined ? undefined : { contents, loader: "ts" };
      });
    },
  };
}
