/**
 * Servers on machines of their own under load, and links between them that swallow what goes over them, from a seed: the
 * leader or a follower is alone, is not heard or does not hear, two do not hear each other, nobody hears anybody, and all
 * that again and again. Clients reach every server all the time. After each round all links are whole, and all members
 * must show one tree, in which everything is that was acknowledged; no session may be lost, and nobody may have found a
 * digest that does not fit.
 *
 *   npm run loop:partitions -- [--seconds 60] [--rounds N] [--seed N] [--members zabra,apache,zabra] [--verbose]
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../folders/launched.ts";
import { seeded } from "../folders/roundSettings.ts";
import { LoadedEnsemble, pause, Place } from "./members.ts";
import { addressOf, enterNamespace, Machines } from "./namespaces.ts";
import { runRounds } from "./rounds.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    rounds: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    members: { type: "string", default: "zabra,zabra,zabra" },
    verbose: { type: "boolean", default: false },
  },
});

enterNamespace();
const roundsMax = Number(values.rounds ?? Infinity);
const endMs = Date.now() + Number(values.seconds ?? (values.rounds === undefined ? 60 : Infinity)) * 1000;
const seed = Number(values.seed);
const random = seeded(seed);
const folder = mkdtempSync(join(tmpdir(), "zabra-partitions-"));
const places = values.members.split(",").map((kind, i) => new Place(folder, i + 1, kind));
const sids = places.map(({ sid }) => sid);
const machines = new Machines(sids);
const log = (message: string): void => void (values.verbose && process.stdout.write(`${message}\n`));
const ensemble = new LoadedEnsemble(places, random, log);

function anyOf<T>(some: readonly T[]): T {
  return some[Math.floor(random() * some.length)];
}

/** Which links are cut, of a leader and those that follow it. */
const partitions: Readonly<Record<string, (leader: number, followers: readonly number[]) => void>> = {
  leaderAlone: (leader) => machines.isolate([leader]),
  followerAlone: (_, followers) => machines.isolate([anyOf(followers)]),
  leaderUnheard: (leader, followers) => followers.forEach((sid) => machines.cut(leader, sid)),
  leaderDeaf: (leader, followers) => followers.forEach((sid) => machines.cut(sid, leader)),
  followerUnheard: (leader, followers) => machines.cut(anyOf(followers), leader),
  followerDeaf: (leader, followers) => machines.cut(leader, anyOf(followers)),
  bridge: () => {
    const [one, other] = [...sids].sort(() => random() - 0.5);
    machines.cut(one, other);
    machines.cut(other, one);
  },
  allAlone: () => sids.forEach((sid) => machines.isolate([sid])),
};

async function cutOnce(name: string): Promise<void> {
  const { leader, followers } = await ensemble.leaderAndFollowers();
  if (leader === undefined || followers.length === 0) return;
  partitions[name](
    leader.sid,
    followers.map(({ sid }) => sid),
  );
}

async function round(number: number): Promise<string> {
  const name = anyOf(Object.keys(partitions));
  const isFlapping = random() < 0.2;
  await ensemble.whileWriting(async () => {
    log(`round ${number}: ${name}${isFlapping ? ", flapping" : ""}`);
    for (let count = isFlapping ? 8 : 1; count > 0; count--) {
      await cutOnce(name);
      await pause(random() * (isFlapping ? 1000 : 9000));
      machines.heal();
      await pause(random() * 1000);
    }
  });
  return name;
}

const keys: Record<string, string> = {};
for (const sid of sids) keys[`server.${sid}`] = `${addressOf(sid)}:${await freePort()}:${await freePort()}`;
for (const place of places) {
  await place.prepare({ ...keys, clientPortAddress: addressOf(place.sid) });
  await machines.forward(place.port, place.sid);
  place.prefix = machines.prefixOf(place.sid);
}
const title = (): string => `seed ${seed}, members ${values.members}`;
await runRounds({ ensemble, folder, title, round, roundsMax, endMs });
