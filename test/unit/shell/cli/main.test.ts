import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
