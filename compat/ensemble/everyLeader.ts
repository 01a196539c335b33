/**
 * Ensembles of ours and Apache's servers in every mixture, and each voter of each leading in turn: under load a follower is
 * killed and comes back, and an observer follows. After that all members must show one tree with everything that was
 * acknowledged, and nobody may have found a digest that does not fit. Prints a table.
 *
 *   npm run compat:leaders -- [--only zabra,apache,apache] [--verbose]
 *
 * A composition names its voters, and behind a slash its observers.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../folders/launched.ts";
import { seeded } from "../folders/roundSettings.ts";
import { LoadedEnsemble, pause, Place } from "./members.ts";

const { values } = parseArgs({
  options: { only: { type: "string" }, verbose: { type: "boolean", default: false } },
});
const compositions = [
  "zabra,zabra,zabra",
  "zabra,zabra,apache",
  "zabra,apache,apache",
  "zabra,apache,zabra/zabra,apache",
  "zabra,apache,apache/apache,zabra",
  "zabra,apache,zabra,apache,zabra",
  "apache,zabra,apache,zabra,apache",
].filter((composition) => values.only === undefined || composition === values.only);
const log = (message: string): void => void (values.verbose && process.stdout.write(`${message}\n`));
let passed = 0;
let failed = 0;

/** One composition on folders of its own. */
class Composition {
  readonly folder = mkdtempSync(join(tmpdir(), "zabra-leaders-"));
  readonly voters: readonly Place[];
  readonly observers: readonly Place[];
  readonly #ensemble: LoadedEnsemble;

  constructor(text: string) {
    const [voters, observers = ""] = text.split("/").map((kinds) => kinds.split(","));
    this.voters = voters.map((kind, i) => new Place(this.folder, i + 1, kind));
    this.observers = observers === "" ? [] : observers.map((kind, i) => new Place(this.folder, 11 + i, kind));
    this.#ensemble = new LoadedEnsemble(this.#all, seeded(voters.length), log);
  }

  get #all(): readonly Place[] {
    return [...this.voters, ...this.observers];
  }

  async begin(): Promise<void> {
    const keys: Record<string, string> = {};
    for (const place of this.#all) {
      const role = this.observers.includes(place) ? "observer" : "participant";
      keys[`server.${place.sid}`] = `127.0.0.1:${await freePort()}:${await freePort()}:${role}`;
    }
    for (const place of this.#all)
      await place.prepare(this.observers.includes(place) ? { ...keys, peerType: "observer" } : keys);
    await this.#launch(this.#all);
  }

  async #launch(places: readonly Place[]): Promise<void> {
    for (const place of places) await place.launch();
    await Promise.all(places.map((place) => place.serving()));
  }

  async #kill(places: readonly Place[]): Promise<void> {
    await Promise.all(
      places.map(async ({ server }) => {
        await server?.kill();
      }),
    );
  }

  /** What it has, and just so many others do not have, makes it the leader of those. */
  async makeLead(wanted: Place): Promise<void> {
    const others = this.voters.filter((place) => place !== wanted);
    const behind = others.slice(0, Math.floor(this.voters.length / 2));
    await this.#kill(behind);
    this.#ensemble.places = this.#all.filter((place) => !behind.includes(place));
    await this.#ensemble.whileWriting(() => pause(500));
    await this.#kill(this.#all);
    await this.#launch([wanted, ...behind]);
    await this.#launch(this.#all.filter((place) => place !== wanted && !behind.includes(place)));
    this.#ensemble.places = this.#all;
    const mode = await wanted.mode();
    if (mode !== "leader") throw new Error(`server ${wanted.sid} is ${mode}`);
  }

  async work(leader: Place): Promise<void> {
    const follower = this.voters.find((place) => place !== leader) ?? leader;
    await this.#ensemble.whileWriting(async () => {
      await follower.server?.kill();
      await pause(500);
      await follower.launch();
      await follower.serving();
    });
    if ((await leader.mode()) !== "leader") throw new Error("another one leads afterwards");
  }

  async end(): Promise<void> {
    await this.#kill(this.#all);
    if (failed === 0) rmSync(this.folder, { recursive: true, force: true });
    else process.stdout.write(`folder kept: ${this.folder}\n`);
  }
}

for (const text of compositions) {
  const composition = new Composition(text);
  try {
    await composition.begin();
    for (const leader of composition.voters) {
      let result = "ok";
      try {
        await composition.makeLead(leader);
        await composition.work(leader);
        passed++;
      } catch (error) {
        failed++;
        result = `FAIL ${error instanceof Error ? error.message : String(error)}`;
      }
      process.stdout.write(`| ${text} | ${leader.sid}, ${leader.kind} | ${result} |\n`);
      if (result !== "ok") break;
    }
  } finally {
    await composition.end();
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
