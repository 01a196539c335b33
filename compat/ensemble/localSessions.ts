/**
 * Three servers with localSessionsEnabled, two of ours and one of Apache's: at each of them, while Apache leads and while
 * ours does, sessions stay where they began until they create an ephemeral node, and belong to the ensemble from then on.
 *
 *   npx tsx compat/ensemble/localSessions.ts [--members zabra,apache,zabra]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createBody, int, openAcl, RawClient, text } from "../../test/support/rawClient.ts";
import { requireNoMismatch } from "../folders/digestCheck.ts";
import { freePort, Launched } from "../folders/launched.ts";
import { askWord } from "../fourletter/rawClient.ts";

const { values } = parseArgs({ options: { members: { type: "string", default: "zabra,apache,zabra" } } });
const kinds = values.members.split(",");
const folder = mkdtempSync(join(tmpdir(), "zabra-local-sessions-"));
const inService = /^Mode: (leader|follower)$/m;
const type = { create: 1, exists: 3, sync: 9, multi: 14, closeSession: -11 };
const ephemeral = 1;
const noNode = -101;
const tickTimeMs = 500;

interface Place {
  readonly sid: number;
  readonly kind: string;
  readonly port: number;
  server: Launched | null;
}

let passed = 0;
let failed = 0;

async function check(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    passed++;
  } catch (error) {
    failed++;
    process.stdout.write(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

const open: RawClient[] = [];

async function connect(place: Place, like?: RawClient, timeoutMs = 10_000): Promise<RawClient> {
  const client = await RawClient.open(place.port);
  open.push(client);
  await client.connect(timeoutMs, like?.sessionId, like?.password);
  return client;
}

async function ask(client: RawClient, what: number, ...body: readonly Buffer[]): Promise<Buffer> {
  const reply = await client.ask(1, what, ...body);
  require(reply.err === 0, `request ${what} was refused with ${reply.err}`);
  return reply.body;
}

/** The owner of a node, after a sync; null if it is not there. */
async function ownerOf(place: Place, path: string): Promise<bigint | null> {
  const client = await connect(place);
  await ask(client, type.sync, text("/"));
  const { err, body } = await client.ask(2, type.exists, text(path), Buffer.of(0));
  await client.ask(3, type.closeSession);
  require(err === 0 || err === noNode, `exists was refused with ${err}`);
  return err === 0 ? body.readBigInt64BE(44) : null;
}

async function sessions(place: Place): Promise<string> {
  const mntr = await askWord(place.port, "mntr");
  const count = (name: string): string => new RegExp(`zk_${name}\\s+(\\d+)`).exec(mntr)?.[1] ?? "?";
  return `${count("local_sessions")} local, ${count("global_sessions")} global`;
}

async function requireSessions(place: Place, expected: string): Promise<void> {
  const found = await sessions(place);
  require(found === expected, `${place.kind} counts ${found} sessions instead of ${expected}`);
}

/** A session that is local is shown as one, beside those of the ensemble, of which there are none. */
async function requireLocalDump(place: Place): Promise<void> {
  const dump = await askWord(place.port, "dump");
  const isLeader = /^Mode: leader$/m.test(await askWord(place.port, "srvr"));
  const others = isLeader ? /^Global Session Sets \(\d+\)\/\(0\):$/m : /^Global Sessions\(0\):$/m;
  const local = /^SessionTracker dump:\nLocal Session Sets \(\d+\)\/\(1\):\n/;
  require(local.test(dump) && others.test(dump), `dump says:\n${dump}`);
}

async function staysAndMoves(home: Place, away: Place, path: string): Promise<void> {
  const client = await connect(home);
  await requireSessions(home, "1 local, 0 global");
  await requireLocalDump(home);
  const thief = await connect(away, client);
  require(thief.sessionId === 0n, "the local session was let in elsewhere");
  await ask(client, type.create, createBody(path));
  await requireSessions(home, "1 local, 0 global");
  const again = await connect(home, client);
  require(again.sessionId === client.sessionId, "its own server does not know the session");
  await ask(again, type.create, createBody(`${path}/e`, undefined, ephemeral));
  await requireSessions(home, "0 local, 1 global");
  require((await ownerOf(away, `${path}/e`)) === client.sessionId, "the node has another owner elsewhere");
  const moved = await connect(away, again);
  require(moved.sessionId === client.sessionId, "the upgraded session was refused elsewhere");
  await ask(moved, type.closeSession);
  require((await ownerOf(home, `${path}/e`)) === null, "the ephemeral has outlived its session");
}

