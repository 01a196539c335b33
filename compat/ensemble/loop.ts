/**
 * Three servers under load, of ours, of Apache's or of both, and faults from a seed: the leader or a follower killed,
 * all of them killed, one paused, one after the other restarted, also as the other implementation on the same folder.
 * After each round all members must show one tree, in which everything is that was acknowledged, no session may be
 * lost, and nobody may have found a digest that does not fit.
 *
 *   npm run loop:ensemble -- [--seconds 60] [--rounds N] [--seed N] [--members zabra,zabra,apache] [--migrate]
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../folders/launched.ts";
import { seeded } from "../folders/roundSettings.ts";
import { LoadedEnsemble, pause, Place } from "./members.ts";
import { runRounds } from "./rounds.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    rounds: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    members: { type: "string", default: "zabra,zabra,zabra" },
    migrate: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const kinds = values.members.split(",");
const roundsMax = Number(values.rounds ?? Infinity);
const endMs = Date.now() + Number(values.seconds ?? (values.rounds === undefined ? 60 : Infinity)) * 1000;
const seed = Number(values.seed);
const random = seeded(seed);
const folder = mkdtempSync(join(tmpdir(), "zabra-ensemble-loop-"));
const places = kinds.map((kind, i) => new Place(folder, i + 1, kind));

function log(message: string): void {
  if (values.verbose) process.stdout.write(`${message}\n`);
}

const ensemble = new LoadedEnsemble(places, random, log);

/** The server comes back, with --migrate maybe as one of the other kind. */
async function back(place: Place): Promise<void> {
  if (values.migrate && random() < 0.5) place.kind = place.kind === "zabra" ? "apache" : "zabra";
  await place.launch();
}

const faults: Readonly<Record<string, () => Promise<void>>> = {
  async killLeader() {
    const { leader } = await ensemble.leaderAndFollowers();
    if (leader === undefined) return;
    await leader.server?.kill();
    await pause(random() * 1500);
    await back(leader);
  },
  async killFollower() {
    const { followers } = await ensemble.leaderAndFollowers();
    const follower = followers[Math.floor(random() * followers.length)];
    if (follower === undefined) return;
    await follower.server?.kill();
    await pause(random() * 2000);
    await back(follower);
  },
  async killAll() {
    for (const place of places) await place.server?.kill();
    await Promise.all(places.map((place) => back(place)));
  },
  async killTwo() {
    const [one, other] = [...places].sort(() => random() - 0.5);
    await Promise.all([one.server?.kill(), other.server?.kill()]);
    await pause(random() * 1500);
    await Promise.all([back(one), back(other)]);
  },
  async pauseLeader() {
    const { leader } = await ensemble.leaderAndFollowers();
    await leader?.server?.pause(500 + random() * 6000);
  },
  async pauseFollower() {
    const { followers } = await ensemble.leaderAndFollowers();
    await followers[0]?.server?.pause(500 + random() * 6000);
  },
  async rollingRestart() {
    for (const place of places) {
      await place.server?.stop();
      await back(place);
      await place.serving();
      await pause(300);
    }
  },
};

async function round(number: number): Promise<string> {
  const names = Object.keys(faults);
  const name = names[Math.floor(random() * names.length)];
  await ensemble.whileWriting(async () => {
    log(`round ${number}: ${name}`);
    await faults[name]();
  });
  return name;
}

const servers: Record<string, string> = {};
for (const place of places)
  servers[`server.${place.sid}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
for (const place of places) await place.prepare(servers);
const title = (): string =>
  `seed ${seed}, members ${places.map(({ kind }) => kind).join(" ")}${values.migrate ? ", migrating" : ""}`;
await runRounds({ ensemble, folder, title, round, roundsMax, endMs });
