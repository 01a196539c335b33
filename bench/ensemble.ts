// Three servers of ours and three of Apache's in turns: cold start, failover when the leader is killed with -9, and a
// follower that comes back 50,000 transactions behind: npm run bench:ensemble -- [--rounds 3] [--behind 50000] [--servers zabra,apache]
import { parseArgs } from "node:util";
import type { Place } from "../compat/ensemble/members.ts";
import { createBody, RawClient } from "../test/support/rawClient.ts";
import { LoadClient } from "../src/shell/load/loadClient.ts";
import { setRequest } from "../src/shell/load/loadWorks.ts";
import { median, printTable } from "./table.ts";
import { leaderOf, withThreeServers } from "./threeServers.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    behind: { type: "string", default: "50000" },
    servers: { type: "string", default: "zabra,apache" },
  },
});
const names = values.servers.split(",");
const behind = Number(values.behind);
const createType = 1;
const openFlags = 0;
const data = Buffer.alloc(100, 0x64);
const retryMs = 2;
const attemptMs = 1000;

const rows = {
  "cold start to the first acknowledged write": new Map<string, number[]>(),
  "kill -9 of the leader to the next acknowledged write": new Map<string, number[]>(),
  "kill -9 of a follower to the next acknowledged write of its client": new Map<string, number[]>(),
  [`launch of a follower ${behind} transactions behind, to serving`]: new Map<string, number[]>(),
};
const [coldStart, leaderGone, followerGone, catchUp] = Object.values(rows);

function note(row: Map<string, number[]>, name: string, ms: number): void {
  row.set(name, [...(row.get(name) ?? []), ms]);
}

let made = 0;

/** One attempt; rejects or answers false where the server does not serve. */
async function written(port: number): Promise<boolean> {
  const client = await RawClient.open(port);
  // A server of Apache now and then loses the ConnectRequest of a client that comes while it starts.
  const late = setTimeout(() => client.close(), attemptMs);
  try {
    if (!(await client.connect(10_000))) return false;
    const { err } = await client.ask(1, createType, createBody(`/n${made++}`, data, openFlags));
    return err === 0;
  } finally {
    clearTimeout(late);
    client.close();
  }
}

/** Until one of these has acknowledged a write; ms since `startMs`. */
async function untilWritten(places: readonly Place[], startMs: number): Promise<number> {
  let doneMs = 0;
  await Promise.race(
    places.map(async ({ port }) => {
      while (doneMs === 0) {
        if (await written(port).catch(() => false)) doneMs ||= performance.now() - startMs;
        else await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }),
  );
  return doneMs;
}

/** So many sets, acknowledged. */
async function fill(port: number, count: number): Promise<void> {
  const client = await LoadClient.open({ host: "127.0.0.1", port });
  const request = setRequest("/filled", data);
  await client.run({ request: () => request, outstanding: 256, count });
  client.drop();
}

async function round(name: string, places: readonly Place[]): Promise<void> {
  const startMs = performance.now();
  await Promise.all(places.map((place) => place.launch()));
  note(coldStart, name, await untilWritten(places, startMs));
  await leaderOf(places);
  const setup = await RawClient.open(places[0].port);
  await setup.connect(10_000);
  await setup.ask(1, createType, createBody("/filled", data, openFlags));
  setup.close();

  let leader = await leaderOf(places);
  let others = places.filter((place) => place !== leader);
  let killedMs = performance.now();
  await leader.server?.kill();
  note(leaderGone, name, await untilWritten(others, killedMs));
  await leader.launch();

  leader = await leaderOf(places);
  const follower = places.filter((place) => place !== leader)[0];
  killedMs = performance.now();
  await follower.server?.kill();
  others = places.filter((place) => place !== follower);
  note(followerGone, name, await untilWritten(others, killedMs));
  await fill(leader.port, behind);
  const launchedMs = performance.now();
  await follower.launch();
  note(catchUp, name, await untilWritten([follower], launchedMs));
}

for (let i = 0; i < Number(values.rounds); i++)
  for (const name of names) await withThreeServers(name, (places) => round(name, places));

printTable([
  ["three servers, ms", ...names, "ratio"],
  ...Object.entries(rows).map(([what, timesByName]) => {
    const medians = names.map((name) => median(timesByName.get(name) ?? []));
    const ratio = medians.length === 2 ? (medians[0] / medians[1]).toFixed(2) : "";
    return [what, ...medians.map((ms) => Math.round(ms)), ratio];
  }),
]);
process.exit(0);
