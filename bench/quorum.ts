// Three servers under load, ours and Apache's in turns: durable writes through the leader and through a follower, reads
// over all three, and the processor time of the three: npm run bench:quorum -- [--seconds 3] [--rounds 2]
// [--servers zabra,apache]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Place } from "../compat/ensemble/members.ts";
import { freePort } from "../compat/folders/launched.ts";
import { LoadRun, type LoadResult } from "../src/shell/load/loadRun.ts";
import type { Work } from "../src/shell/load/loadWorks.ts";
import { cpuSecondsOf } from "./serverProcess.ts";
import { median, printTable } from "./table.ts";

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

async function leaderAndFollowers(places: readonly Place[]): Promise<[Place, Place[]]> {
  for (;;) {
    const modes = await Promise.all(places.map((place) => place.mode()));
    const leader = modes.indexOf("leader");
    if (leader >= 0 && modes.every((mode) => mode === "leader" || mode === "follower"))
      return [places[leader], places.filter((place) => place !== places[leader])];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function cpuSeconds(places: readonly Place[]): number {
  return places.reduce((sum, { server }) => sum + cpuSecondsOf(server?.pid ?? 0), 0);
}

async function measure(places: readonly Place[], name: string, row: Row): Promise<void> {
  const [leader, followers] = await leaderAndFollowers(places);
  const asked = { leader: [leader], follower: [followers[0]], all: places }[row.at];
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

async function round(name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "zabra-bench-quorum-"));
  const places = [1, 2, 3].map((sid) => new Place(folder, sid, name));
  const keys: Record<string, string> = {
    tickTime: "2000",
    initLimit: "10",
    syncLimit: "5",
    snapCount: "100000",
    preAllocSize: "65536",
  };
  for (const { sid } of places) keys[`server.${sid}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
  for (const place of places) await place.prepare(keys);
  try {
    await Promise.all(places.map((place) => place.launch()));
    for (const row of rows) await measure(places, name, row);
  } finally {
    for (const place of places) await place.server?.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (let i = 0; i < Number(values.rounds); i++) {
  for (const name of names) {
    await round(name);
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
