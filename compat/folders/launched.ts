import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askWord } from "../fourletter/rawClient.ts";
import { superUser } from "./dumpTree.ts";

const superDigest = `super:${createHash("sha1").update(superUser).digest("base64")}`;
const launchers = fileURLToPath(new URL("../launch/", import.meta.url));

/**
 * A port that was free a moment ago, below the range from which systems take the near end of a connection: a client that
 * tries again and again on a port of that range can end up connected to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

/** What a launch has beyond its folder. */
export interface LaunchOptions {
  /** Lines of zoo.cfg in place of, or beside, those that every launch has; `dataDir` is `<folder>/data` by default. */
  readonly keys?: Readonly<Record<string, string>>;
  /** -D words, read by both kinds of servers. */
  readonly props?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Words before the command, as of `ip netns exec`. */
  readonly prefix?: readonly string[];
  /** Client port; a free one by default. */
  readonly port?: number;
  /** What a member of an ensemble has to answer to count as started; by default it must stand alone. */
  readonly modes?: RegExp;
  /** Path of the config, which is written only if it is not there; by default one in the folder, written anew. */
  readonly config?: string;
  /** The log goes on where an earlier launch of the name left it. */
  readonly keepsLog?: boolean;
}

/** One server in a process of its own, on a folder that others may have used before. */
export class Launched {
  readonly name: string;
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #log: string;
  #exit: string | null = null;

  private constructor(name: string, port: number, child: ChildProcess, log: string) {
    this.name = name;
    this.port = port;
    this.#process = child;
    this.#log = log;
    child.on("exit", (code, signal) => (this.#exit = `exit code ${code ?? signal}`));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /**
   * Starts `compat/launch/<name>` and resolves when it serves. Small limits make snapshots and rolls frequent. Config and
   * log are written into the folder.
   */
  static async start(name: string, folder: string, options: LaunchOptions = {}): Promise<Launched> {
    const launched = await Launched.#spawn(name, folder, options);
    try {
      await launched.serving(options.modes);
    } catch (error) {
      await launched.kill();
      throw error;
    }
    return launched;
  }

  /** A launch that ends with SIGKILL after that many ms, wherever the server is then. */
  static async falseStart(name: string, folder: string, ms: number, options: LaunchOptions): Promise<void> {
    const launched = await Launched.#spawn(name, folder, options);
    await new Promise((resolve) => setTimeout(resolve, ms));
    await launched.kill();
  }

  /** As `start`, without a wait. */
  static async spawn(name: string, folder: string, options: LaunchOptions): Promise<Launched> {
    return Launched.#spawn(name, folder, options);
  }

  static async #spawn(name: string, folder: string, options: LaunchOptions): Promise<Launched> {
    const port = options.port ?? (await freePort());
    const config = options.config ?? join(folder, `${name}.cfg`);
    const keys = {
      tickTime: "2000",
      dataDir: join(folder, "data"),
      clientPort: String(port),
      clientPortAddress: "127.0.0.1",
      maxSessionTimeout: "3600000",
      maxClientCnxns: "0",
      snapCount: "300",
      preAllocSize: "64",
      extendedTypesEnabled: "true",
      "admin.enableServer": "false",
      "4lw.commands.whitelist": "*",
      "DigestAuthenticationProvider.superDigest": superDigest,
      ...options.keys,
    };
    const lines = Object.entries(keys).map(([key, value]) => `${key}=${value}\n`);
    if (options.config === undefined || !existsSync(config)) writeFileSync(config, lines.join(""));
    const log = join(folder, `${name}.log`);
    if (options.keepsLog !== true) writeFileSync(log, "");
    const [command, ...words] = [...(options.prefix ?? []), join(launchers, name), config];
    const child = spawn(command, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ZK_PROPS: (options.props ?? []).join(" "),
        APACHE_PROPS: name === "apache" ? "-Dzookeeper.log.level=INFO" : "",
        ...options.environment,
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => appendFileSync(log, chunk));
    }
    return new Launched(name, port, child, log);
  }

  /** Asked by a word, since every session that is opened, also in vain, stays in the folder. */
  async serving(modes = /Mode: standalone/): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      if (this.#exit !== null) throw new Error(`${this.name} did not start (${this.#exit}):\n${this.tail()}`);
      const answer = await askWord(this.port, "srvr").catch(() => "nobody listens yet");
      if (modes.test(answer)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${this.name} did not serve within a minute:\n${this.tail()}`);
  }

  log(): string {
    return readFileSync(this.#log, "utf8");
  }

  tail(): string {
    return this.log().split("\n").slice(-15).join("\n");
  }

  /** Ends it in good order, and answers how it ended. */
  async stop(): Promise<string> {
    return this.#end("SIGTERM");
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops it in its tracks for a while: nothing is answered and nothing closed. */
  async pause(ms: number): Promise<void> {
    this.#process.kill("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#process.kill("SIGCONT");
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<string> {
    if (this.#exit !== null) return this.#exit;
    const gone = once(this.#process, "exit");
    this.#process.kill(signal);
    await gone;
    return this.#exit ?? "";
  }
}
