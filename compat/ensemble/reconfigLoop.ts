/**
 * An ensemble that grows from one server to five and shrinks again, under load, from a seed: servers of ours, of Apache's
 * or of both join and leave, the leader among them, become observers and voters again, move to other ports, and are killed
 * in the middle of it. After each round all members must show one tree and one configuration, in which everything is that
 * was acknowledged, and no session may be lost.
 *
 *   npm run loop:reconfig -- [--seconds 60] [--rounds N] [--seed N] [--kinds zabra,apache] [--verbose]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { superUser } from "../folders/dumpTree.ts";
import { freePort } from "../folders/launched.ts";
import { seeded } from "../folders/roundSettings.ts";
import { LoadedEnsemble, pause, Place } from "./members.ts";
import { configOf, reconfigure, type Reconfiguration } from "../../test/support/reconfigure.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    rounds: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    kinds: { type: "string", default: "zabra" },
    verbose: { type: "boolean", default: false },
  },
});
const kinds = values.kinds.split(",");
const roundsMax = Number(values.rounds ?? Infinity);
const endMs = Date.now() + Number(values.seconds ?? (values.rounds === undefined ? 60 : Infinity)) * 1000;
const seed = Number(values.seed);
const random = seeded(seed);
const folder = mkdtempSync(join(tmpdir(), "zabra-reconfig-loop-"));
const membersMax = 5;

function log(message: string): void {
  if (values.verbose) process.stdout.write(`${message}\n`);
}

/** Where a member is, as its line server.N says. */
interface Line {
  quorumPort: number;
  electionPort: number;
  isObserver: boolean;
}

const lines = new Map<number, Line>();
const ensemble = new LoadedEnsemble([], random, log);
let lastSid = 0;

function pick<T>(all: readonly T[]): T {
  return all[Math.floor(random() * all.length)];
}

function lineOf(place: Place): string {
  const line = lines.get(place.sid);
  if (line === undefined) throw new Error(`server ${place.sid} has no line`);
  const role = line.isObserver ? "observer" : "participant";
  return `127.0.0.1:${line.quorumPort}:${line.electionPort}:${role};127.0.0.1:${place.port}`;
}

async function newPlace(): Promise<Place> {
  const place = new Place(folder, ++lastSid, kinds[(lastSid - 1) % kinds.length]);
  lines.set(place.sid, { quorumPort: await freePort(), electionPort: await freePort(), isObserver: false });
  place.port = await freePort();
  const servers = Object.fromEntries(
    [...ensemble.places, place].map((each) => [`server.${each.sid}`, lineOf(each)]),
  );
  await place.prepare({ ...servers, reconfigEnabled: "true", standaloneEnabled: "false" });
  return place;
}

/** Asked of any member, again and again, since the leader may be on its way out. */
async function change(asked: Reconfiguration): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const err = await reconfigure(pick(ensemble.places).port, superUser, asked).catch(() => -4);
    log(`  ${JSON.stringify(asked)}: ${err}`);
    if (err === 0) return;
    // Not in sync yet, another one under way, a member that was lost: all pass.
    if (![-4, -13, -14, -112].includes(err))
      throw new Error(`${JSON.stringify(asked)} was refused with ${err}`);
    if (Date.now() > deadline) throw new Error(`${JSON.stringify(asked)} was refused with ${err} for 30 s`);
    await pause(200);
  }
}

