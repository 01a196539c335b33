// Three servers under load, ours and Apache's in turns: durable writes through the leader and through a follower, reads
// over all three, and the processor time of the three: npm run bench:quorum -- [--seconds 3] [--rounds 2]
// [--servers zabra,apache]
import { parseArgs } from "node:util";
import type { Place } from "../compat/ensemble/members.ts";
import { LoadRun, type LoadResult } from "../src/shell/load/loadRun.ts";
import type { Work } from "../src/shell/load/loadWorks.ts";
import { cpuSecondsOf } from "./serverProcess.ts";
import { median, printTable } from "./table.ts";
import { leaderOf, withThreeServers } from "./threeServers.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "2" },
    servers: { type: "string", default: "zabra,apache" },
  },
});
const seconds = Number(values.seconds);
const names = values.servers.split(",");
const warmUpSeconds = Math.min(2, seconds);
// The launcher's own choice of JVM flags is for a quick start, not for speed.
process.env["APACHE_JVM"] ??= "-Xmx1g";

interface Row {
  readonly work: Work;
  readonly at: "leader" | "follower" | "all";
  readonly connections: number;
  readonly outstanding: number;
}
const rows: readonly Row[] = [
  { work: "set", at: "leader", connections: 64, outstanding: 16 },
  { work: "set", at: "follower", connections: 64, outstanding: 16 },
  { work: "create", at: "leader", connections: 64, outstanding: 16 },
  { work: "get", at: "all", connections: 64, outstanding: 16 },
  { work: "set", at: "leader", connections: 256, outstanding: 1 },
  { work: "set", at: "leader", connections: 16, outstanding: 1 },
  { work: "set", at: "leader", connections: 1, outstanding: 1 },
  { work: "set", at: "follower", connections: 1, outstanding: 1 },
];

interface Measured extends LoadResult {
  /** Of all three for each request, microseconds. */
  readonly cpuUs: number;
}
const results = new Map<string, Measured[]>();

function nameOf({ work, at, connections, outstanding }: Row): string {
  return `${work} ${connections}x${outstanding}, ${at}`;
}

function cpuSeconds(places: readonly Place[]): number {
  return places.reduce((sum, { server }) => sum + cpuSecondsOf(server?.pid ?? 0), 0);
}

async function measure(places: readonly Place[], name: string, row: Row): Promise<void> {
  const leader = await leaderOf(places);
  const follower = places[places[0] === leader ? 1 : 0];
  const asked = { leader: [leader], follower: [follower], all: places }[row.at];
  const { connections, outstanding } = row;
  const run = await LoadRun.begin({
    servers: asked.map(({ port }) => ({ host: "127.0.0.1", port })),
    connections,
    outstanding,
    bytes: 100,
    seconds,
    root: `/bench-${rows.indexOf(row)}`,
  });
  await run.measure(row.work, warmUpSeconds);
  const before = cpuSeconds(places);
  const result = await run.measure(row.work);
  const cpuUs = ((cpuSeconds(places) - before) * 1e6) / result.requests;
  const key = `${nameOf(row)} ${name}`;
  results.set(key, [...(results.get(key) ?? []), { ...result, cpuUs }]);
  run.drop();
}

for (let i = 0; i < Number(values.rounds); i++) {
  for (const name of names) {
    await withThreeServers(name, async (places) => {
      await Promise.all(places.map((place) => place.launch()));
      for (const row of rows) await measure(places, name, row);
    });
    process.stderr.write(`round ${i + 1}: ${name} done\n`);
  }
}

function cell(row: Row, name: string, field: (one: Measured) => number): number {
  return median((results.get(`${nameOf(row)} ${name}`) ?? []).map(field));
}

const fields: readonly (readonly [string, (one: Measured) => number])[] = [
  ["per s", ({ perSecond }) => perSecond],
  ["p50 ms", ({ latencies }) => latencies.quantileMs(0.5)],
  ["p99 ms", ({ latencies }) => latencies.quantileMs(0.99)],
  ["CPU us", ({ cpuUs }) => cpuUs],
];
printTable([
  ["three servers", ...names.flatMap((name) => fields.map(([title]) => `${name}: ${title}`)), "ratio", "CPU"],
  ...rows.map((row) => [
    nameOf(row),
    ...names.flatMap((name) => fields.map(([, field]) => cell(row, name, field))),
    ...[fields[0], fields[3]].map(([, field]) =>
      names.length === 2 ? (cell(row, names[0], field) / cell(row, names[1], field)).toFixed(2) : "",
    ),
  ]),
]);
process.exit(0);
