/**
 * Three servers under load, of ours, of Apache's or of both, and faults from a seed: the leader or a follower killed,
 * all of them killed, one paused, one after the other restarted, also as the other implementation on the same folder.
 * After each round all members must show one tree, in which everything is that was acknowledged, no session may be
 * lost, and nobody may have found a digest that does not fit.
 *
 *   npm run loop:ensemble -- [--seconds 60] [--rounds N] [--seed N] [--members zabra,zabra,apache] [--migrate]
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareNodes, oneHistory } from "../diff/endState.ts";
import { askWord } from "../fourletter/rawClient.ts";
import { requireNoMismatch } from "../folders/digestCheck.ts";
import { dumpTree } from "../folders/dumpTree.ts";
import { freePort, Launched } from "../folders/launched.ts";
import { seeded } from "../folders/roundSettings.ts";
import { verifyWriter } from "../folders/verify.ts";
import { Writer } from "../folders/writer.ts";
import { RawClient, text } from "../../test/support/rawClient.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    rounds: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    members: { type: "string", default: "zabra,zabra,zabra" },
    migrate: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const kinds = values.members.split(",");
const roundsMax = Number(values.rounds ?? Infinity);
const endMs = Date.now() + Number(values.seconds ?? (values.rounds === undefined ? 60 : Infinity)) * 1000;
const seed = Number(values.seed);
const random = seeded(seed);
const folder = mkdtempSync(join(tmpdir(), "zabra-ensemble-loop-"));
const inService = /^Mode: (leader|follower|observer)$/m;
const syncType = 9;

/** A member: its place stays, its server comes and goes. */
class Place {
  readonly sid: number;
  kind: string;
  port = 0;
  server: Launched | null = null;
  #keys: Record<string, string> = {};

  constructor(sid: number, kind: string) {
    this.sid = sid;
    this.kind = kind;
  }

  get folder(): string {
    return join(folder, String(this.sid));
  }

  async prepare(servers: Readonly<Record<string, string>>): Promise<void> {
    this.port = await freePort();
    this.#keys = { ...servers, tickTime: "500", initLimit: "20", syncLimit: "8" };
    mkdirSync(join(this.folder, "data"), { recursive: true });
    writeFileSync(join(this.folder, "data", "myid"), String(this.sid));
  }