/** Each answers false where it does not fit the ensemble as it is. */
const steps: Readonly<Record<string, () => Promise<boolean>>> = {
  async join() {
    if (ensemble.places.length >= membersMax) return false;
    const place = await newPlace();
    await place.launch();
    await pause(random() * 1500);
    await change({ joining: `server.${place.sid}=${lineOf(place)}` });
    await place.serving();
    ensemble.places = [...ensemble.places, place];
    return true;
  },
  async leave() {
    if (voters().length < 3) return false;
    const place = pick(ensemble.places);
    await leave(place);
    return true;
  },
  async leaderLeaves() {
    const { leader } = await ensemble.leaderAndFollowers();
    if (leader === undefined || voters().length < 3) return false;
    await leave(leader);
    return true;
  },
  async observe() {
    if (voters().length < 3) return false;
    await changeRole(pick(voters()), true);
    return true;
  },
  async vote() {
    const observers = ensemble.places.filter(({ sid }) => lines.get(sid)?.isObserver === true);
    if (observers.length === 0) return false;
    await changeRole(pick(observers), false);
    return true;
  },
  async movePorts() {
    if (ensemble.places.length < 3) return false;
    const place = pick(ensemble.places);
    const line = lines.get(place.sid);
    if (line === undefined) return false;
    line.quorumPort = await freePort();
    line.electionPort = await freePort();
    await change({ joining: `server.${place.sid}=${lineOf(place)}` });
    return true;
  },
  async whole() {
    const all = ensemble.places.map((place) => `server.${place.sid}=${lineOf(place)}`);
    await change({ newMembers: all.join("\n") });
    return true;
  },
  async killInTheMiddle() {
    if (voters().length < 3) return false;
    const place = pick(ensemble.places);
    const changing = steps["whole"]();
    await pause(random() * 30);
    await place.server?.kill();
    await pause(random() * 500);
    await place.launch();
    await changing;
    return true;
  },
};

function voters(): Place[] {
  return ensemble.places.filter(({ sid }) => lines.get(sid)?.isObserver === false);
}

async function leave(place: Place): Promise<void> {
  ensemble.places = ensemble.places.filter((other) => other !== place);
  await change({ leaving: String(place.sid) });
  await pause(random() * 500);
  await place.server?.stop();
}

async function changeRole(place: Place, isObserver: boolean): Promise<void> {
  const line = lines.get(place.sid);
  if (line === undefined) return;
  line.isObserver = isObserver;
  await change({ joining: `server.${place.sid}=${lineOf(place)}` });
}

/** Every member shows the configuration that was asked for. */
async function requireOneConfig(): Promise<void> {
  const deadline = Date.now() + 20_000;
  const expected = ensemble.places.map((place) => `server.${place.sid}=${lineOf(place)}`).sort();
  for (;;) {
    const texts = [];
    for (const { port } of ensemble.places) texts.push(await configOf(port));
    const shown = (texts[0] ?? "")
      .split("\n")
      .filter((line) => line.startsWith("server."))
      .sort();
    // The order of its lines is each server's own, as among servers of Apache.
    const sorted = texts.map((text) => text.split("\n").sort().join("\n"));
    if (new Set(sorted).size === 1 && shown.join() === expected.join()) return;
    if (Date.now() > deadline)
      throw new Error(
        `configurations differ; expected:\n${expected.join("\n")}\nshown:\n${texts.join("\n--\n")}`,
      );
    await pause(200);
  }
}

let passed = 0;
let failed = 0;
const counts = new Map<string, number>();
process.stdout.write(`seed ${seed}, kinds ${kinds.join(" ")}\n`);
try {
  const first = await newPlace();
  await first.launch();
  await first.serving();
  ensemble.places = [first];
  for (let number = 0; number < roundsMax && Date.now() < endMs && failed === 0; number++) {
    let name = "join";
    try {
      await ensemble.whileWriting(async () => {
        for (;;) {
          name = ensemble.places.length < 3 ? "join" : pick(Object.keys(steps));
          log(
            `round ${number}: ${name} with ${ensemble.places.map(({ sid, kind }) => `${sid} ${kind}`).join(", ")}`,
          );
          if (await steps[name]()) return;
        }
      });
      await requireOneConfig();
      counts.set(name, (counts.get(name) ?? 0) + 1);
      passed++;
    } catch (error) {
      failed++;
      process.stdout.write(
        `FAIL round ${number}, ${name}, seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n` +
          `folder kept: ${folder}\n`,
      );
    }
  }
} finally {
  for (const place of ensemble.places) await place.server?.kill();
}
process.stdout.write(`${[...counts].map(([name, count]) => `${name} ${count}`).join(", ")}\n`);
process.stdout.write(`${ensemble.ackedCount} writes acknowledged\n${passed} passed, ${failed} failed\n`);
if (failed === 0) rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
