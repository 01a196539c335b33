import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { connectClient } from "../client/nodeClient.ts";
import { RawClient } from "../support/rawClient.ts";
import { freePortsInARow } from "./freePorts.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

describe("zabra ensemble", function () {
  this.timeout(60_000);
  let folder: string;
  let child: ChildProcessByStdio<null, Readable, null>;
  let lines: AsyncIterableIterator<string>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "zabra-command-"));
  });

  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  function start(port: number): void {
    child = spawn(
      process.execPath,
      ["--import", "tsx", main, "ensemble", "3", "--port", String(port), "--data-dir", folder],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  /** Lines until all of the patterns have been met, each by one of them. */
  async function said(...patterns: RegExp[]): Promise<string> {
    const text: string[] = [];
    while (!patterns.every((pattern) => text.some((line) => pattern.test(line)))) {
      const { value, done } = (await lines.next()) as IteratorResult<string>;
      if (done === true) throw new Error(`it ended with ${text.join("\n")}`);
      text.push(value);
    }
    return text.join("\n");
  }

  it("runs three servers that elect a leader, shows them, and ends them together", async () => {
    const port = await freePortsInARow(3, [0, 707, 1707]);
    start(port);
    const text = await said(/^connect string: /, / leader +1 +0x100000000 /, / follower /);
    expect(text).to.contain(`127.0.0.1:${port},127.0.0.1:${port + 1},127.0.0.1:${port + 2}`);
    const client = await connectClient(`127.0.0.1:${port},127.0.0.1:${port + 1}`);
    await client.create("/there", "1");
    await client.close();
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).to.equal(0);
    for (const sid of [1, 2, 3])
      expect(await readFile(join(folder, String(sid), "log"), "utf8")).to.contain("SIGTERM: stopping");
  });

  it("leaves no server behind, however it ends", async () => {
    const port = await freePortsInARow(3, [0, 707, 1707]);
    start(port);
    await said(/ leader /);
    const clients = await Promise.all([0, 1, 2].map((i) => RawClient.open(port + i)));
    const gone = clients.map((client) => once(client.socket, "close"));
    child.kill("SIGKILL");
    await Promise.all(gone);
  });
});
