/**
 * Work that could keep an ensemble from hearing of each other in time, at tickTime 500 and syncLimit 4: a million znodes are
 * made; one client reads all their names; a session with 100,000 ephemerals closes; the largest multi; a member without
 * a disk gets everything, and all write snapshots. Meanwhile sessions of one second live on every member. No leader may
 * lose its followers, and no such session its life.
 *
 *   npm run compat:stalls -- [--nodes 1000000] [--members zabra,zabra,zabra]
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CreateMode } from "../../protocol/flags.ts";
import { LoadClient } from "../../src/shell/load/loadClient.ts";
import { createRequest } from "../../src/shell/load/loadWorks.ts";
import { int, RawClient, text } from "../../test/support/rawClient.ts";
import { freePort } from "../folders/launched.ts";
import { askWord } from "../fourletter/rawClient.ts";
import { pause, Place } from "./members.ts";
import type { SessionsReport } from "./shortSessions.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "1000000" },
    ephemerals: { type: "string", default: "100000" },
    members: { type: "string", default: "zabra,zabra,zabra" },
  },
});
const nodes = Number(values.nodes);
const ephemerals = Number(values.ephemerals);
const folder = mkdtempSync(join(tmpdir(), "zabra-stalls-"));
const places = values.members.split(",").map((kind, i) => new Place(folder, i + 1, kind));
const tickMs = 500;
const outstanding = 500;
const data = Buffer.alloc(100, 0x64);
const op = { delete: 2, getChildren: 8, multi: 14 } as const;
let passed = 0;
let failed = 0;

/** Sessions as short as can be, in a process that does nothing else. */
class ShortSessions {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async open(at: readonly Place[]): Promise<ShortSessions> {
    const script = fileURLToPath(new URL("shortSessions.ts", import.meta.url));
    const child = fork(script, [String(2 * tickMs), ...at.map(({ port }) => String(port))]);
    await once(child, "message");
    return new ShortSessions(child);
  }

  /** How they have fared until now. */
  async take(): Promise<SessionsReport> {
    const answer = once(this.#child, "message");
    this.#child.send("take");
    const [report] = (await answer) as [SessionsReport];
    return report;
  }

  end(): void {
    this.#child.disconnect();
  }
}

async function standing(): Promise<string> {
  const answers = await Promise.all(places.map((place) => askWord(place.port, "srvr").catch(() => "")));
  return answers
    .map((answer) => `${/^Mode: (.*)$/m.exec(answer)?.[1]} ${/^Zxid: 0x(.*)........$/m.exec(answer)?.[1]}`)
    .join();
}

/** Runs it, and holds the ensemble against what it was before. `but`: a member that is not looked at. */
async function check(what: string, run: () => Promise<void>, but: Place | null = null): Promise<void> {
  const others = places.filter((place) => place !== but);
  const sessions = await ShortSessions.open(others);
  const logs = others.map(({ server }) => lookedCount(server?.log() ?? ""));
  const startMs = performance.now();
  try {
    await run();
    await pause(4 * tickMs);
    const { lost, longestMs } = await sessions.take();
    if (lost.length > 0) throw new Error(lost.join(", "));
    const now = others.map(({ server }) => lookedCount(server?.log() ?? ""));
    if (now.join() !== logs.join()) throw new Error("a member has looked for a leader");
    passed++;
    process.stdout.write(
      `ok ${what}: ${Math.round(performance.now() - startMs)} ms, longest wait for a ping ${Math.round(longestMs)} ms\n`,
    );
  } catch (error) {
    failed++;
    process.stdout.write(`FAIL ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  sessions.end();
}

function lookedCount(log: string): number {
  return log.split("\n").filter((line) => /"msg":"LOOKING|QuorumPeer LOOKING/.test(line)).length;
}

async function leader(): Promise<Place> {
  for (const place of places) if ((await place.mode()) === "leader") return place;
  throw new Error("nobody leads");
}

async function leadersClient(): Promise<LoadClient> {
  return LoadClient.open({ host: "127.0.0.1", port: (await leader()).port });
}

async function makeNodes(): Promise<void> {
  const client = await leadersClient();
  await client.ask(createRequest("/many", data));
  await client.run({
    request: (index) => createRequest(`/many/n${index}`, data),
    outstanding,
    count: nodes,
  });
  client.drop();
}

async function readNames(): Promise<void> {
  for (const place of places) {
    const client = await RawClient.open(place.port);
    await client.connect(40_000);
    const { err, body } = await client.ask(1, op.getChildren, text("/many"), Buffer.of(0));
    if (err !== 0 || body.readInt32BE(0) !== nodes)
      throw new Error(`server ${place.sid} answers with ${err}`);
    client.close();
  }
}

async function closeManyEphemerals(): Promise<void> {
  const client = await leadersClient();
  await client.run({
    request: (index) => createRequest(`/many-ephemerals-${index}`, data, CreateMode.EPHEMERAL),
    outstanding,
    count: ephemerals,
  });
  await client.close();
}

/** Deletes as many nodes as a request of a megabyte holds. */
async function largestMulti(): Promise<void> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (let i = 0; bytes < 1_000_000; i++) {
    const one = Buffer.concat([int(op.delete), Buffer.of(0), int(-1), text(`/many/n${i}`), int(-1)]);
    bytes += one.length;
    parts.push(one);
  }
  const client = await RawClient.open(places[0].port);
  await client.connect(40_000);
  const end = Buffer.concat([int(-1), Buffer.of(1), int(-1)]);
  const { err } = await client.ask(1, op.multi, ...parts, end);
  if (err !== 0) throw new Error(`the multi was refused with ${err}`);
  client.close();
}

async function fillEmptied(place: Place): Promise<void> {
  await place.server?.kill();
  rmSync(join(place.folder, "data", "version-2"), { recursive: true });
  await place.launch();
  await place.serving();
}

try {
  const keys: Record<string, string> = {
    tickTime: String(tickMs),
    initLimit: "40",
    syncLimit: "4",
    snapCount: "100000",
    preAllocSize: "65536",
  };
  for (const { sid } of places) keys[`server.${sid}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
  for (const place of places) {
    await place.prepare(keys);
    await place.launch();
  }
  await Promise.all(places.map((place) => place.serving()));
  process.stdout.write(`${await standing()}\n`);
  await check(`${nodes} znodes are made, with snapshots`, makeNodes);
  await check("all their names are read, at each member", readNames);
  await check(`a session with ${ephemerals} ephemerals closes`, closeManyEphemerals);
  await check("the largest multi", largestMulti);
  const follower = places.find((place) => place.server !== null && place.sid !== 0) ?? places[0];
  const lead = await leader();
  const emptied = follower === lead ? places.filter((place) => place !== lead)[0] : follower;
  await check("a member without a disk gets everything", () => fillEmptied(emptied), emptied);
} finally {
  for (const place of places) await place.server?.kill();
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
