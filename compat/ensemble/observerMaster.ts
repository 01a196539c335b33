/**
 * Observers that learn from followers (observerMasterPort): one of Apache's under a follower of ours and one of ours under
 * a follower of Apache's, while ours leads and while Apache leads. Clients of the observers read, write, sync, watch, move
 * and expire; the observers come back after a while and as new; they hear of a reconfiguration, and of the end of their
 * master's leader.
 *
 *   npx tsx compat/ensemble/observerMaster.ts
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configOf, reconfigure } from "../../test/support/reconfigure.ts";
import { createBody, RawClient, text } from "../../test/support/rawClient.ts";
import { superUser } from "../folders/dumpTree.ts";
import { requireNoMismatch } from "../folders/digestCheck.ts";
import { freePort, Launched } from "../folders/launched.ts";
import { askWord } from "../fourletter/rawClient.ts";

const folder = mkdtempSync(join(tmpdir(), "zabra-observer-master-"));
const type = { create: 1, exists: 3, getData: 4, sync: 9, ping: 11, closeSession: -11 };
const ephemeral = 1;
const noNode = -101;
const tickTimeMs = 500;

interface Place {
  readonly sid: number;
  kind: string;
  readonly port: number;
  /** Where it takes observers, or looks for the follower that does. */
  masterPort: number;
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

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    require(Date.now() < deadline, `in vain: ${what}`);
    await new Promise((go) => setTimeout(go, 50));
  }
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
async function ownerOf(client: RawClient, path: string): Promise<bigint | null> {
  await ask(client, type.sync, text("/"));
  const { err, body } = await client.ask(2, type.exists, text(path), Buffer.of(0));
  require(err === 0 || err === noNode, `exists was refused with ${err}`);
  return err === 0 ? body.readBigInt64BE(44) : null;
}

async function gauge(place: Place, name: string): Promise<string | undefined> {
  return new RegExp(`^zk_${name}\\s+(\\S+)$`, "m").exec(await askWord(place.port, "mntr"))?.[1];
}

async function launch(place: Place): Promise<void> {
  const isObserver = place.sid > 3;
  const keys = {
    ...servers,
    ...(isObserver ? { peerType: "observer" } : {}),
    tickTime: String(tickTimeMs),
    initLimit: "20",
    syncLimit: "8",
    reconfigEnabled: "true",
    observerMasterPort: String(place.masterPort),
  };
  const at = join(folder, String(place.sid));
  mkdirSync(join(at, "data"), { recursive: true });
  writeFileSync(join(at, "data", "myid"), String(place.sid));
  // What a reconfiguration has written goes with the first launch's file.
  const config = join(at, "zoo.cfg");
  place.server = await Launched.spawn(place.kind, at, { keys, port: place.port, keepsLog: true, config });
}

const serves = {
  leader: /^Mode: leader$/m,
  follower: /^Mode: follower$/m,
  observer: /^Mode: observer$/m,
};

async function readsAndWrites(observer: Place, leader: Place, path: string): Promise<void> {
  const client = await connect(observer);
  const witness = await connect(leader);
  await ask(client, type.create, createBody(path));
  await ask(client, type.create, createBody(`${path}/e`, undefined, ephemeral));
  require((await ownerOf(witness, `${path}/e`)) === client.sessionId, "the leader knows another owner");
  require((await client.ask(3, type.exists, text(`${path}/w`), Buffer.of(1))).err === noNode, "is there");
  await ask(witness, type.create, createBody(`${path}/w`));
  const event = await client.next();
  require(event?.xid === -1, "the watch at the observer says nothing");
  require((await ownerOf(client, `${path}/w`)) === 0n, "the observer does not see the leader's write");
  await ask(client, type.closeSession);
  require((await ownerOf(witness, `${path}/e`)) === null, "the ephemeral has outlived its session");
}

/** To the leader, to the observer's master, and back. */
async function moves(observer: Place, leader: Place, path: string, master: Place): Promise<void> {
  let client = await connect(observer);
  const { sessionId } = client;
  await ask(client, type.create, createBody(path));
  for (const [i, next] of [leader, observer, master, observer].entries()) {
    client = await connect(next, client);
    require(client.sessionId === sessionId, `server ${next.sid} does not let the session in`);
    await ask(client, type.create, createBody(`${path}/${i}`, undefined, ephemeral));
    require((await ownerOf(client, `${path}/${i}`)) === sessionId, "the node has another owner");
  }
  await ask(client, type.closeSession);
  const witness = await connect(leader);
  require((await ownerOf(witness, `${path}/0`)) === null, "the ephemeral has outlived its session");
  const late = await connect(observer, client);
  require(late.sessionId === 0n, "a session that was closed is let in");
}

/** A silent one expires; one beside it that is heard of at the observer alone does not. */
async function expires(observer: Place, leader: Place, path: string): Promise<void> {
  const silent = await connect(observer, undefined, 2 * tickTimeMs);
  const alive = await connect(observer, undefined, 2 * tickTimeMs);
  await ask(silent, type.create, createBody(path, undefined, ephemeral));
  await ask(alive, type.create, createBody(`${path}-alive`, undefined, ephemeral));
  silent.close();
  const witness = await connect(leader);
  await eventually("the silent session expires", async () => {
    await ask(alive, type.exists, text("/"), Buffer.of(0));
    return (await ownerOf(witness, path)) === null;
  });
  require((await ownerOf(witness, `${path}-alive`)) === alive.sessionId, "the other one is gone as well");
  await ask(alive, type.closeSession);
}

