import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../compat/folders/launched.ts";
import { LoadClient, type Address } from "../src/shell/load/loadClient.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const startMsMax = 600_000;

/** How servers are started: the words before the name of the zoo.cfg. */
export const commands = {
  zabra: [process.execPath, join(root, "dist", "bin", "zabra.js")],
  "dist/src/main.js": [process.execPath, join(root, "dist", "src", "main.js")],
  apache: [join(root, "compat", "launch", "apache")],
  floor: [process.execPath, "--import", "tsx", join(root, "bench", "floor.ts")],
} as const;
export type ServerName = keyof typeof commands;

/** A comma-separated list of them, as the options of the benchmarks have it. */
export function serverNames(list: string): ServerName[] {
  return list.split(",").filter((name): name is ServerName => name in commands);
}

const ticksPerSecond = 100;

/** Processor time that a process has taken, in seconds, to a hundredth; Linux only, else NaN. */
export function cpuSecondsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}

/** Memory of a process, MB: what it has now, or the most it ever had; Linux only, else NaN. */
export function memoryMbOf(pid: number, which: "VmRSS" | "VmHWM"): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Math.round(Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  } catch {
    return Number.NaN;
  }
}

/** A folder of its own, removed in the end. */
export class Folder {
  readonly path = mkdtempSync(join(process.env["BENCH_TMP"] ?? tmpdir(), "zabra-bench-"));

  constructor() {
    mkdirSync(join(this.path, "data"));
  }

  get snapshots(): string[] {
    return readdirSync(join(this.path, "data", "version-2")).filter((name) =>
      /^snapshot\.[0-9a-f]+$/.test(name),
    );
  }

  /** What the server last started here has said. */
  log(): string {
    return readFileSync(join(this.path, "log"), "utf8");
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A server process, with a session that was opened as soon as it could be. */
export class ServerProcess {
  readonly port: number;
  readonly client: LoadClient;
  /** From the call that starts the process to the answer to the first session, ms. */
  readonly launchMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, client: LoadClient, launchMs: number) {
    this.#child = child;
    this.port = port;
    this.client = client;
    this.launchMs = launchMs;
  }

  static async start(
    name: ServerName,
    folder: Folder,
    keys: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    const port = await freePort();
    const config = join(folder.path, "zoo.cfg");
    const all = {
      tickTime: "2000",
      dataDir: join(folder.path, "data"),
      clientPort: String(port),
      clientPortAddress: "127.0.0.1",
      maxClientCnxns: "0",
      "admin.enableServer": "false",
      "4lw.commands.whitelist": "*",
      ...keys,
    };
    writeFileSync(
      config,
      Object.entries(all)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
    );
    const [file, ...words] = commands[name];
    const log = openSync(join(folder.path, "log"), "w");
    const startMs = performance.now();
    // The launcher's own choice of JVM flags is for a quick start, not for speed.
    const env = { ...process.env, APACHE_JVM: process.env["APACHE_JVM"] ?? "-Xmx1g" };
    const child = spawn(file, [...words, config], { stdio: ["ignore", log, log], env, cwd: root });
    closeSync(log);
    while (performance.now() - startMs < startMsMax) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${name} ended before it served:\n${folder.log()}`);
      const client = await LoadClient.open({ host: "127.0.0.1", port }).catch(() => null);
      if (client !== null) return new ServerProcess(child, port, client, performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    child.kill("SIGKILL");
    throw new Error(`${name} did not serve within ${startMsMax} ms`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get address(): Address {
    return { host: "127.0.0.1", port: this.port };
  }

  /** Most memory that the process ever had, MB. */
  peakMemoryMb(): number {
    return memoryMbOf(this.pid, "VmHWM");
  }

  /** Ends the process in good order; resolves when it has gone. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.client.drop();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill(signal);
    await gone;
  }
}
