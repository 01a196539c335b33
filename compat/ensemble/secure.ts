/**
 * TLS and logins between servers of ours and of Apache's: an ensemble of both goes over to TLS, then to logins, one server
 * after the other, while clients write; whoever leads. After each step all members must show one tree with everything
 * that was acknowledged.
 *
 *   npm run compat:secure -- [--members zabra,apache,zabra] [--verbose]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { freePort } from "../folders/launched.ts";
import { seeded } from "../folders/roundSettings.ts";
import { LoadedEnsemble, pause, Place } from "./members.ts";

const { values } = parseArgs({
  options: {
    members: { type: "string", default: "zabra,apache,zabra" },
    verbose: { type: "boolean", default: false },
  },
});
const kinds = values.members.split(",");
const folder = mkdtempSync(join(tmpdir(), "zabra-secure-"));
const stores = fileURLToPath(new URL("../../test/fixtures/tls/", import.meta.url));
const jaasFile = join(folder, "jaas");
const login = "org.apache.zookeeper.server.auth.DigestLoginModule required";
writeFileSync(
  jaasFile,
  `QuorumServer { ${login} user_peer="secret"; };\nQuorumLearner { ${login} username="peer" password="secret"; };\n`,
);
const places = kinds.map((kind, i) => new Place(folder, i + 1, kind));
const log = (message: string): void => void (values.verbose && process.stdout.write(`${message}\n`));
const ensemble = new LoadedEnsemble(places, seeded(1), log);
const withStores = {
  "ssl.quorum.keyStore.location": `${stores}server.p12`,
  "ssl.quorum.keyStore.password": "changeit",
  "ssl.quorum.trustStore.location": `${stores}trust.p12`,
  "ssl.quorum.trustStore.password": "changeit",
};
const off = { portUnification: "false", sslQuorum: "false" };
/** The procedures of Apache's administrator's guide. */
const steps: readonly (readonly [what: string, keys: Readonly<Record<string, string>>])[] = [
  ["takes TLS, too", { ...withStores, ...off, portUnification: "true" }],
  ["dials with TLS", { sslQuorum: "true" }],
  ["takes nothing but TLS", { portUnification: "false" }],
  ["takes logins", { "quorum.auth.enableSasl": "true" }],
  ["logs in", { "quorum.auth.learnerRequireSasl": "true" }],
  ["asks for logins", { "quorum.auth.serverRequireSasl": "true" }],
];
let passed = 0;
let failed = 0;

async function check(what: string, run: () => Promise<void>): Promise<void> {
  try {
    await ensemble.whileWriting(run);
    passed++;
    log(`ok ${what}`);
  } catch (error) {
    failed++;
    process.stdout.write(
      `FAIL ${what}: ${error instanceof Error ? error.message : String(error)}\nfolder kept: ${folder}\n`,
    );
  }
}

try {
  const servers: Record<string, string> = {};
  for (const { sid } of places)
    servers[`server.${sid}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
  for (const place of places) {
    await place.prepare(servers);
    place.props = [`-Djava.security.auth.login.config=${jaasFile}`, "-Dzookeeper.fips-mode=false"];
    await place.launch();
  }
  await Promise.all(places.map((place) => place.serving()));
  for (const [what, keys] of steps) {
    for (const place of places) place.rewrite(keys);
    await check(`each ${what}`, async () => {
      for (const place of places) {
        await place.server?.stop();
        await place.launch();
        await place.serving();
        await pause(500);
      }
    });
    if (failed > 0) break;
  }
  // Each may lead with what is on now.
  for (const place of failed > 0 ? [] : places)
    await check(`without server ${place.sid}, a ${place.kind}`, async () => {
      await place.server?.kill();
      await pause(2500);
      await place.launch();
      await place.serving();
    });
} finally {
  for (const place of places) await place.server?.kill();
}
process.stdout.write(`${ensemble.ackedCount} writes acknowledged\n${passed} passed, ${failed} failed\n`);
if (failed === 0) rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
