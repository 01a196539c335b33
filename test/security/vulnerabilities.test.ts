import { expect } from "chai";
import { ErrorCode } from "../../protocol/errors.ts";
import { OpCode } from "../../protocol/opcodes.ts";
import { loadConfig } from "../../src/shell/config/config.ts";
import { printedConfig } from "../../src/shell/cli/printConfig.ts";
import { startServer, type StartedServer } from "../../src/index.ts";
import { CoreHarness } from "../support/coreHarness.ts";
import { openAcl } from "../support/coreClient.ts";
import { word } from "../ensemble/testEnsemble.ts";

/**
 * The lessons of the published vulnerabilities of Apache ZooKeeper, by name. Not here: CVE-2016-5017 (the shell of the C
 * client), CVE-2024-51504 and CVE-2025-58457 (AdminServer, which is not built yet). CVE-2018-8012, CVE-2023-44981 and CVE-2026-24281
 * stand with the ways between servers: `test/ensemble/secured.test.ts`, `test/unit/shell/quorum/quorumSasl.test.ts`.
 */
describe("lessons of published vulnerabilities", () => {
  let server: StartedServer | null = null;

  afterEach(async () => {
    await server?.stop();
    server = null;
  });

  it("CVE-2014-085: no password stands in what operators are shown", () => {
    const keys = { "ssl.keyStore.password": "very-secret", "X509AuthenticationProvider.superUser": "CN=x" };
    const loaded = loadConfig({ keys, overrides: { port: "0", memory: true } });
    expect(printedConfig(loaded)).to.contain("ssl.keyStore.password").and.not.to.contain("very-secret");
  });

  it("CVE-2017-5637: words that cost much are refused unless an operator has allowed them", async () => {
    server = await startServer({
      config: { clientPortAddress: "127.0.0.1", "4lw.commands.whitelist": "srvr" },
    });
    for (const name of ["wchp", "wchc", "dump", "cons"])
      expect(await word(server.port, name)).to.equal(
        `${name} is not executed because it is not in the whitelist.\n`,
      );
  });

  it("CVE-2019-0201: ACLs are shown to those who may read or administer, and digests to the latter alone", () => {
    const harness = new CoreHarness();
    const client = harness.session();
    const hashed = { scheme: "digest", id: "bob:secrethash" };
    const anyone = { scheme: "world", id: "anyone" };
    client.create("/closed");
    client.create("/readable");
    client.ok(OpCode.setACL, { path: "/closed", acl: [{ perms: 31, id: hashed }], version: -1 });
    const both = [
      { perms: 31, id: hashed },
      { perms: 1, id: anyone },
    ];
    client.ok(OpCode.setACL, { path: "/readable", acl: both, version: -1 });
    expect(client.call(OpCode.getACL, { path: "/closed" }).err).to.equal(ErrorCode.NOAUTH);
    const shown = client.ok(OpCode.getACL, { path: "/readable" }).acl ?? [];
    expect(shown.map(({ id }) => id.id)).to.deep.equal(["bob:x", "anyone"]);
  });

  it("CVE-2024-23944: a watch on everything below a node tells nothing of what may not be read", () => {
    const harness = new CoreHarness();
    harness.autoLog = true;
    const [watcher, writer] = [harness.session(), harness.session()];
    writer.create("/top");
    watcher.ok(OpCode.addWatch, { path: "/top", mode: 1 });
    const closed = [{ perms: 31, id: { scheme: "ip", id: "10.9.9.9" } }];
    writer.call(OpCode.create, { path: "/top/secret-name", data: null, acl: closed, flags: 0 });
    writer.call(OpCode.create, { path: "/top/open", data: null, acl: openAcl, flags: 0 });
    const told = watcher.received.filter(({ kind }) => kind === "event");
    expect(JSON.stringify(told, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)))
      .to.contain("/top/open")
      .and.not.to.contain("secret-name");
  });
});
