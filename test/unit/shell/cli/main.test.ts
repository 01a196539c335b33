import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const main = fileURLToPath(new URL("../../../../src/main.ts", import.meta.url));
const root = fileURLToPath(new URL("../../../../", import.meta.url));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function zabra(...args: string[]): Promise<Outcome> {
  const env = { PATH: process.env["PATH"] };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", main, ...args],
      { cwd: root, env },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
  });
}

describe("the program zabra", function () {
  this.timeout(20_000);
  let folder = "";
  let file = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "zabra-cli-"));
    file = join(folder, "zoo.cfg");
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("checks a configuration: warnings and 0", async () => {
    writeFileSync(file, `dataDir=${folder}/data\nclientPort=2181\ntickTimee=1\n`);
    const { code, stdout, stderr } = await zabra(file, "--check-config");
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.match(/^warn: .*zoo\.cfg line 3: unknown key tickTimee.*\n$/);
  });

  it("refuses a configuration: one line and 2", async () => {
    writeFileSync(file, `dataDir=${folder}/data\nclientPort=2181\ntickTime=soon\n`);
    const { code, stdout, stderr } = await zabra(file, "--check-config");
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
    expect(stderr).to.match(/^zabra: .*zoo\.cfg line 3: tickTime=soon: must be a 32-bit whole number\n$/);
  });

  describe("--check-config opens what a start opens", () => {
    const tls = fileURLToPath(new URL("../../../fixtures/tls/", import.meta.url));
    /** A member of an ensemble, with a folder of its own. */
    const member = (more: string): string => {
      mkdirSync(join(folder, "member"), { recursive: true });
      writeFileSync(join(folder, "member", "myid"), "1");
      const servers = [1, 2, 3].map((sid) => `server.${sid}=127.0.0.1:${sid * 2}:${sid * 2 + 1}\n`).join("");
      return `dataDir=${folder}/member\ninitLimit=5\nsyncLimit=5\n${servers}${more}`;
    };
    const stores = (keyStore: string, more = ""): string =>
      `secureClientPort=0\nssl.keyStore.location=${keyStore}\nssl.trustStore.location=${tls}ca.pem\n${more}`;
    const cases: [string, () => string, RegExp][] = [
      ["a key store that is missing", () => stores("/no/such.pem"), /ssl\.keyStore\.location=.*ENOENT/],
      [
        "a wrong password",
        () => stores(`${tls}server.p12`, "ssl.keyStore.password=wrong"),
        /server\.p12: .*password/,
      ],
      [
        "a missing password file",
        () => stores(`${tls}server.p12`, "ssl.keyStore.passwordPath=/no/pw"),
        /passwordPath=\/no\/pw/,
      ],
      [
        "a trust store of another kind",
        () => stores(`${tls}server.pem`, `ssl.trustStore.type=JKS`),
        /trustStore\.type=PEM/,
      ],
      [
        "port unification",
        () => `client.portUnification=true\nssl.keyStore.location=${tls}ca.pem`,
        /no private key/,
      ],
      [
        "TLS between servers",
        () => member(`sslQuorum=true\nssl.quorum.keyStore.location=${tls}ca.pem`),
        /ssl\.quorum\.keyStore\.location=.*no private key/,
      ],
      [
        "a JAAS file",
        () => `java.security.auth.login.config=${folder}/none`,
        /login\.config: cannot read .*none/,
      ],
    ];
    for (const [name, text, message] of cases) {
      it(name, async () => {
        writeFileSync(file, `dataDir=${folder}/untouched\nclientPort=0\n${text()}\n`);
        const { code, stderr } = await zabra(file, "--check-config");
        expect(code).to.equal(2);
        expect(stderr)
          .to.match(message)
          .and.match(/^zabra: .*\n$/);
        const start = await zabra(file, "-Dzookeeper.log.level=fatal");
        expect(start.code, "a start").to.equal(2);
        const { msg } = JSON.parse(start.stdout) as { msg: string };
        expect(`zabra: ${msg.replace("the server could not start: ", "")}\n`).to.equal(stderr);
        expect(existsSync(join(folder, "untouched"))).to.equal(false);
      });
    }

    it("prints the warnings of stores, and needs no free port", async () => {
      const holder = createServer().listen(0, "127.0.0.1");
      await once(holder, "listening");
      const { port } = holder.address() as AddressInfo;
      const ports = `clientPortAddress=127.0.0.1\nclientPort=${port}\nsecureClientPort=${port}`;
      writeFileSync(file, `dataDir=${folder}/untouched\n${ports}\nssl.keyStore.location=${tls}server.pem\n`);
      const { code, stdout, stderr } = await zabra(file, "--check-config");
      holder.close();
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout).to.match(/^warn: ssl\.trustStore\.location is not set/m);
      expect(existsSync(join(folder, "untouched"))).to.equal(false);
    });

    it("leaves stores alone that no port uses", async () => {
      writeFileSync(file, `dataDir=${folder}/untouched\nclientPort=2181\nssl.keyStore.location=/none.pem\n`);
      expect((await zabra(file, "--check-config")).code).to.equal(0);
    });
  });

  it("leaves with a code of its own for damaged data, and with another for a port that is taken", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const data = join(folder, "damaged");
    mkdirSync(join(data, "version-2"), { recursive: true });
    writeFileSync(join(data, "version-2", "snapshot.0"), "no snapshot");
    const damaged = await zabra("--port", "0", "--data-dir", data);
    const taken = await zabra("--port", String(port), "--memory");
    holder.close();
    expect([damaged.code, taken.code]).to.deep.equal([21, 1]);
    expect(damaged.stdout).to.contain("snapshot.0");
  });

  it("prints values, origins and no secret", async () => {
    writeFileSync(
      file,
      `dataDir=${folder}/data\nclientPort=2181\nssl.keyStore.location=/k\nssl.keyStore.password=geheim\n`,
    );
    const { code, stdout } = await zabra(file, "--print-config", "-Dzookeeper.maxCnxns=9");
    expect(code).to.equal(0);
    const lines = stdout.split("\n");
    expect(lines).to.include(`clientPort=2181  # ${file} line 2`);
    expect(lines).to.include("maxCnxns=9  # -Dzookeeper.maxCnxns in the arguments");
    expect(lines).to.include("tickTime=3000  # default");
    expect(lines).to.include(`ssl.keyStore.password=******  # ${file} line 4`);
    expect(stdout).not.to.contain("geheim");
  });

  it("refuses an option that it does not have with 2", async () => {
    const { code, stderr } = await zabra("--bogus");
    expect(code).to.equal(2);
    expect(stderr).to.contain("--bogus");
  });

  it("prints help and version with 0", async () => {
    const [help, version] = await Promise.all([zabra("--help"), zabra("--version")]);
    expect([help.code, version.code]).to.deep.equal([0, 0]);
    expect(help.stdout).to.contain("--data-dir");
    expect(version.stdout).to.match(/^zabra \d+\.\d+\.\d+ /);
  });
});
