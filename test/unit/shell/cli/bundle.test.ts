import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../../../../dist/bin/zabra.js", import.meta.url));
const golden = fileURLToPath(new URL("../../../golden/disk/all_txns/data/version-2/", import.meta.url));

/** The program as `npm ci` leaves it: joined into few files, in which nothing may be missing. */
describe("the built program", () => {
  before(() => {
    if (!existsSync(program)) throw new Error("dist/bin/zabra.js is missing: run npm run build");
  });

  it("prints logs and snapshots", async () => {
    const log = await run(process.execPath, [program, "txnlog", "--json", `${golden}log.1`]);
    expect(log.stdout).to.include('"type":"createTTL"');
    const snapshot = await run(process.execPath, [program, "snapshot", `${golden}snapshot.0`]);
    expect(snapshot.stdout).to.include("/zookeeper/quota");
  });

  it("knows its version", async () => {
    const { stdout } = await run(process.execPath, [program, "--version"]);
    expect(stdout).to.match(/^zabra \d+\.\d+\.\d+ /);
  });
});
