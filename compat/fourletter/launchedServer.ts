import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askWord } from "./rawClient.ts";

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 100;

/** A standalone server of its own folder and port, started as `<launcher> <zoo.cfg>`. */
export class LaunchedServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts a server with the given whitelist and waits until it serves. */
  static async start(launcher: string, whitelist: string): Promise<LaunchedServer> {
    const folder = await mkdtemp(join(tmpdir(), "fourletter-"));
    const port = await freePort();
    const dataDir = join(folder, "data");
    await mkdir(dataDir);
    const config = join(folder, "zoo.cfg");
    const settings = {
      tickTime: 2000,
      dataDir,
      clientPort: port,
      clientPortAddress: "127.0.0.1",
      "admin.enableServer": false,
      "4lw.commands.whitelist": whitelist,
    };
    await writeFile(
      config,
      Object.entries(settings)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
    );
    // The server runs in its own folder, so a launcher named from here must be found from there.
    const child = spawn(resolve(launcher), [config], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    const server = new LaunchedServer(port, child, folder);
    try {
      await server.#serving(launcher);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Ends the server and removes its folder. */
  async stop(): Promise<void> {
    if (this.#child.pid !== undefined && !this.#ended) {
      const exit = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await exit;
      clearTimeout(timer);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #serving(launcher: string): Promise<void> {
    let failure: Error | null = null;
    this.#child.once("error", (error) => (failure = error));
    const endMs = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < endMs) {
      await sleep(POLL_MS);
      if (failure !== null) throw failure;
      if (this.#ended) throw new Error(`${launcher} ended before its server served`);
      const answer = await askWord(this.port, "srvr").catch(() => "");
      if (answer.includes("\nMode: ")) return;
    }
    throw new Error(`${launcher} did not serve within 60 s`);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port from the operating system");
  return address.port;
}
