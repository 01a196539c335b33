import { join } from "node:path";
import { saveCase, readCases } from "./cases.ts";
import { differs, Duel, kindOf, type Keys, type Outcome } from "./duel.ts";
import { exclusions, spoilsFolder, type ExclusionName } from "./exclusions.ts";
import { generate } from "./generator/generate.ts";
import type { Options } from "./options.ts";
import { profiles } from "./profiles.ts";
import { shrink } from "./shrink.ts";
import type { Step } from "./steps.ts";
import { story } from "./story.ts";

/** After so many sequences both servers get new folders, so that trees and logs stay small. */
const sequencesPerDuel = 250;
const shrinkMsMax = 90_000;
const confirmationsMax = 3;
const seedStride = 1_000_000;

/** A sequence, and the begin of the name of its root. */
interface Named {
  readonly name: string;
  readonly family: string;
  readonly keys: Keys;
  readonly steps: readonly Step[];
}

/** A run: kept cases first, then sequences from the seed, each difference shrunk, told and kept. */
export class Campaign {
  passed = 0;
  failed = 0;
  /** Sequences that differed once and not again. */
  unconfirmed = 0;
  requests = 0;
  readonly excluded = new Map<ExclusionName, number>();
  readonly #options: Options;
  readonly #folder: string;
  readonly #print: (text: string) => void;
  #duel: Duel | null = null;
  #duels = 0;
  #isSpoilt = false;

  constructor(options: Options, folder: string, print: (text: string) => void) {
    this.#options = options;
    this.#folder = folder;
    this.#print = print;
  }

  async run(): Promise<void> {
    const cases = this.#options.cases ? readCases() : [];
    for (const { name, steps, family, keys = {} } of cases)
      await this.#judge({ name: `case ${name}`, steps, family, keys });
    if (!this.#options.casesOnly) await this.#sequences();
    await this.#stop();
    this.#checkExclusions();
  }

  async #sequences(): Promise<void> {
    const { seed, minutes, sequences, stopAtFirst } = this.#options;
    const deadline = Date.now() + minutes * 60_000;
    for (let i = 0; i < sequences && Date.now() < deadline; i++) {
      const { keys, oddContainers } = profiles[Math.floor(i / sequencesPerDuel) % profiles.length];
      if (i % sequencesPerDuel === 0) await this.#compareWhole();
      const sequence = generate(seed * seedStride + i, oddContainers);
      for (const name of sequence.withheld) this.#exclude(name);
      const name = `seed ${seed} sequence ${i}`;
      await this.#judge({ name, steps: sequence.steps, family: `s${seed}-${i}-`, keys });
      if (stopAtFirst && this.failed > 0) return;
    }
    await this.#compareWhole();
  }

