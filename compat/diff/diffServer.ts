import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { int, RawClient, text } from "../../test/support/rawClient.ts";
import { superUser } from "../folders/dumpTree.ts";
import { freePort } from "../folders/launched.ts";

const superDigest = `super:${createHash("sha1").update(superUser).digest("base64")}`;
const startMsMax = 60_000;
const adminTimeoutMs = 600_000;

/** Milliseconds between two looks of a server for containers and TTL nodes that are due. */
export const checkIntervalMs = 250;
/** The shortest session timeout. */
export const shortestTimeoutMs = 250;

/** zoo.cfg of both servers but for port and folder: everything that takes time is quick, snapshots and rolls are frequent. */
const commonKeys = {
  tickTime: "100",
  minSessionTimeout: String(shortestTimeoutMs),
  maxSessionTimeout: String(adminTimeoutMs),
  clientPortAddress: "127.0.0.1",
  maxClientCnxns: "0",
  // A connection that is closed for its silence and not for the end of its session would be chance.
  "nio.sessionlessCnxnTimeout": "3600000",
  snapCount: "500",
  preAllocSize: "64",
  // A killed process loses nothing that it has written, and nothing here kills the machine.
  forceSync: "no",
  extendedTypesEnabled: "true",
  enforceQuota: "true",
  "admin.enableServer": "false",
  "4lw.commands.whitelist": "*",
  "DigestAuthenticationProvider.superDigest": superDigest,
};

/** Servers that run; none outlives this process, however it ends. */
const started = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** One of the two servers under comparison: its process, and a super user's connection to it. */
export class DiffServer {
  readonly name: string;
  readonly port: number;
  readonly folder: string;
  admin: RawClient;
  readonly #words: readonly string[];
  #process: ChildProcess | null = null;

  private constructor(name: string, words: readonly string[], folder: string, port: number) {
    this.name = name;
    this.folder = folder;
    this.port = port;
    this.#words = words;
    this.admin = unconnected;
  }

  /** Starts the command `words` on an own folder below `parent`; `keys` are further lines of zoo.cfg. */
  static async start(
    name: string,
    words: readonly string[],
    parent: string,
    keys: Readonly<Record<string, string>>,
  ): Promise<DiffServer> {
    const folder = join(parent, name);
    mkdirSync(folder, { recursive: true });
    const server = new DiffServer(name, words, folder, await freePort());
    const all = { ...commonKeys, ...keys, dataDir: server.dataFolder, clientPort: String(server.port) };
    const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(server.#config, lines.join(""));
    await server.launch();
    return server;
  }

  get dataFolder(): string {
    return join(this.folder, "data");
  }

  get #config(): string {
    return join(this.folder, "zoo.cfg");
  }

  get logFile(): string {
    return join(this.folder, "log.txt");
  }

  get running(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Starts the process and the super user's session, or goes on with the one there was. */
  async launch(): Promise<void> {
    const [command, ...words] = this.#words;
    const child = spawn(command, [...words, this.#config], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ZK_PROPS: `-Dznode.container.checkIntervalMs=${checkIntervalMs}` },
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => appendFileSync(this.logFile, chunk));
    this.#process = child;
    started.add(child);
    child.once("exit", () => started.delete(child));
    const deadline = Date.now() + startMsMax;
    while (!(await this.#connectAdmin())) {
      if (!this.running || Date.now() > deadline)
        throw new Error(`${this.name} did not start:\n${this.logTail()}`);
      await delay(20);
    }
  }

  async #connectAdmin(): Promise<boolean> {
    try {
      const admin = await RawClient.open(this.port);
      // Apache loses a request that comes at the wrong moment of its start, so none is waited for too long.
      const timer = setTimeout(() => admin.close(), 1000);
      const answered = await admin.connect(adminTimeoutMs, this.admin.sessionId, this.admin.password);
      clearTimeout(timer);
      if (!answered || admin.sessionId === 0n) return false;
      this.admin = admin;
      const auth = await admin.ask(-4, 100, int(0), text("digest"), text(superUser));
      return auth.err === 0;
    } catch {
      // Nobody listens yet, or not for long.
      return false;
    }
  }

  logTail(): string {
    return readFileSync(this.logFile, "utf8").split("\n").slice(-20).join("\n");
  }

  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#process;
    if (child === null || !this.running) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }
}

/** Stands for a connection until there is one. */
const unconnected = { sessionId: 0n, password: Buffer.alloc(16) } as RawClient;
