import { rmSync } from "node:fs";
import type { LoadedEnsemble, Place } from "./members.ts";

/** A loop of rounds over an ensemble that is made anew for it. */
export interface Rounds {
  readonly ensemble: LoadedEnsemble;
  /** Of the members; kept if a round fails. */
  readonly folder: string;
  /** What begins the line of a failure, and of the loop: seed and members. */
  title(): string;
  /** Runs one and answers its kind; rejects if something does not hold. */
  round(number: number): Promise<string>;
  readonly roundsMax: number;
  readonly endMs: number;
}

/** Launches the members, runs rounds until one fails, prints what there was, and ends the process. */
export async function runRounds(rounds: Rounds): Promise<never> {
  const { ensemble, folder, roundsMax, endMs } = rounds;
  const places: readonly Place[] = ensemble.places;
  const counts = new Map<string, number>();
  let passed = 0;
  let failed = 0;
  process.stdout.write(`${rounds.title()}\n`);
  try {
    for (const place of places) await place.launch();
    await Promise.all(places.map((place) => place.serving()));
    for (let number = 0; number < roundsMax && Date.now() < endMs && failed === 0; number++) {
      try {
        const name = await rounds.round(number);
        counts.set(name, (counts.get(name) ?? 0) + 1);
        passed++;
      } catch (error) {
        failed++;
        const text = error instanceof Error ? error.message : String(error);
        process.stdout.write(`FAIL round ${number}, ${rounds.title()}: ${text}\nfolder kept: ${folder}\n`);
      }
    }
  } finally {
    for (const place of places) await place.server?.kill();
  }
  process.stdout.write(`${[...counts].map(([name, count]) => `${name} ${count}`).join(", ")}\n`);
  process.stdout.write(`${ensemble.ackedCount} writes acknowledged\n${passed} passed, ${failed} failed\n`);
  if (failed === 0) rmSync(folder, { recursive: true, force: true });
  process.exit(failed === 0 ? 0 : 1);
}