  /** Servers that have agreed so far have one tree, and folders that the other implementation can read. */
  async #compareWhole(): Promise<void> {
    const duel = this.#duel;
    this.#duel = null;
    if (duel === null) return;
    const { differences: lines, excused } = this.#isSpoilt
      ? { differences: [], excused: [] }
      : await duel.compareWhole();
    for (const name of excused) this.#exclude(name);
    await duel.stop();
    this.#isSpoilt = false;
    if (lines.length === 0) return;
    this.failed++;
    this.#print(`trees or folders do not fit:\n${lines.join("\n")}`);
  }

  async #judge(sequence: Named): Promise<void> {
    const outcome = await this.#play(sequence);
    this.requests += requestsOf(sequence.steps);
    if (outcome.excused !== null) {
      this.#exclude(outcome.excused);
      this.#isSpoilt = true;
    }
    for (const request of sequence.steps.flatMap((step) => (step.kind === "send" ? step.requests : []))) {
      const name = spoilsFolder(request);
      if (name === null) continue;
      this.#exclude(name);
      this.#isSpoilt = true;
    }
    if (!differs(outcome)) this.passed++;
    else await this.#differed(sequence, outcome);
  }

  async #play({ steps, family, keys }: Named): Promise<Outcome> {
    return (await this.#running(keys)).play(steps, family);
  }

  async #running(keys: Keys): Promise<Duel> {
    if (JSON.stringify(this.#duel?.keys) !== JSON.stringify(keys)) await this.#stop();
    this.#duel ??= await Duel.start(join(this.#folder, String(this.#duels++)), this.#options.against, keys);
    return this.#duel;
  }

  async #stop(): Promise<void> {
    await this.#duel?.stop();
    this.#duel = null;
    this.#isSpoilt = false;
  }

  /** Played again on fresh servers: a difference that comes once and not again is told, and is none. */
  async #differed(sequence: Named, first: Outcome): Promise<void> {
    const { name } = sequence;
    this.#print(`${name}: the servers differ`);
    for (let i = 0; i < confirmationsMax; i++) {
      await this.#stop();
      const again = await this.#play(sequence);
      if (!differs(again)) continue;
      if (await this.#tell(sequence, kindOf(again))) this.failed++;
      else this.unconfirmed++;
      await this.#stop();
      return;
    }
    this.unconfirmed++;
    this.#print(`${story(first)}\n${name}: not again in ${confirmationsMax} replays`);
    await this.#stop();
  }

  /** Whether it differs in one of several more replays. */
  async #comesAgain(sequence: Named): Promise<boolean> {
    for (let i = 0; i < confirmationsMax; i++) {
      await this.#stop();
      if (differs(await this.#play(sequence))) return true;
    }
    return false;
  }

  /** Shrinks, tells and keeps it; false if it has stopped to differ meanwhile, as what hangs on the time does. */
  async #tell(sequence: Named, kind: string): Promise<boolean> {
    const { name, family, keys, steps } = sequence;
    const deadline = Date.now() + shrinkMsMax;
    const again = (fewer: readonly Step[]): Promise<boolean> =>
      this.#differsAgain({ name, family, keys, steps: fewer }, kind);
    const short = this.#options.shrink ? await shrink(steps, again, deadline) : steps;
    await this.#stop();
    const outcome = await this.#play({ name, family, keys, steps: short });
    if (!differs(outcome) && !(await this.#comesAgain(sequence))) {
      this.#print(
        `${story(outcome)}\n${name}: differed twice, and not in ${confirmationsMax + 1} more replays`,
      );
      return false;
    }
    const why = summary(outcome);
    this.#print(`${story(outcome)}\n${name}: ${why}`);
    const kept = { name: name.replaceAll(" ", "-"), why, family, keys, steps: short };
    if (this.#options.save && !name.startsWith("case ")) this.#print(`kept as ${saveCase(kept)}`);
    else this.#print(JSON.stringify(kept));
    return true;
  }

  /** In the same way: what a sequence that differs leaves behind may make another one differ. */
  async #differsAgain(sequence: Named, kind: string): Promise<boolean> {
    const outcome = await this.#play(sequence);
    if (outcome.failure !== null) await this.#stop();
    return kindOf(outcome) === kind;
  }

  #exclude(name: ExclusionName): void {
    this.excluded.set(name, (this.excluded.get(name) ?? 0) + 1);
  }

  #checkExclusions(): void {
    for (const [name, { perSequencesMin }] of Object.entries(exclusions)) {
      const count = [...this.excluded].find(([one]) => one === name)?.[1] ?? 0;
      this.#print(`exclusion "${name}": ${count} times`);
      if (count > 0 || this.passed < perSequencesMin) continue;
      this.failed++;
      this.#print(`exclusion "${name}" was never needed`);
    }
  }
}

function requestsOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + (step.kind === "send" ? step.requests.length : 1), 0);
}

/** The two lines that differ first. */
function summary({ difference, endState, failure }: Outcome): string {
  if (failure !== null) return failure.split("\n")[0];
  if (difference === null) return endState[0] ?? "no difference";
  const [a, b] = difference.lines.map((lines) => lines[difference.place] ?? "nothing");
  return `apache: ${a}; zabra: ${b}`;
}
