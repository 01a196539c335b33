// Many znodes of 100 bytes: made, snapshotted and loaded again, while other clients measure how long they are kept
// waiting: npm run bench:million -- [--nodes 1000000] [--server zabra|apache]
import { parseArgs } from "node:util";
import { createRequest, setRequest } from "../src/shell/load/loadWorks.ts";
import { Probe, type ProbeResult } from "./probeProcess.ts";
import { commands, Folder, ServerProcess, type ServerName } from "./serverProcess.ts";
import { printTable } from "./table.ts";

const nodesPerParent = 1000;
const outstanding = 500;
const writesPerSnapshot = 1000;
const data = Buffer.alloc(100, 0x64);
const { values } = parseArgs({
  options: { nodes: { type: "string", default: "1000000" }, server: { type: "string", default: "zabra" } },
});
const nodes = Number(values.nodes);
const name = Object.keys(commands).find((one): one is ServerName => one === values.server) ?? "zabra";
const rows: (string | number)[][] = [["", "value", "unit"]];

/** Waits of a reader and of a writer while something else goes on. */
async function measured(what: string, port: number, work: () => Promise<void>): Promise<void> {
  process.stderr.write(`${what} ...\n`);
  const probes = [await Probe.start(port, "/probe", "get"), await Probe.start(port, "/probe", "set")];
  await work();
  const results: ProbeResult[] = [];
  for (const probe of probes) results.push(await probe.take());
  for (const probe of probes) probe.stop();
  ["reader", "writer"].forEach((who, index) => {
    rows.push([`${what}: longest wait of a ${who}`, results[index].maxMs, "ms"]);
    rows.push([`${what}: p99 of a ${who}`, results[index].p99Ms, "ms"]);
  });
}

/** Waits for a snapshot that was not there before. */
async function newSnapshot(at: Folder, known: readonly string[]): Promise<void> {
  const endMs = performance.now() + 300_000;
  while (at.snapshots.every((snapshot) => known.includes(snapshot))) {
    if (performance.now() > endMs) throw new Error("no snapshot was written within five minutes");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function makeNodes(server: ServerProcess): Promise<void> {
  const { client } = server;
  await client.ask(createRequest("/probe", data));
  const parents = Math.ceil(nodes / nodesPerParent);
  await client.run({
    request: (index) => createRequest(`/p${index}`, data),
    outstanding,
    count: parents,
  });
  await measured("idle", server.port, () => new Promise((resolve) => setTimeout(resolve, 1000)));
  await measured(`while ${nodes} are made`, server.port, async () => {
    const startMs = performance.now();
    await client.run({
      request: (index) =>
        createRequest(`/p${Math.floor(index / nodesPerParent)}/n${index % nodesPerParent}`, data),
      outstanding,
      count: nodes,
    });
    const seconds = (performance.now() - startMs) / 1000;
    rows.push(["creates", nodes / seconds, "1/s"]);
  });
}

const folder = new Folder();
try {
  const first = await ServerProcess.start(name, folder);
  await makeNodes(first);
  rows.push(["snapshots meanwhile", folder.snapshots.length, ""]);
  rows.push(["peak memory, made", first.peakMemoryMb(), "MB"]);
  await first.stop("SIGKILL");
  const before = folder.snapshots;

  // So few that a snapshot can be had by writing when the clients that measure are there.
  const second = await ServerProcess.start(name, folder, { snapCount: String(writesPerSnapshot) });
  rows.push(["launch to first session behind a kill", second.launchMs, "ms"]);
  await newSnapshot(folder, before);
  await measured("while a snapshot is written", second.port, async () => {
    const known = folder.snapshots;
    const startMs = performance.now();
    const request = setRequest("/probe", data);
    await second.client.run({ request: () => request, outstanding: 10, count: writesPerSnapshot });
    await newSnapshot(folder, known);
    rows.push(["a snapshot and the writes that lead to it", performance.now() - startMs, "ms"]);
  });
  await second.stop("SIGTERM");

  const third = await ServerProcess.start(name, folder);
  rows.push(["launch to first session from the snapshot", third.launchMs, "ms"]);
  rows.push(["peak memory, loaded", third.peakMemoryMb(), "MB"]);
  await third.stop();
  printTable(rows);
} finally {
  folder.remove();
}
