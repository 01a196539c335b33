/**
 * Servers killed in the middle of their work, on one folder: whoever starts next must know everything that any of them
 * acknowledged. With two kinds of servers they also must show the same tree and the same sessions. The seed decides for
 * each round how snapshots are compressed, how often they are made, where the logs are, when the server is killed and
 * so on (roundSettings.ts); what the clients do in the meantime also depends on how fast they are answered.
 *
 *   npm run loop:kill -- [--seconds 60] [--rounds N] [--seed N]
 *   npm run loop:folders -- [--seconds 60] [--rounds N] [--seed N] [--server-a zabra] [--server-b apache]
 */
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { requireNoMismatch } from "./digestCheck.ts";
import { compareNodes, oneHistory } from "../diff/endState.ts";
import { dumpTree, type TreeDump } from "./dumpTree.ts";
import { Launched, type LaunchOptions } from "./launched.ts";
import { launchOptions, moveLogs, roundSettings, seeded, type RoundSettings } from "./roundSettings.ts";
import { dumpSessions, sessionDifferences, type SessionDump } from "./sessionDump.ts";
import { verifyWriter } from "./verify.ts";
import { Writer } from "./writer.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    rounds: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    servers: { type: "string", default: "zabra" },
    "server-a": { type: "string" },
    "server-b": { type: "string" },
  },
});
const servers = values.servers.split(",");
if (values["server-a"] !== undefined) servers[0] = values["server-a"];
if (values["server-b"] !== undefined) servers[1] = values["server-b"];
const roundsMax = Number(values.rounds ?? Infinity);
const endMs = Date.now() + Number(values.seconds ?? (values.rounds === undefined ? 30 : Infinity)) * 1000;
const seed = Number(values.seed);
const random = seeded(seed);

const folder = mkdtempSync(join(tmpdir(), "zabra-loop-"));
mkdirSync(join(folder, "data"));
const writers = ["a", "b", "c", "d"].map((name) => new Writer(name, random));
/** Ephemerals of sessions that were closed. */
const closedPaths: string[] = [];
let passed = 0;
let failed = 0;

async function round(number: number, settings: RoundSettings): Promise<void> {
  const name = servers[number % servers.length];
  const options = launchOptions(settings, folder);
  moveLogs(folder, settings.dataLogDirApart);
  if (settings.falseStartMs !== null) await Launched.falseStart(name, folder, settings.falseStartMs, options);
  const server = await Launched.start(name, folder, options);
  try {
    for (const writer of writers) await writer.connect(server.port);
    await dumped(server);
    const closed = await writers[0].closedSession(server.port);
    const failures: unknown[] = [];
    const writing = writers.map((writer) => writer.write(8).catch((error: unknown) => failures.push(error)));
    await new Promise((resolve) => setTimeout(resolve, settings.killAfterMs));
    await requireNoMismatch(server);
    await (settings.signal === "SIGTERM" ? server.stop() : server.kill());
    await Promise.all(writing);
    if (failures.length > 0) throw failures[0];
    closedPaths.push(closed);
  } finally {
    await server.kill();
  }
  if (servers.length > 1) await compareTrees(options);
}

/** The tree, once every writer has found in it what it was told, and no session but theirs is there. */
async function dumped(server: Launched): Promise<TreeDump> {
  const { sessions } = await dumpSessions(server.port);
  const expected = writers.map((writer) => `0x${BigInt.asUintN(64, writer.sessionId).toString(16)}`);
  if (sessions.join() !== expected.sort().join())
    throw new Error(`${server.name} has sessions ${sessions.join(" ")}, not ${expected.join(" ")}`);
  const dump = await dumpTree(server.port);
  for (const writer of writers) verifyWriter(writer, dump.nodes, dump.zxid);
  for (const path of closedPaths)
    if (dump.nodes.has(path)) throw new Error(`${path} has outlived its session`);
  await requireNoMismatch(server);
  return dump;
}

/** Both kinds of server open the folder as the crash has left it and must show the same. */
async function compareTrees(options: LaunchOptions): Promise<void> {
  const dumps: TreeDump[] = [];
  const sessions: SessionDump[] = [];
  for (const name of servers) {
    const server = await Launched.start(name, folder, options);
    try {
      sessions.push(await dumpSessions(server.port));
      dumps.push(await dumped(server));
    } finally {
      await server.kill();
    }
  }
  const names = [servers[0], servers[1]] as const;
  const differences = [
    ...compareNodes([dumps[0].nodes, dumps[1].nodes], { ...oneHistory, names }),
    ...sessionDifferences([sessions[0], sessions[1]], names),
  ];
  if (differences.length > 0) throw new Error(differences.slice(0, 20).join("\n"));
}

process.stdout.write(`seed ${seed}, servers ${servers.join(" and ")}\n`);
for (let number = 0; number < roundsMax && Date.now() < endMs && failed === 0; number++) {
  const settings = roundSettings(seed, number);
  try {
    await round(number, settings);
    passed++;
  } catch (error) {
    failed++;
    process.stdout.write(
      `FAIL round ${number}, seed ${seed}, ${JSON.stringify(settings)}: ${error instanceof Error ? error.message : String(error)}\nfolder kept: ${folder}\n`,
    );
  }
}
const acked = writers.reduce((sum, writer) => sum + writer.ackedCount, 0);
process.stdout.write(
  `${acked} writes acknowledged over ${passed} kills\n${passed} passed, ${failed} failed\n`,
);
if (failed === 0) rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
