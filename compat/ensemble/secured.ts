/**
 * Three servers, two of ours and one of Apache's, that go over to TLS (or to logins by SASL) step by step: each step is a
 * restart of one after the other, while clients write. Then one of each kind shows a certificate (or a password) that is
 * not good and has to stay out, and plain text, or a caller without a login, is turned away on every port. After each step
 * all members must show one tree, in which everything is that was acknowledged, and no session may be lost.
 *
 *   npx tsx compat/ensemble/secured.ts tls|sasl [--seed N] [--members zabra,apache,zabra] [--verbose]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InitialMessage } from "../../protocol/records/election.ts";
import { freePort } from "../folders/launched.ts";
import { seeded } from "../folders/roundSettings.ts";
import { LoadedEnsemble, pause, Place } from "./members.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    members: { type: "string", default: "zabra,apache,zabra" },
    verbose: { type: "boolean", default: false },
  },
});
const [what] = positionals;
if (what !== "tls" && what !== "sasl") throw new Error("say tls or sasl");
const folder = mkdtempSync(join(tmpdir(), "zabra-secured-"));
const stores = fileURLToPath(new URL("../../test/fixtures/tls/", import.meta.url));
/** No client may wait longer for a server that takes its writes, whoever is restarted; the whole of an election is in it. */
const silenceMsMax = 10_000;

type Keys = Readonly<Record<string, string>>;

/** A way to protect the ports: three steps to it, and what a server has that is to be refused. */
interface Protection {
  readonly steps: readonly { readonly name: string; readonly keys: Keys }[];
  readonly bad: Keys;
  readonly badProps: readonly string[];
  readonly props: readonly string[];
}

function overTls(): Protection {
  const keyStores = {
    "ssl.quorum.keyStore.location": `${stores}server.p12`,
    "ssl.quorum.keyStore.passwordPath": `${stores}password.txt`,
    "ssl.quorum.trustStore.location": `${stores}trust.p12`,
    "ssl.quorum.trustStore.passwordPath": `${stores}password.txt`,
  };
  const unified = { ...keyStores, portUnification: "true" };
  const secured = { ...keyStores, sslQuorum: "true" };
  return {
    steps: [
      { name: "both are taken", keys: unified },
      { name: "all dial with TLS", keys: { ...unified, sslQuorum: "true" } },
      { name: "TLS alone", keys: secured },
    ],
    bad: {
      ...secured,
      "ssl.quorum.keyStore.location": `${stores}stranger.pem`,
      "ssl.quorum.keyStore.passwordPath": "",
    },
    badProps: [],
    props: [],
  };
}

function byLogins(): Protection {
  const able = { "quorum.auth.enableSasl": "true", "fips-mode": "false" };
  const learner = { ...able, "quorum.auth.learnerRequireSasl": "true" };
  const required = { ...learner, "quorum.auth.serverRequireSasl": "true" };
  return {
    steps: [
      { name: "logins are understood", keys: able },
      { name: "all log in", keys: learner },
      { name: "logins are required", keys: required },
    ],
    bad: required,
    badProps: jaas("guessed"),
    props: jaas("secret"),
  };
}

/** The -D word of a file in which the learner has this password. */
function jaas(password: string): string[] {
  const file = join(folder, `jaas-${password}`);
  const digest = "org.apache.zookeeper.server.auth.DigestLoginModule required";
  writeFileSync(
    file,
    `QuorumServer { ${digest} user_member="secret"; };\n` +
      `QuorumLearner { ${digest} username="member" password="${password}"; };\n`,
  );
  return [`-Djava.security.auth.login.config=${file}`];
}

const random = seeded(Number(values.seed));
const places = values.members.split(",").map((kind, i) => new Place(folder, i + 1, kind));
// Not many at a time: it is the restarts that take long enough, and all is compared after each step.
const ensemble = new LoadedEnsemble(places, random, log, 1);
const servers: Record<string, string> = {};
const ports = new Map<Place, { quorum: number; election: number }>();
const leaders = new Set<string>();
let passed = 0;
let failed = 0;

function log(message: string): void {
  if (values.verbose) process.stdout.write(`${message}\n`);
}

async function check(name: string, run: () => Promise<void>): Promise<void> {
  log(name);
  try {
    await run();
    passed++;
  } catch (error) {
    failed++;
    const text = error instanceof Error ? error.message : String(error);
    process.stdout.write(`FAIL ${name}: ${text}\n`);
  }
}

async function launch(place: Place, keys: Keys, props: readonly string[]): Promise<void> {
  rmSync(join(place.folder, "zoo.cfg"), { force: true });
  await place.prepare({ ...servers, ...keys });
  place.props = props;
  await place.launch();
}

