import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { createBody, RawClient } from "../../../support/rawClient.ts";

const main = fileURLToPath(new URL("../../../../src/main.ts", import.meta.url));
const stalledDisk = new URL("../../../support/stalledDisk.ts", import.meta.url).href;
const createType = 1;

/** The program with a disk that hangs as soon as it is told to. */
class Program {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #waiting: { readonly part: string; readonly found: (line: string) => void }[] = [];
  readonly #stallFile: string;
  readonly #lines: string[] = [];

  constructor(folder: string) {
    this.#stallFile = join(folder, "stall");
    const words = ["--port", "0", "--data-dir", join(folder, "data")];
    this.#child = spawn(process.execPath, ["--import", "tsx", "--import", stalledDisk, main, ...words], {
      env: { PATH: process.env["PATH"], STALL_FILE: this.#stallFile },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const output of [this.#child.stdout, this.#child.stderr])
      createInterface(output).on("line", (line) => this.#line(line));
  }

  #line(line: string): void {
    this.#lines.push(line);
    for (const { part, found } of this.#waiting) if (line.includes(part)) found(line);
  }

  /** The first line, past or to come, that contains the text. */
  said(part: string): Promise<string> {
    const past = this.#lines.find((line) => line.includes(part));
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((found) => this.#waiting.push({ part, found }));
  }

  stall(): void {
    writeFileSync(this.#stallFile, "");
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The exit code, or the signal that ended it. */
  async end(): Promise<number | string> {
    const [code, signal] = (await once(this.#child, "close")) as [number | null, string | null];
    return code ?? signal ?? "";
  }

  kill(): void {
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
  }
}

describe("signals to the program", function () {
  this.timeout(30_000);
  let folder = "";
  let program: Program;
  let clients: RawClient[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zabra-signals-"));
    program = new Program(folder);
  });

  afterEach(() => {
    program.kill();
    for (const client of clients) client.close();
    clients = [];
    rmSync(folder, { recursive: true, force: true });
  });

  /** A write in flight whose sync never ends, so that a stop, which waits for it, does not either. */
  async function holdOpen(): Promise<void> {
    const { port } = JSON.parse(await program.said("ready: ")) as { port: number };
    const client = await RawClient.open(port);
    clients.push(client);
    await client.connect();
    program.stall();
    void client.ask(1, createType, createBody("/held")).catch(() => undefined);
    await program.said("stalled");
  }

  for (const [first, second, code] of [
    ["SIGTERM", "SIGTERM", 143],
    ["SIGINT", "SIGINT", 130],
    ["SIGTERM", "SIGINT", 130],
  ] as const) {
    it(`a second one, ${second} after ${first}, ends a stop that hangs at once with ${code}`, async () => {
      await holdOpen();
      program.send(first);
      await program.said(`${first}: stopping`);
      const ended = program.end();
      program.send(second);
      expect(await ended).to.equal(code);
    });
  }

  it("one ends a start that takes its time with 0", async () => {
    program.stall();
    await program.said("stalled");
    const ended = program.end();
    program.send("SIGTERM");
    expect(await ended).to.equal(0);
    await program.said("SIGTERM during the start: leaving");
  });
});
