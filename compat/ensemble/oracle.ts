/**
 * Two servers with an oracle (oraclePath), ours and one of Apache's: the one that the oracle lets goes on when the other is
 * killed, as leader or as follower before, and the other one joins it when it is back; without the oracle's word nobody is
 * served.
 *
 *   npx tsx compat/ensemble/oracle.ts [--members zabra,apache]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createBody, RawClient, text } from "../../test/support/rawClient.ts";
import { requireNoMismatch } from "../folders/digestCheck.ts";
import { freePort, Launched } from "../folders/launched.ts";
import { askWord } from "../fourletter/rawClient.ts";

const { values } = parseArgs({ options: { members: { type: "string", default: "zabra,apache" } } });
const folder = mkdtempSync(join(tmpdir(), "zabra-oracle-"));
const type = { create: 1, exists: 3, sync: 9, closeSession: -11 };
const mode = { leader: /^Mode: leader$/m, follower: /^Mode: follower$/m };

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

async function connect(place: Place): Promise<RawClient> {
  const client = await RawClient.open(place.port);
  open.push(client);
  require(await client.connect(20_000), `server ${place.sid} does not let a client in`);
  return client;
}

async function ask(client: RawClient, what: number, ...body: readonly Buffer[]): Promise<void> {
  const reply = await client.ask(1, what, ...body);
  require(reply.err === 0, `request ${what} was refused with ${reply.err}`);
}

async function write(place: Place, path: string): Promise<void> {
  const client = await connect(place);
  await ask(client, type.create, createBody(path));
  await ask(client, type.closeSession);
}

async function has(place: Place, ...paths: readonly string[]): Promise<void> {
  const client = await connect(place);
  await ask(client, type.sync, text("/"));
  for (const path of paths) await ask(client, type.exists, text(path), Buffer.of(0));
  await ask(client, type.closeSession);
}

function oracleOf({ sid }: Place): string {
  return join(folder, `oracle-${sid}`);
}

/** Lets that server go on alone, or nobody. */
function allow(allowed: Place | null): void {
  for (const place of places) writeFileSync(oracleOf(place), place === allowed ? "1\n" : "0\n");
}

async function launch(place: Place): Promise<void> {
  const keys = { ...servers, tickTime: "400", initLimit: "20", syncLimit: "8", oraclePath: oracleOf(place) };
  const at = join(folder, String(place.sid));
  mkdirSync(join(at, "data"), { recursive: true });
  writeFileSync(join(at, "data", "myid"), String(place.sid));
  place.server = await Launched.spawn(place.kind, at, { keys, port: place.port, keepsLog: true });
}

const places: Place[] = [];
const servers: Record<string, string> = {};
for (const [i, kind] of values.members.split(",").entries()) {
  places.push({ sid: i + 1, kind, port: await freePort(), server: null });
  servers[`server.${i + 1}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
}

/** `leader` leads and is killed: its follower, which the oracle lets, leads alone, and is joined. */
async function takesOver(leader: Place, follower: Place, path: string): Promise<void> {
  allow(follower);
  await write(follower, `${path}-before`);
  await leader.server?.kill();
  await follower.server?.serving(mode.leader);
  await write(follower, `${path}-alone`);
  await launch(leader);
  await leader.server?.serving(mode.follower);
  await has(leader, `${path}-before`, `${path}-alone`);
  await write(leader, `${path}-after`);
}

/** `leader` loses its follower and goes on, with the sessions that it has; then the follower is back. */
async function goesOn(leader: Place, follower: Place, path: string): Promise<void> {
  allow(leader);
  const client = await connect(leader);
  await follower.server?.kill();
  // This one may have been proposed to the follower as well: it is answered when that is known to be gone.
  await ask(client, type.create, createBody(`${path}-lost`));
  await ask(client, type.create, createBody(`${path}-alone`));
  require(mode.leader.test(await askWord(leader.port, "srvr")), "it does not lead any more");
  await launch(follower);
  await follower.server?.serving(mode.follower);
  await ask(client, type.create, createBody(`${path}-together`));
  await has(follower, `${path}-lost`, `${path}-alone`, `${path}-together`);
  await ask(client, type.closeSession);
}

/** Nobody is let: `leader` stops serving, and goes on when the other one is back. */
async function stops(leader: Place, follower: Place, path: string): Promise<void> {
  allow(null);
  await follower.server?.kill();
  await leader.server?.serving(/not currently serving/);
  await launch(follower);
  for (const { server } of places) await server?.serving(/^Mode: (leader|follower)$/m);
  await write(follower, path);
}

try {
  const [first, second] = places;
  allow(null);
  await launch(first);
  await launch(second);
  await second.server?.serving(mode.leader);
  await first.server?.serving(mode.follower);
  const name = (place: Place): string => `${place.kind} ${place.sid}`;
  await check(`${name(first)} takes over`, () => takesOver(second, first, "/first-takes-over"));
  await check(`${name(first)} goes on`, () => goesOn(first, second, "/first-goes-on"));
  await check(`${name(second)} takes over`, () => takesOver(first, second, "/second-takes-over"));
  await check(`${name(second)} goes on`, () => goesOn(second, first, "/second-goes-on"));
  await check(`${name(second)} stops without the oracle`, () => stops(second, first, "/second-stops"));
  await check("everything is at both, and no digest differs", async () => {
    for (const place of places) {
      for (const who of ["first", "second"])
        await has(place, `/${who}-takes-over-after`, `/${who}-goes-on-together`);
      if (place.server !== null) await requireNoMismatch(place.server);
    }
  });
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