/** Writes that the observer has missed reach it, whether it has its folder or not. */
async function comesBack(observer: Place, leader: Place, path: string): Promise<void> {
  const witness = await connect(leader);
  await ask(witness, type.create, createBody(path));
  for (const isNew of [false, true]) {
    await observer.server?.stop();
    if (isNew) rmSync(join(folder, String(observer.sid), "data", "version-2"), { recursive: true });
    for (let i = 0; i < 10; i++)
      await ask(witness, type.create, createBody(`${path}/${isNew ? "n" : "k"}${i}`));
    await launch(observer);
    await observer.server?.serving(serves.observer);
    const client = await connect(observer);
    const last = `${path}/${isNew ? "n" : "k"}9`;
    require((await ownerOf(client, last)) === 0n, `${last} is not at the observer`);
    await ask(client, type.closeSession);
  }
}

async function hearsOfConfig(observer: Place, sid: number): Promise<void> {
  const joining = `server.${sid}=127.0.0.1:${await freePort()}:${await freePort()}:observer;${await freePort()}`;
  require((await reconfigure(observer.port, superUser, { joining })) === 0, "the reconfiguration is refused");
  for (const each of observers)
    await eventually(`server ${each.sid} knows of ${sid}`, async () =>
      (await configOf(each.port)).includes(`server.${sid}=`),
    );
  require((await reconfigure(observer.port, superUser, { leaving: String(sid) })) === 0, "refused to leave");
  for (const each of observers)
    await eventually(
      `server ${each.sid} knows that ${sid} is gone`,
      async () => !(await configOf(each.port)).includes(`server.${sid}=`),
    );
}

const voters: Place[] = [];
const observers: Place[] = [];
const servers: Record<string, string> = {};
const [oursPort, apachesPort, freeMasterPort] = [await freePort(), await freePort(), await freePort()];
for (const [sid, kind, masterPort] of [
  [1, "zabra", oursPort],
  [2, "zabra", freeMasterPort],
  [3, "apache", apachesPort],
  [4, "apache", oursPort],
  [5, "zabra", apachesPort],
] as const) {
  const place = { sid, kind, port: await freePort(), masterPort, server: null };
  (sid > 3 ? observers : voters).push(place);
  const role = sid > 3 ? "observer" : "participant";
  servers[`server.${sid}`] =
    `127.0.0.1:${await freePort()}:${await freePort()}:${role};127.0.0.1:${place.port}`;
}
const [ours, second, apaches] = voters;

/** All that observers do, under that leader; each of `pairs` is an observer and its master. */
async function under(leader: Place, pairs: readonly (readonly [Place, Place])[]): Promise<void> {
  await leader.server?.serving(serves.leader);
  for (const [observer, master] of pairs) {
    await master.server?.serving(serves.follower);
    await observer.server?.serving(serves.observer);
    const name = `${observer.kind} under ${master.kind}, led by ${leader.kind}`;
    const path = `/${name.replaceAll(/[ ,]+/g, "-")}`;
    await check(`its master has it: ${name}`, async () => {
      const at = async (place: Place): Promise<string | undefined> => gauge(place, "synced_observers");
      await eventually("it is its master's", async () => (await at(master)) === "1");
      require((await at(leader)) === "0", "it is the leader's");
      const masterId = await gauge(observer, "observer_master_id");
      require(voters.some(({ sid }) => String(sid) === masterId), `its master is server ${masterId}`);
    });
    await check(`reads and writes: ${name}`, () => readsAndWrites(observer, leader, `${path}-rw`));
    await check(`moves: ${name}`, () => moves(observer, leader, `${path}-moves`, master));
    await check(`expires: ${name}`, () => expires(observer, leader, `${path}-expires`));
    await check(`comes back: ${name}`, () => comesBack(observer, leader, `${path}-back`));
    await check(`reconfigures: ${name}`, () => hearsOfConfig(observer, 10 + observer.sid));
  }
  for (const place of [...voters, ...observers])
    await check(`no digest differs at server ${place.sid}`, async () => {
      if (place.server !== null) await requireNoMismatch(place.server);
    });
}

try {
  // Of two servers that know the same, the one with the higher id leads; a third one follows.
  await launch(ours);
  await launch(second);
  await second.server?.serving(serves.leader);
  await launch(apaches);
  for (const observer of observers) await launch(observer);
  const [apacheObserver, oursObserver] = observers;
  await under(second, [
    [apacheObserver, ours],
    [oursObserver, apaches],
  ]);
  // Apache leads then; the second server comes back as one of Apache's, and as the master of our observer.
  await second.server?.stop();
  await apaches.server?.serving(serves.leader);
  second.kind = "apache";
  second.masterPort = apachesPort;
  rmSync(join(folder, "2"), { recursive: true });
  await launch(second);
  await under(apaches, [
    [apacheObserver, ours],
    [oursObserver, second],
  ]);
} catch (error) {
  failed++;
  process.stdout.write(`FAIL ${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  for (const client of open) client.close();
  for (const place of [...voters, ...observers]) await place.server?.kill();
}
if (failed > 0) process.stdout.write(`folder kept: ${folder}\n`);
else rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
