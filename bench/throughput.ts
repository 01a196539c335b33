// Requests a second, ours and Apache's in turns: npm run bench -- [--seconds 5] [--turns 2] [--servers zabra,apache]
import { parseArgs } from "node:util";
import { createFrame, getFrame, LoadClient, setFrame } from "./loadClient.ts";
import { Folder, ServerProcess, type ServerName } from "./serverProcess.ts";
import { median, printTable } from "./table.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    turns: { type: "string", default: "2" },
    servers: { type: "string", default: "zabra,apache" },
  },
});
const seconds = Number(values.seconds);
const names = values.servers
  .split(",")
  .filter((name): name is ServerName => name === "zabra" || name === "apache");
const data = Buffer.alloc(100, 0x64);

interface Workload {
  readonly name: string;
  readonly connections: number;
  readonly outstanding: number;
  readonly request: (connection: number) => Buffer;
}

const kinds = {
  get: (connection: number) => getFrame(`/bench/c${connection}`),
  set: (connection: number) => setFrame(`/bench/c${connection}`, data),
  // A sequential node: every request makes another one.
  create: (connection: number) => createFrame(`/bench/c${connection}/n-`, data, 2),
};
const workloads: Workload[] = Object.entries(kinds).flatMap(([kind, request]) => [
  { name: kind, connections: 64, outstanding: 16, request },
  { name: kind, connections: 1, outstanding: 1, request },
]);

async function run(
  port: number,
  { connections, outstanding, request }: Workload,
  runSeconds: number,
): Promise<number> {
  const clients = await Promise.all(Array.from({ length: connections }, () => LoadClient.open(port)));
  const startMs = performance.now();
  const endMs = startMs + runSeconds * 1000;
  const counts = await Promise.all(
    clients.map((client, index) => client.repeat(request(index), outstanding, endMs)),
  );
  const perSecond = counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - startMs) / 1000);
  for (const client of clients) client.close();
  return perSecond;
}

const results = new Map<string, number[]>();
for (let turn = 0; turn < Number(values.turns); turn++) {
  for (const name of names) {
    const folder = new Folder();
    const server = await ServerProcess.start(name, folder);
    await server.client.ask(createFrame("/bench", data));
    for (let index = 0; index < 64; index++) await server.client.ask(createFrame(`/bench/c${index}`, data));
    // Compilers at run time need a moment before their speed is what it stays.
    for (const workload of workloads)
      if (workload.connections > 1) await run(server.port, workload, Math.min(2, seconds));
    for (const workload of workloads) {
      const key = `${workload.name} ${workload.connections}x${workload.outstanding} ${name}`;
      const perSecond = await run(server.port, workload, seconds);
      results.set(key, [...(results.get(key) ?? []), perSecond]);
    }
    await server.stop("SIGKILL");
    folder.remove();
  }
}

const rows: (string | number)[][] = [
  ["requests a second", ...names, ...(names.length > 1 ? ["ratio"] : []), "ours, ms each"],
];
for (const { name, connections, outstanding } of workloads) {
  const speeds = names.map((server) =>
    median(results.get(`${name} ${connections}x${outstanding} ${server}`) ?? []),
  );
  const ratio = names.length > 1 ? [speeds[0] / speeds[1]] : [];
  rows.push([
    `${name} ${connections}x${outstanding}`,
    ...speeds,
    ...ratio,
    (1000 * connections * outstanding) / speeds[0],
  ]);
}
printTable(rows);