async function inMulti(home: Place, away: Place, path: string): Promise<void> {
  const client = await connect(home);
  const op = (what: number, body: Buffer): Buffer => Buffer.concat([int(what), Buffer.of(0), int(-1), body]);
  const end = Buffer.concat([int(-1), Buffer.of(1), int(-1)]);
  const create = Buffer.concat([text(`${path}/m`), int(0), openAcl, int(ephemeral)]);
  await ask(client, type.multi, op(type.create, createBody(`${path}/p`)), op(type.create, create), end);
  require((await ownerOf(away, `${path}/m`)) === client.sessionId, "the multi's ephemeral is not elsewhere");
  await ask(client, type.closeSession);
  require((await ownerOf(away, `${path}/m`)) === null, "the multi's ephemeral has outlived its session");
}

/** Upgraded and left alone: the leader ends it, whoever that is. */
async function expires(home: Place, away: Place, path: string): Promise<void> {
  const client = await connect(home, undefined, 2 * tickTimeMs);
  await ask(client, type.create, createBody(`${path}/x`, undefined, ephemeral));
  client.close();
  const deadline = Date.now() + 20_000;
  while ((await ownerOf(away, `${path}/x`)) !== null) {
    require(Date.now() < deadline, "the session does not expire");
    await new Promise((go) => setTimeout(go, 100));
  }
}

async function launch(place: Place, servers: Readonly<Record<string, string>>): Promise<void> {
  const keys = {
    ...servers,
    tickTime: String(tickTimeMs),
    initLimit: "20",
    syncLimit: "8",
    localSessionsEnabled: "true",
    localSessionsUpgradingEnabled: "true",
  };
  const at = join(folder, String(place.sid));
  mkdirSync(join(at, "data"), { recursive: true });
  writeFileSync(join(at, "data", "myid"), String(place.sid));
  place.server = await Launched.spawn(place.kind, at, { keys, port: place.port, keepsLog: true });
}

async function serving(some: readonly Place[]): Promise<void> {
  for (const { server } of some) await server?.serving(inService);
}

const places: Place[] = [];
const servers: Record<string, string> = {};
for (const [i, kind] of kinds.entries()) {
  places.push({ sid: i + 1, kind, port: await freePort(), server: null });
  servers[`server.${i + 1}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
}
const [first, second, third] = places;

/** All that sessions do, at every server, under that leader. */
async function under(leader: Place): Promise<void> {
  await serving(places);
  await check(`server ${leader.sid} leads`, async () => {
    require(/^Mode: leader$/m.test(await askWord(leader.port, "srvr")), "another server does");
  });
  for (const [i, home] of places.entries()) {
    const away = places[(i + 1) % places.length];
    const path = `/at-${home.kind}-${home.sid}-under-${leader.kind}-${leader.sid}`;
    for (const run of [staysAndMoves, inMulti, expires])
      await check(`${run.name} ${path}`, () => run(home, away, path));
  }
  for (const place of places) {
    await check(`the end under server ${leader.sid}, at ${place.kind} ${place.sid}`, async () => {
      if (place.server !== null) await requireNoMismatch(place.server);
      await ownerOf(place, "/");
      await requireSessions(place, "0 local, 0 global");
    });
  }
}

try {
  // Of two servers that know the same, the one with the higher id leads; a third one follows.
  await launch(first, servers);
  await launch(second, servers);
  await serving([first, second]);
  await launch(third, servers);
  await under(second);
  await second.server?.stop();
  await third.server?.serving(/^Mode: leader$/m);
  await launch(second, servers);
  await under(third);
} catch (error) {
  failed++;
  process.stdout.write(`FAIL ${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  for (const client of open) client.close();
  for (const place of places) await place.server?.kill();
}
if (failed > 0) process.stdout.write(`folder kept: ${folder}\n`);
else rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
