/**
 * Folders that older servers of Apache have written, under load and to the kill: ours starts on them with the same tree
 * and the same sessions, whose clients go on, and reads again what it has added itself.
 *
 *   npm run compat:older -- [--versions 3.4.14,3.6.4,3.8.4] [--rounds 3] [--seed N] [--server zabra]
 */
import { cpSync, existsSync, mkdtempSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareNodes, oneHistory } from "../diff/endState.ts";
import { requireNoMismatch } from "./digestCheck.ts";
import { dumpTree, type TreeDump } from "./dumpTree.ts";
import { Launched, type LaunchOptions } from "./launched.ts";
import { launchOptions, moveLogs, roundSettings, seeded } from "./roundSettings.ts";
import { dumpSessions, sessionDifferences, type SessionDump } from "./sessionDump.ts";
import { verifyWriter } from "./verify.ts";
import { Writer } from "./writer.ts";

const { values } = parseArgs({
  options: {
    versions: { type: "string", default: "3.4.14,3.6.4,3.8.4" },
    rounds: { type: "string", default: "3" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    server: { type: "string", default: "zabra" },
  },
});
const seed = Number(values.seed);
let passed = 0;
let failed = 0;

interface State {
  readonly tree: TreeDump;
  readonly sessions: SessionDump;
}

/** Several servers of the version one after the other, each killed, then ours on what they leave. */
async function check(version: string, folder: string): Promise<State> {
  const random = seeded(seed);
  // Containers and TTL nodes came with 3.5.
  const writers = ["a", "b"].map((name) => new Writer(name, random, !version.startsWith("3.4.")));
  let options: LaunchOptions = {};
  for (let round = 0; round < Number(values.rounds); round++) {
    const settings = roundSettings(seed, round);
    moveLogs(folder, settings.dataLogDirApart);
    options = launchOptions(settings, folder);
    const older = { ...options, environment: { APACHE_VERSION: version } };
    await loaded("apache", folder, older, writers, settings.killAfterMs);
  }
  const expected = await opened("apache", folder, {
    ...options,
    environment: { APACHE_VERSION: version },
  });
  const copy = `${folder}-ours`;
  try {
    cpSync(folder, copy, { recursive: true });
    await compare(version, expected, copy, options);
    await goOn(copy, options, writers);
    return expected;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function compare(
  version: string,
  expected: State,
  folder: string,
  options: LaunchOptions,
): Promise<void> {
  const found = await opened(values.server, folder, inFolder(options, folder));
  const names = [version, values.server] as const;
  const differences = [
    ...compareNodes([expected.tree.nodes, found.tree.nodes], { ...oneHistory, names }),
    ...sessionDifferences([expected.sessions, found.sessions], names),
  ];
  if (differences.length > 0) throw new Error(differences.slice(0, 20).join("\n"));
}

/** The clients of the old server find their sessions and all that they were told, go on, and find that too. */
async function goOn(folder: string, options: LaunchOptions, writers: readonly Writer[]): Promise<void> {
  await loaded(values.server, folder, inFolder(options, folder), writers, 300);
  const { tree } = await opened(values.server, folder, inFolder(options, folder));
  for (const writer of writers) verifyWriter(writer, tree.nodes, tree.zxid);
}

/** The same settings for a copy of the folder. */
function inFolder(options: LaunchOptions, folder: string): LaunchOptions {
  if (options.keys?.["dataLogDir"] === undefined) return options;
  return { ...options, keys: { ...options.keys, dataLogDir: join(folder, "log") } };
}

/** Killed between making a log and writing its header, a server older than 3.9 refuses its own folder: 3.9 drops the file. */
function dropEmptyLog(folder: string): void {
  for (const place of ["data", "log"].map((name) => join(folder, name, "version-2"))) {
    if (!existsSync(place)) continue;
    const empty = readdirSync(place).filter(
      (name) => name.startsWith("log.") && statSync(join(place, name)).size === 0,
    );
    for (const name of empty) rmSync(join(place, name));
  }
}

async function loaded(
  name: string,
  folder: string,
  options: LaunchOptions,
  writers: readonly Writer[],
  killAfterMs: number,
): Promise<void> {
  if (name === "apache") dropEmptyLog(folder);
  const server = await Launched.start(name, folder, options);
  try {
    for (const writer of writers) await writer.connect(server.port);
    const { nodes, zxid } = await dumpTree(server.port);
    for (const writer of writers) verifyWriter(writer, nodes, zxid);
    const failures: unknown[] = [];
    const writing = writers.map((writer) => writer.write(8).catch((error: unknown) => failures.push(error)));
    await new Promise((resolve) => setTimeout(resolve, killAfterMs));
    await server.kill();
    await Promise.all(writing);
    if (failures.length > 0) throw failures[0];
  } finally {
    await server.kill();
  }
}

async function opened(name: string, folder: string, options: LaunchOptions): Promise<State> {
  if (name === "apache") dropEmptyLog(folder);
  const server = await Launched.start(name, folder, options);
  try {
    const sessions = await dumpSessions(server.port);
    const tree = await dumpTree(server.port);
    if (name !== "apache") await requireNoMismatch(server);
    return { tree, sessions };
  } finally {
    await server.kill();
  }
}

process.stdout.write(`seed ${seed}\n`);
for (const version of values.versions.split(",")) {
  const folder = mkdtempSync(join(tmpdir(), "zabra-older-"));
  mkdirSync(join(folder, "data"));
  const startMs = Date.now();
  try {
    const { tree, sessions } = await check(version, folder);
    passed++;
    const seen = `${tree.nodes.size} nodes, ${sessions.sessions.length} sessions`;
    process.stdout.write(`ok ${version} ${Date.now() - startMs} (${seen})\n`);
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    failed++;
    const why = error instanceof Error ? error.message : String(error);
    process.stdout.write(`FAIL ${version} ${Date.now() - startMs}: ${why}\nfolder kept: ${folder}\n`);
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