  async launch(): Promise<void> {
    const options = {
      keys: { ...this.#keys, clientPort: String(this.port) },
      port: this.port,
      keepsLog: true,
    };
    this.server = await Launched.spawn(this.kind, this.folder, options);
  }

  async serving(): Promise<void> {
    await this.server?.serving(inService);
  }

  async mode(): Promise<string> {
    const answer = await askWord(this.port, "srvr").catch(() => "");
    return inService.exec(answer)?.[1] ?? "none";
  }
}

const places = kinds.map((kind, i) => new Place(i + 1, kind));
const writers = ["a", "b", "c", "d"].map((name) => new Writer(name, random));
let isWriting = false;
let passed = 0;
let failed = 0;

function log(message: string): void {
  if (values.verbose) process.stdout.write(`${message}\n`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Writes through whoever serves, and moves on with its session when that one is gone. */
async function keepWriting(writer: Writer): Promise<void> {
  while (isWriting) {
    const place = places[Math.floor(random() * places.length)];
    if ((await place.mode()) === "none") {
      await pause(20);
      continue;
    }
    try {
      await within(connectAndAdopt(writer, place));
    } catch (error) {
      if (
        error instanceof Error &&
        /was acknowledged|was deleted|has lost|belongs to|timeout was|does not know session/.test(
          error.message,
        )
      )
        throw error;
      // The server went away in between. That a session is lost shows when all is calm.
      log(`${writer.name} at ${place.sid}: ${String(error)}`);
      writer.hangUp();
      await pause(50);
      continue;
    }
    if (isWriting) await writer.write(8);
    else writer.hangUp();
  }
}

async function connectAndAdopt(writer: Writer, place: Place): Promise<void> {
  await writer.connect(place.port);
  await synced(place);
  const { nodes, zxid } = await dumpTree(place.port, `/${writer.name}`);
  verifyWriter(writer, nodes, zxid);
}

/** A server that is paused answers nothing. */
async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), 10_000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

async function synced(place: Place): Promise<void> {
  const client = await RawClient.open(place.port);
  try {
    if (!(await client.connect(60_000))) throw new Error("no session for a sync");
    const { err } = await client.ask(1, syncType, text("/"));
    if (err !== 0) throw new Error(`sync was refused with ${err}`);
    await client.ask(2, -11);
  } finally {
    client.close();
  }
}

async function leaderAndFollowers(): Promise<{ leader: Place | undefined; followers: Place[] }> {
  const modes = await Promise.all(places.map(async (place) => [place, await place.mode()] as const));
  return {
    leader: modes.find(([, mode]) => mode === "leader")?.[0],
    followers: modes.filter(([, mode]) => mode === "follower").map(([place]) => place),
  };
}

/** The server comes back, with --migrate maybe as one of the other kind. */
async function back(place: Place): Promise<void> {
  if (values.migrate && random() < 0.5) place.kind = place.kind === "zabra" ? "apache" : "zabra";
  await place.launch();
}

const faults: Readonly<Record<string, () => Promise<void>>> = {
  async killLeader() {
    const { leader } = await leaderAndFollowers();
    if (leader === undefined) return;
    await leader.server?.kill();
    await pause(random() * 1500);
    await back(leader);
  },
  async killFollower() {
    const { followers } = await leaderAndFollowers();
    const follower = followers[Math.floor(random() * followers.length)];
    if (follower === undefined) return;
    await follower.server?.kill();
    await pause(random() * 2000);
    await back(follower);
  },
  async killAll() {
    for (const place of places) await place.server?.kill();
    await Promise.all(places.map((place) => back(place)));
  },
  async killTwo() {
    const [one, other] = [...places].sort(() => random() - 0.5);
    await Promise.all([one.server?.kill(), other.server?.kill()]);
    await pause(random() * 1500);
    await Promise.all([back(one), back(other)]);
  },
  async pauseLeader() {
    const { leader } = await leaderAndFollowers();
    await leader?.server?.pause(500 + random() * 6000);
  },
  async pauseFollower() {
    const { followers } = await leaderAndFollowers();
    await followers[0]?.server?.pause(500 + random() * 6000);
  },
  async rollingRestart() {
    for (const place of places) {
      await place.server?.stop();
      await back(place);
      await place.serving();
      await pause(300);
    }
  },
};

async function round(number: number): Promise<string> {
  const names = Object.keys(faults);
  const name = names[Math.floor(random() * names.length)];
  isWriting = true;
  const writing = writers.map((writer) => keepWriting(writer));
  const writes = Promise.all(writing);
  writes.catch(() => (isWriting = false));
  try {
    await pause(500 + random() * 1500);
    log(`round ${number}: ${name}`);
    await faults[name]();
    await pause(500 + random() * 1500);
    await Promise.all(places.map((place) => place.serving()));
    await pause(500);
  } finally {
    isWriting = false;
    for (const writer of writers) writer.hangUp();
  }
  await writes;
  await calm();
  await compare();
  return name;
}

/** Until all members have come to one zxid and stay there. */
async function calm(): Promise<void> {
  let before = "";
  for (let i = 0; i < 100; i++) {
    const zxids = await Promise.all(
      places.map(async (place) => /^Zxid: (\S+)$/m.exec(await askWord(place.port, "srvr"))?.[1] ?? ""),
    );
    const now = zxids.join();
    if (new Set(zxids).size === 1 && now === before) return;
    // A follower without a transaction in the epoch has the zxid before it.
    if (i > 20 && now === before) return;
    before = now;
    await pause(300);
  }
  throw new Error("the members do not come to rest");
}

async function compare(): Promise<void> {
  for (const place of places) await synced(place);
  await pause(200);
  const dumps = [];
  for (const place of places) dumps.push(await dumpTree(place.port));
  for (const [i, dump] of dumps.entries()) {
    for (const writer of writers) verifyWriter(writer, dump.nodes, dump.zxid);
    const names = ["server 1", `server ${i + 1}`] as const;
    const differences = compareNodes([withoutLocal(dumps[0].nodes), withoutLocal(dump.nodes)], {
      ...oneHistory,
      names,
    });
    if (differences.length > 0) throw new Error(differences.slice(0, 20).join("\n"));
  }
  for (const place of places) await requireNoMismatchBut(place);
  // Every session is alive: the server takes it back.
  for (const writer of writers) {
    await writer.connect(places[Math.floor(random() * places.length)].port);
    const done = writer.write(0);
    writer.hangUp();
    await done;
  }
}

/**
 * An Apache leader sends fuzzy snapshots, and an Apache follower that gets one compares digests while it cannot fit. Such
 * complaints are told apart by our logs: nobody of ours sent it one.
 */
async function requireNoMismatchBut(place: Place): Promise<void> {
  if (place.server === null) return;
  try {
    await requireNoMismatch(place.server);
  } catch (error) {
    if (place.kind !== "apache" || !isOfApachesSnapshot(place)) throw error;
  }
}

function isOfApachesSnapshot(place: Place): boolean {
  const ours = places.flatMap((other) => {
    const log = join(other.folder, "zabra.log");
    const sent = new RegExp(
      `"time":"[^T]+T([0-9:]+)[^"]*","msg":"server ${place.sid} is at \\S+ and gets SNAP`,
      "g",
    );
    return existsSync(log)
      ? [...readFileSync(log, "utf8").matchAll(sent)].map(([, time]) => seconds(time))
      : [];
  });
  let snapshotAt: number | null = null;
  for (const line of readFileSync(join(place.folder, "apache.log"), "utf8").split("\n")) {
    const time = /^(\d\d:\d\d:\d\d)/.exec(line)?.[1];
    if (time !== undefined && line.includes("Getting a snapshot from leader")) snapshotAt = seconds(time);
    if (line.includes("Learner received NEWLEADER")) snapshotAt = null;
    if (!/digests are not matching/i.test(line)) continue;
    const at = snapshotAt;
    if (at === null || ours.some((sent) => Math.abs(sent - at) <= 2)) return false;
  }
  return true;
}

function seconds(time: string): number {
  const [hours, minutes, rest] = time.split(":").map(Number);
  return hours * 3600 + minutes * 60 + rest;
}

/** /zookeeper is in part each server's own: when it wrote the configuration, what it has counted. */
function withoutLocal<T>(nodes: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...nodes].filter(([path]) => !path.startsWith("/zookeeper")));
}

const servers: Record<string, string> = {};
for (const place of places)
  servers[`server.${place.sid}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
for (const place of places) await place.prepare(servers);
process.stdout.write(`seed ${seed}, members ${kinds.join(" ")}${values.migrate ? ", migrating" : ""}\n`);
const counts = new Map<string, number>();
try {
  for (const place of places) await place.launch();
  await Promise.all(places.map((place) => place.serving()));
  for (let number = 0; number < roundsMax && Date.now() < endMs && failed === 0; number++) {
    try {
      const name = await round(number);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      passed++;
    } catch (error) {
      failed++;
      process.stdout.write(
        `FAIL round ${number}, seed ${seed}, members ${places.map(({ kind }) => kind).join(" ")}: ` +
          `${error instanceof Error ? error.message : String(error)}\nfolder kept: ${folder}\n`,
      );
    }
  }
} finally {
  for (const place of places) await place.server?.kill();
}
const acked = writers.reduce((sum, writer) => sum + writer.ackedCount, 0);
process.stdout.write(`${[...counts].map(([name, count]) => `${name} ${count}`).join(", ")}\n`);
process.stdout.write(`${acked} writes acknowledged\n${passed} passed, ${failed} failed\n`);
if (failed === 0) rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
