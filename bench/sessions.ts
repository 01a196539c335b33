// Sessions and memory, ours, Apache's and the floor in turns: connections that come and go, one change to many watchers,
// idle sessions, many znodes: npm run bench:sessions -- [--rounds 3] [--servers zabra,apache,floor] [--nodes 200000]
// [churn watchers idle nodes]
import { parseArgs } from "node:util";
import { OpCode } from "../protocol/opcodes.ts";
import { GetDataRequest } from "../protocol/records/client.ts";
import { LoadClient } from "../src/shell/load/loadClient.ts";
import { anyBody, LoadRequest } from "../src/shell/load/loadRequest.ts";
import { createRequest, setRequest } from "../src/shell/load/loadWorks.ts";
import { Folder, memoryMbOf, serverNames, ServerProcess, type ServerName } from "./serverProcess.ts";
import { median, printTable } from "./table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    servers: { type: "string", default: "zabra,apache,floor" },
    nodes: { type: "string", default: "200000" },
  },
});
const names = serverNames(values.servers);
const nodes = Number(values.nodes);
const data = new Uint8Array(100).fill(0x64);
const watchers = 1000;
const watchersPerSession = 10;
const changes = 20;
const idleSessions = 5000;
const churners = 16;
const churnMs = 4000;
const nodesPerParent = 1000;

/** Sessions opened and closed a second, by so many clients at once. */
async function churn({ address }: ServerProcess): Promise<number> {
  let count = 0;
  const one = async (untilMs: number): Promise<void> => {
    while (performance.now() < untilMs) {
      const client = await LoadClient.open(address).catch(() => null);
      await client?.close();
      if (client === null) process.stderr.write("a session that never came\n");
      else count++;
    }
  };
  const all = async (ms: number): Promise<void> => {
    const untilMs = performance.now() + ms;
    await Promise.all(Array.from({ length: churners }, () => one(untilMs)));
  };
  await all(churnMs / 2);
  count = 0;
  const startMs = performance.now();
  await all(churnMs);
  return count / ((performance.now() - startMs) / 1000);
}

/** From one change to the last of a thousand notifications, ms: the median of several. */
async function oneChange({ address, client }: ServerProcess): Promise<number> {
  const paths = Array.from({ length: watchersPerSession }, (_, index) => `/watched${index}`);
  for (const path of paths) await client.ask(createRequest(path, data));
  const sessions = await Promise.all(Array.from({ length: watchers }, () => LoadClient.open(address)));
  const watch = LoadRequest.of(
    "getData",
    OpCode.getData,
    GetDataRequest,
    { path: paths[0], watch: true },
    anyBody,
  );
  const timesMs: number[] = [];
  for (let change = 0; change < changes; change++) {
    await Promise.all(sessions.map((session) => session.ask(watch)));
    const startMs = performance.now();
    const last = new Promise<void>((resolve) => {
      let left = sessions.length;
      for (const session of sessions)
        session.onEvent = (): void => {
          if (--left === 0) resolve();
        };
    });
    await client.ask(setRequest(paths[0], data));
    await last;
    timesMs.push(performance.now() - startMs);
  }
  for (const session of sessions) session.drop();
  return median(timesMs);
}

/** MB that so many sessions take which say nothing. */
async function idle({ address, pid }: ServerProcess): Promise<number> {
  const sessions: LoadClient[] = [];
  while (sessions.length < idleSessions) {
    const more = Array.from({ length: 100 }, () => LoadClient.open(address));
    sessions.push(...(await Promise.all(more)));
  }
  const mb = memoryMbOf(pid, "VmRSS");
  for (const session of sessions) session.drop();
  return mb;
}

/** MB with so many znodes of 100 bytes. */
async function manyNodes({ client, pid }: ServerProcess): Promise<number> {
  const request = (index: number): LoadRequest =>
    index % (nodesPerParent + 1) === 0
      ? createRequest(`/p${index / (nodesPerParent + 1)}`, data)
      : createRequest(`/p${Math.floor(index / (nodesPerParent + 1))}/n${index % (nodesPerParent + 1)}`, data);
  await client.run({
    request,
    outstanding: 500,
    count: Math.ceil((nodes * (nodesPerParent + 1)) / nodesPerParent),
  });
  return memoryMbOf(pid, "VmRSS");
}

interface Part {
  readonly title: string;
  readonly floorToo: boolean;
  readonly measure: (server: ServerProcess) => Promise<number>;
}
const parts: Readonly<Record<string, Part>> = {
  churn: {
    title: `sessions opened and closed a second, ${churners} at once`,
    floorToo: true,
    measure: churn,
  },
  watchers: {
    title: `one change to the last of ${watchers} watchers, ms`,
    floorToo: false,
    measure: oneChange,
  },
  idle: { title: `${idleSessions} idle sessions, MB`, floorToo: false, measure: idle },
  nodes: { title: `${nodes} znodes of 100 B, MB`, floorToo: false, measure: manyNodes },
};
const chosen = Object.entries(parts).filter(([key]) => positionals.length === 0 || positionals.includes(key));
const results = new Map<string, number[]>();

for (let round = 0; round < Number(values.rounds); round++) {
  for (const name of names) {
    for (const [key, { floorToo, measure }] of chosen) {
      if (name === "floor" && !floorToo) continue;
      const folder = new Folder();
      const server = await ServerProcess.start(name, folder);
      const at = `${key} ${name}`;
      results.set(at, [...(results.get(at) ?? []), await measure(server)]);
      await server.stop("SIGKILL");
      folder.remove();
    }
    process.stderr.write(`round ${round + 1}: ${name} done\n`);
  }
}

function ratio(key: string, other: ServerName): string {
  const [ours, theirs] = [results.get(`${key} zabra`), results.get(`${key} ${other}`)];
  if (ours === undefined || theirs === undefined) return "";
  return (median(ours) / median(theirs)).toFixed(2);
}

printTable([
  ["", ...names, "ours / Apache", "ours / floor"],
  ...chosen.map(([key, { title }]) => [
    title,
    ...names.map((name) => {
      const all = results.get(`${key} ${name}`);
      return all === undefined ? "" : median(all);
    }),
    ratio(key, "apache"),
    ratio(key, "floor"),
  ]),
]);
process.exit(0);
