// What clients do most, ours, Apache's and the floor in turns: npm run bench:works -- [--seconds 3] [--rounds 3]
// [--servers zabra,apache,floor] [get-64x16 ...]
import { parseArgs } from "node:util";
import { LoadRun, type LoadResult } from "../src/shell/load/loadRun.ts";
import type { Work } from "../src/shell/load/loadWorks.ts";
import { cpuSecondsOf, Folder, serverNames, ServerProcess, type ServerName } from "./serverProcess.ts";
import { median, printTable } from "./table.ts";

interface Row {
  readonly work: Work;
  readonly connections: number;
  readonly outstanding: number;
  readonly bytes: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    servers: { type: "string", default: "zabra,apache,floor" },
  },
});
const seconds = Number(values.seconds);
const names = serverNames(values.servers);
const warmUpSeconds = Math.min(2, seconds);
const shapes: readonly (readonly [connections: number, outstanding: number, bytes: number, ...Work[]])[] = [
  [64, 16, 100, "get", "exists", "children", "set", "create", "mix"],
  [64, 16, 1024, "set", "create"],
  [64, 4, 100, "multi"],
  [1, 1, 100, "get", "exists", "children", "set", "create"],
  [16, 1, 100, "get", "set"],
];
const rows: readonly Row[] = shapes
  .flatMap(([connections, outstanding, bytes, ...works]) =>
    works.map((work) => ({ work, connections, outstanding, bytes })),
  )
  .filter((row) => positionals.length === 0 || positionals.some((word) => nameOf(row).includes(word)));

function nameOf({ work, connections, outstanding, bytes }: Row): string {
  return `${work}-${connections}x${outstanding}-${bytes}B`;
}

interface Measured extends LoadResult {
  /** Processor time of the server for each request, microseconds. */
  readonly cpuUs: number;
}

const results = new Map<string, Measured[]>();

async function measure(server: ServerProcess, name: ServerName, row: Row): Promise<void> {
  const { connections, outstanding, bytes } = row;
  const root = `/bench-${nameOf(row)}`;
  const plan = { servers: [server.address], connections, outstanding, bytes, root, seconds };
  const run = await LoadRun.begin(plan);
  // Compilers at run time need a moment before their speed is what it stays.
  await run.measure(row.work, warmUpSeconds);
  const cpuBefore = cpuSecondsOf(server.pid);
  const result = await run.measure(row.work);
  const cpuUs = ((cpuSecondsOf(server.pid) - cpuBefore) * 1e6) / result.requests;
  const key = `${nameOf(row)} ${name}`;
  results.set(key, [...(results.get(key) ?? []), { ...result, cpuUs }]);
  run.drop();
}

for (let round = 0; round < Number(values.rounds); round++) {
  for (const name of names) {
    const folder = new Folder();
    const server = await ServerProcess.start(name, folder);
    for (const row of rows) await measure(server, name, row);
    await server.stop("SIGKILL");
    folder.remove();
    process.stderr.write(`round ${round + 1}: ${name} done\n`);
  }
}

function cellsOf(all: readonly Measured[]): string[] {
  const speeds = all.map(({ perSecond }) => perSecond);
  const of = (field: (one: Measured) => number): string => median(all.map(field)).toPrecision(3);
  return [
    Math.round(median(speeds)).toLocaleString("en"),
    `${Math.round(Math.min(...speeds)).toLocaleString("en")}-${Math.round(Math.max(...speeds)).toLocaleString("en")}`,
    of(({ latencies }) => latencies.quantileMs(0.5)),
    of(({ latencies }) => latencies.quantileMs(0.99)),
    of(({ latencies }) => latencies.maxMs),
    of(({ cpuUs }) => cpuUs),
    `${Math.round(median(all.map(({ generatorCpu }) => generatorCpu * 100)))}%`,
  ];
}

/** Median of ours over that of another, where both were measured. */
function ratio(row: Row, other: ServerName, field: (one: Measured) => number): string {
  const ours = results.get(`${nameOf(row)} zabra`);
  const theirs = results.get(`${nameOf(row)} ${other}`);
  if (ours === undefined || theirs === undefined || other === "zabra") return "";
  return (median(ours.map(field)) / median(theirs.map(field))).toFixed(2);
}

const table = [["work", "server", "per s", "spread", "p50 ms", "p99 ms", "max ms", "CPU us", "generator"]];
for (const row of rows)
  for (const name of names)
    table.push([nameOf(row), name, ...cellsOf(results.get(`${nameOf(row)} ${name}`) ?? [])]);
printTable(table);
process.stdout.write("\n");
printTable([
  ["ours over", "Apache: per s", "p50", "p99", "CPU", "floor: per s", "p50"],
  ...rows.map((row) => [
    nameOf(row),
    ratio(row, "apache", ({ perSecond }) => perSecond),
    ratio(row, "apache", ({ latencies }) => latencies.quantileMs(0.5)),
    ratio(row, "apache", ({ latencies }) => latencies.quantileMs(0.99)),
    ratio(row, "apache", ({ cpuUs }) => cpuUs),
    ratio(row, "floor", ({ perSecond }) => perSecond),
    ratio(row, "floor", ({ latencies }) => latencies.quantileMs(0.5)),
  ]),
]);
process.exit(0);
