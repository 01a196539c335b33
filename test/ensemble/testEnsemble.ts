import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, type Log, type StartedServer } from "../../src/index.ts";
import { freePorts } from "./freePorts.ts";

/** One member: its folder, and its server while it runs. */
export class TestMember {
  readonly sid: number;
  readonly folder: string;
  readonly lines: string[] = [];
  server: StartedServer | null = null;
  readonly #config: Readonly<Record<string, string | number | boolean>>;
  #waiting: { readonly pattern: RegExp; readonly resolve: (line: string) => void }[] = [];

  constructor(sid: number, folder: string, config: Readonly<Record<string, string | number | boolean>>) {
    this.sid = sid;
    this.folder = folder;
    this.#config = config;
  }

  get port(): number {
    if (this.server === null) throw new Error(`server ${this.sid} does not run`);
    return this.server.port;
  }

  /** What the configuration says of it: host, quorum port, election port. */
  get line(): string {
    return String(this.#config[`server.${this.sid}`]);
  }

  get connectString(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The next line of the log that matches; ask before what causes it. */
  says(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => this.#waiting.push({ pattern, resolve }));
  }

  async start(config: Readonly<Record<string, string | number | boolean>> = {}): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, "myid"), String(this.sid));
    this.server = await startServer({
      dataDir: this.folder,
      config: { ...this.#config, ...config },
      log: this.#log(),
    });
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    await server?.stop();
  }

  #log(): Log {
    const take = (first: unknown, second?: unknown): void => {
      const line = String(second ?? first);
      this.lines.push(line);
      const due = this.#waiting.filter(({ pattern }) => pattern.test(line));
      this.#waiting = this.#waiting.filter((each) => !due.includes(each));
      for (const { resolve } of due) resolve(line);
    };
    return { trace: take, debug: take, info: take, warn: take, error: take, fatal: take };
  }
}

const served = /^ready: serving clients/;

/** Several servers in this process, over real sockets and files. */
export class TestEnsemble {
  readonly members: readonly TestMember[];
  readonly #folder: string;

  private constructor(folder: string, members: readonly TestMember[]) {
    this.#folder = folder;
    this.members = members;
  }

  /**
   * @param observers Ids of those that do not vote.
   * @param keys For all of them, beside the usual ones.
   * @param host Where they find each other, or where each of them is found.
   */
  static async make(
    size: number,
    observers: readonly number[] = [],
    keys: Readonly<Record<string, string | number | boolean>> = {},
    host: string | ((sid: number) => string) = "127.0.0.1",
  ): Promise<TestEnsemble> {
    const folder = await mkdtemp(join(tmpdir(), "zabra-ensemble-"));
    const ports = await freePorts(size * 2);
    const config: Record<string, string | number | boolean> = {
      tickTime: 200,
      initLimit: 25,
      syncLimit: 10,
      "4lw.commands.whitelist": "*",
      ...keys,
    };
    for (let sid = 1; sid <= size; sid++) {
      const role = observers.includes(sid) ? ":observer" : "";
      config[`server.${sid}`] =
        `${typeof host === "string" ? host : host(sid)}:${ports[sid * 2 - 2]}:${ports[sid * 2 - 1]}${role}`;
    }
    const sids = Array.from({ length: size }, (_, i) => i + 1);
    return new TestEnsemble(
      folder,
      sids.map((sid) => new TestMember(sid, join(folder, String(sid)), config)),
    );
  }

  /** Starts these, or all; resolves when each serves clients. */
  async start(members: readonly TestMember[] = this.members): Promise<void> {
    const serving = members.map((member) => member.says(served));
    await Promise.all(members.map((member) => member.start()));
    await Promise.all(serving);
  }

  member(sid: number): TestMember {
    return this.members[sid - 1];
  }

  /** Who leads among those that run. */
  async leader(): Promise<TestMember> {
    for (const member of this.members)
      if (member.server !== null && /^Mode: leader$/m.test(await word(member.port, "srvr"))) return member;
    throw new Error("nobody leads");
  }

  async followers(): Promise<TestMember[]> {
    const leader = await this.leader();
    return this.members.filter((member) => member !== leader && member.server !== null);
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Resolves when the member serves clients (again). */
export function serving(member: TestMember): Promise<string> {
  return member.says(served);
}

/** The answer to a four-letter word. */
export async function word(port: number, name: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(name);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}