async function noteLeader(): Promise<void> {
  const { leader } = await ensemble.leaderAndFollowers();
  if (leader !== undefined) leaders.add(leader.kind);
}

/** One after the other, with clients that write; answers how long they had to wait at most, in ms. */
async function restartEach(keys: Keys, props: readonly string[]): Promise<number> {
  let silenceMs = 0;
  await ensemble.whileWriting(async () => {
    let acked = ensemble.ackedCount;
    let heardMs = Date.now();
    const watch = setInterval(() => {
      if (ensemble.ackedCount !== acked) heardMs = Date.now();
      acked = ensemble.ackedCount;
      silenceMs = Math.max(silenceMs, Date.now() - heardMs);
    }, 20);
    try {
      for (const place of places) {
        await place.server?.stop();
        await launch(place, keys, props);
        await place.serving();
        await pause(300);
        await noteLeader();
      }
    } finally {
      clearInterval(watch);
    }
  });
  return silenceMs;
}

/** A member that is not believed stays out, the others go on, and it comes back when it is itself again. */
async function staysOut(place: Place, { bad, badProps, props, steps }: Protection): Promise<void> {
  const others = places.filter((other) => other !== place);
  await place.server?.stop();
  ensemble.places = others;
  await Promise.all(others.map((other) => other.serving()));
  await ensemble.whileWriting(async () => {
    await launch(place, bad, badProps);
    await pause(3000);
  });
  const mode = await place.mode();
  await place.server?.stop();
  await launch(place, steps[steps.length - 1].keys, props);
  await place.serving();
  ensemble.places = places;
  if (mode !== "none") throw new Error(`server ${place.sid} is a ${mode} with them`);
  await ensemble.whileWriting(() => pause(200));
}

/** A caller that is no member, in plain text and without a login: an observer's first words, on either port. */
async function isTurnedAway(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  let answered = 0;
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => (answered += chunk.length));
  const hello = InitialMessage.encode({ protocolVersion: -65536n, sid: 99n, addresses: ["127.0.0.1:1"] });
  socket.write(Buffer.concat([hello, Buffer.alloc(40)]));
  const late = new Promise<string>((resolve) => setTimeout(() => resolve("late"), 10_000).unref());
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve("closed")));
  const end = await Promise.race([closed, late]);
  socket.destroy();
  if (end !== "closed") throw new Error(`port ${port} keeps it`);
  // An alert of TLS or a word of SASL that says no, at most; a vote has 44 bytes and more.
  if (answered > 32) throw new Error(`port ${port} answers it ${answered} bytes`);
}

async function run(protection: Protection): Promise<void> {
  for (const place of places) await launch(place, {}, []);
  await Promise.all(places.map((place) => place.serving()));
  await noteLeader();
  for (const { name, keys } of protection.steps) {
    await check(name, async () => {
      const silenceMs = await restartEach(keys, protection.props);
      process.stdout.write(`${name}: nobody was served for ${silenceMs} ms at most\n`);
      if (silenceMs > silenceMsMax) throw new Error(`nobody was served for ${silenceMs} ms`);
    });
  }
  for (const place of [places[0], ...places.filter(({ kind }) => kind !== places[0].kind).slice(0, 1)])
    await check(`${place.kind} that is not believed`, () => staysOut(place, protection));
  await check("both kinds have led", async () => {
    await noteLeader();
    const kinds = new Set(places.map(({ kind }) => kind));
    if (leaders.size < kinds.size) throw new Error(`only ${[...leaders].join()} has led`);
  });
  for (const place of places)
    await check(`a stranger at server ${place.sid}, ${place.kind}`, async () => {
      await isTurnedAway(ports.get(place)?.election ?? 0);
      if ((await place.mode()) === "leader") await isTurnedAway(ports.get(place)?.quorum ?? 0);
    });
  await check("afterwards", () => ensemble.whileWriting(() => pause(200)));
}

for (const place of places) {
  const own = { quorum: await freePort(), election: await freePort() };
  ports.set(place, own);
  servers[`server.${place.sid}`] = `127.0.0.1:${own.quorum}:${own.election}`;
}
process.stdout.write(`${what}, seed ${values.seed}, members ${values.members}\n`);
try {
  await run(what === "tls" ? overTls() : byLogins());
} finally {
  for (const place of places) await place.server?.kill();
}
process.stdout.write(`${ensemble.ackedCount} writes acknowledged\n`);
if (failed === 0) rmSync(folder, { recursive: true, force: true });
else process.stdout.write(`folder kept: ${folder}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
