/**
 * Servers killed in the middle of their work, on one folder: whoever starts next must know everything that any of them
 * acknowledged. With two kinds of servers they also must show the same tree.
 *
 *   tsx compat/folders/loop.ts --seconds 60 [--seed N] [--servers zabra,apache]
 */
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { text, type RawClient } from "../../test/support/rawClient.ts";
import { dumpTree, firstDifference } from "./dumpTree.ts";
import { Launched } from "./launched.ts";
import { Writer } from "./writer.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    servers: { type: "string", default: "zabra" },
  },
});
const servers = values.servers.split(",");
let state = Number(values.seed) | 1;
const random = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 0) / 2 ** 32;
};

const folder = mkdtempSync(join(tmpdir(), "zabra-loop-"));
mkdirSync(join(folder, "data"));
const writers = ["a", "b", "c", "d"].map((name) => new Writer(name, random));
let passed = 0;
let failed = 0;

/** Everything acknowledged since the last round, and all ephemerals, stand as they were acknowledged. */
async function verify(writer: Writer, client: RawClient): Promise<void> {
  const wanted = writer.acked.splice(0);
  for (let i = 0; i < wanted.length; i++) client.send(i + 1, 4, text(wanted[i].path), Buffer.from([0]));
  for (const { path, data } of wanted) {
    const reply = await client.next();
    if (reply === null) throw new Error("the connection broke during the check");
    const found =
      reply.err === 0
        ? reply.body.subarray(4, 4 + reply.body.readInt32BE(0)).toString()
        : `error ${reply.err}`;
    if (found !== data) throw new Error(`${path} was acknowledged with ${data} and now is ${found}`);
    if (writer.ephemerals.has(path) && ownerOf(reply.body) !== writer.sessionId)
      throw new Error(`${path} lost its owner`);
  }
  for (const path of writer.ephemerals) {
    const reply = await client.ask(1, 3, text(path), Buffer.from([0]));
    if (reply.err !== 0) throw new Error(`ephemeral ${path} of a live session is gone`);
  }
  const counter = await client.ask(1, 4, text(`/${writer.name}/counter`), Buffer.from([0]));
  const value = Number(counter.body.subarray(4, 4 + counter.body.readInt32BE(0)).toString());
  if (value < writer.counter)
    throw new Error(`the counter of ${writer.name} fell from ${writer.counter} to ${value}`);
  writer.counter = value;
  const sync = await client.ask(1, 9, text("/"));
  if (sync.zxid < writer.lastZxid)
    throw new Error(`zxid ${sync.zxid} after ${writer.lastZxid} was acknowledged`);
}

function ownerOf(body: Buffer): bigint {
  const stat = 4 + Math.max(0, body.readInt32BE(0));
  return body.readBigInt64BE(stat + 44);
}

async function round(number: number): Promise<void> {
  const name = servers[number % servers.length];
  const server = await Launched.start(name, folder);
  try {
    if (name === "apache") requireNoMismatch(server);
    for (const writer of writers) await verify(writer, await writer.connect(server.port));
    const writing = Promise.all(writers.map((writer) => writer.write(8)));
    await new Promise((resolve) => setTimeout(resolve, 100 + random() * 900));
    await server.kill();
    await writing;
    if (name === "apache") requireNoMismatch(server);
  } finally {
    await server.kill();
  }
  if (servers.length > 1) await compareTrees();
}

/** Both kinds of server open the folder as the crash has left it and must show the same. */
async function compareTrees(): Promise<void> {
  const dumps: Map<string, string>[] = [];
  for (const name of servers) {
    const server = await Launched.start(name, folder);
    try {
      dumps.push(await dumpTree(server.port));
      if (name === "apache") requireNoMismatch(server);
    } finally {
      await server.kill();
    }
  }
  const difference = firstDifference(dumps[0], dumps[1]);
  if (difference !== null) throw new Error(`${servers[0]} and ${servers[1]} differ: ${difference}`);
}

function requireNoMismatch(server: Launched): void {
  const line = server
    .log()
    .split("\n")
    .find((text_) => /[Dd]igests? are not matching|digest mismatch/i.test(text_));
  if (line !== undefined) throw new Error(`apache reports: ${line}`);
}

const deadline = Date.now() + Number(values.seconds) * 1000;
process.stdout.write(`seed ${values.seed}, servers ${servers.join(" and ")}\n`);
for (let number = 0; Date.now() < deadline && failed === 0; number++) {
  try {
    await round(number);
    passed++;
  } catch (error) {
    failed++;
    process.stdout.write(
      `FAIL round ${number}, seed ${values.seed}: ${error instanceof Error ? error.message : String(error)}\nfolder kept: ${folder}\n`,
    );
  }
}
const acked = writers.reduce((sum, writer) => sum + writer.ackedCount, 0);
process.stdout.write(
  `${acked} writes acknowledged over ${passed} kills\n${passed} passed, ${failed} failed\n`,
);
if (failed === 0) rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
