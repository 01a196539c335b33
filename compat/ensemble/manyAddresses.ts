/**
 * Servers that have an address in each of two networks (multiAddress.enabled): one network goes away without a word, then
 * the other, while clients write; the members find each other in the one that is left. The networks are addresses of the
 * loopback device in a network namespace of their own, so no other process is disturbed.
 *
 *   npx tsx compat/ensemble/manyAddresses.ts [--members zabra,apache,zabra] [--verbose]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../folders/launched.ts";
import { seeded } from "../folders/roundSettings.ts";
import { LoadedEnsemble, pause, Place } from "./members.ts";
import { enterNamespace, ip } from "./namespaces.ts";

const { values } = parseArgs({
  options: {
    members: { type: "string", default: "zabra,apache,zabra" },
    verbose: { type: "boolean", default: false },
  },
});
/** What a member may need to notice that the others are silent, and to find them again. */
const patienceMs = 30_000;

enterNamespace();
const folder = mkdtempSync(join(tmpdir(), "zabra-many-addresses-"));
const places = values.members.split(",").map((kind, i) => new Place(folder, i + 1, kind));
const networks = ["10.1.0", "10.2.0"] as const;
type Network = (typeof networks)[number];
const log = (message: string): void => void (values.verbose && process.stdout.write(`${message}\n`));
const ensemble = new LoadedEnsemble(places, seeded(1), log);
let passed = 0;
let failed = 0;

function change(verb: "add" | "del", network: Network): void {
  for (const { sid } of places) ip("addr", verb, `${network}.${sid}/32`, "dev", "lo");
}

async function check(what: string, run: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  try {
    await ensemble.whileWriting(run);
    passed++;
    process.stdout.write(`ok ${what}: ${Math.round(performance.now() - startMs)} ms\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`FAIL ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** Somebody leads and all others follow, for longer than silence would go unnoticed. */
async function standing(): Promise<void> {
  const endMs = performance.now() + patienceMs;
  for (let calmMs = 0; calmMs < 5000;) {
    const { leader, followers } = await ensemble.leaderAndFollowers();
    const isWhole = leader !== undefined && followers.length === places.length - 1;
    calmMs = isWhole ? calmMs + 500 : 0;
    if (performance.now() > endMs) throw new Error("they do not find each other");
    await pause(500);
  }
}

try {
  for (const network of networks) change("add", network);
  const keys: Record<string, string> = { "multiAddress.enabled": "true", clientPortAddress: "127.0.0.1" };
  for (const { sid } of places) {
    const at = [];
    for (const network of networks) at.push(`${network}.${sid}:${await freePort()}:${await freePort()}`);
    keys[`server.${sid}`] = at.join("|");
  }
  for (const place of places) {
    // Apache reads the lines of the servers before the key.
    if (place.kind !== "zabra") place.props = ["-Dzookeeper.multiAddress.enabled=true"];
    await place.prepare(keys);
    await place.launch();
  }
  await Promise.all(places.map((place) => place.serving()));
  for (const network of networks) {
    await check(`without ${network}`, async () => {
      change("del", network);
      await standing();
    });
    await check(`${network} is back, and the leader goes`, async () => {
      change("add", network);
      const { leader } = await ensemble.leaderAndFollowers();
      await leader?.server?.kill();
      await leader?.launch();
      await standing();
    });
  }
} finally {
  for (const place of places) {
    if (failed > 0 && values.verbose) process.stdout.write(`${place.server?.log() ?? ""}\n`);
    await place.server?.kill();
  }
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
