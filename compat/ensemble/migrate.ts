/**
 * A running ensemble goes over from Apache's servers to ours and back, one server at a time on the same folders, while
 * clients write: voters and observers, from an older Apache, to the present one. After each step all members must show one
 * tree, with everything that was acknowledged, and every session must be alive.
 *
 *   npm run compat:migrate -- [--voters 3] [--observers 0] [--from apache-3.8.4] [--seed N] [--verbose]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../folders/launched.ts";
import { seeded } from "../folders/roundSettings.ts";
import { LoadedEnsemble, pause, Place } from "./members.ts";

const { values } = parseArgs({
  options: {
    voters: { type: "string", default: "3" },
    observers: { type: "string", default: "0" },
    from: { type: "string", default: "apache-3.8.4" },
    seed: { type: "string", default: "1" },
    verbose: { type: "boolean", default: false },
  },
});
const voters = Number(values.voters);
const size = voters + Number(values.observers);
const folder = mkdtempSync(join(tmpdir(), "zabra-migrate-"));
const places = Array.from({ length: size }, (_, i) => new Place(folder, i + 1, values.from));
const log = (message: string): void => void (values.verbose && process.stdout.write(`${message}\n`));
const ensemble = new LoadedEnsemble(places, seeded(Number(values.seed)), log);
let passed = 0;
let failed = 0;

/** One server goes, and comes back as another kind. */
async function goOver(kind: string): Promise<void> {
  for (const place of places) {
    if (failed > 0) return;
    try {
      await ensemble.whileWriting(async () => {
        await place.server?.stop();
        place.kind = kind;
        await place.launch();
        await place.serving();
        await pause(300);
      });
      passed++;
      const { leader } = await ensemble.leaderAndFollowers();
      process.stdout.write(
        `ok server ${place.sid} is ${kind}; ${leader?.kind ?? "nobody"} leads ${places.map((one) => one.kind).join(" ")}\n`,
      );
    } catch (error) {
      failed++;
      const text = error instanceof Error ? error.message : String(error);
      process.stdout.write(`FAIL server ${place.sid} as ${kind}: ${text}\nfolder kept: ${folder}\n`);
    }
  }
}

try {
  const servers: Record<string, string> = {};
  for (const { sid } of places) {
    const role = sid > voters ? ":observer" : "";
    servers[`server.${sid}`] = `127.0.0.1:${await freePort()}:${await freePort()}${role}`;
  }
  for (const place of places) {
    await place.prepare(servers);
    await place.launch();
  }
  await Promise.all(places.map((place) => place.serving()));
  await goOver("zabra");
  await goOver("apache");
} finally {
  for (const place of places) await place.server?.kill();
}
process.stdout.write(`${ensemble.ackedCount} writes acknowledged\n${passed} passed, ${failed} failed\n`);
if (failed === 0) rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
