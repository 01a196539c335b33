import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ExitCode } from "./exitCodes.ts";

export interface EnsembleOptions {
  readonly size: number;
  /** Client port of the first server; the others follow it. Quorum and election ports lie 707 and 1707 above. */
  readonly port: number;
  readonly folder: string;
}

/** 2181 to 2888 and to 3888, the ports of ZooKeeper's own examples. */
const quorumPortsAbove = 707;
const electionPortsAbove = 1707;
const lookMs = 250;
const patienceMs = 10_000;

/** What a server says of itself. */
interface Status {
  readonly mode: string;
  readonly zxid: string;
}

/**
 * `zabra ensemble`: several servers on this machine, each a process with a folder of its own, and a table of what they
 * are. A server may be killed and is shown as gone; all end with this process. Settles with the exit code.
 */
export async function runEnsemble(options: EnsembleOptions, out: NodeJS.WriteStream): Promise<ExitCode> {
  const members = await Promise.all(
    Array.from({ length: options.size }, (_, i) => Member.start(i + 1, options)),
  );
  const servers = members.map(({ port }) => `127.0.0.1:${port}`).join(",");
  out.write(`connect string: ${servers}\nfolders and logs: ${resolve(options.folder)}\n`);
  const stopping = new AbortController();
  let isStopped = false;
  const stop = (): void => {
    // The second signal does not wait.
    for (const member of members) member.end(isStopped ? "SIGKILL" : "SIGTERM");
    isStopped = true;
    stopping.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const table = new Table(out);
  while (!isStopped && members.some(({ isRunning }) => isRunning)) {
    table.show(await Promise.all(members.map((member) => member.row())));
    await setTimeout(lookMs, null, { signal: stopping.signal }).catch(() => undefined);
  }
  const late = globalThis.setTimeout(() => members.forEach((member) => member.end("SIGKILL")), patienceMs);
  await Promise.all(members.map((member) => member.gone));
  clearTimeout(late);
  process.off("SIGINT", stop);
  process.off("SIGTERM", stop);
  if (isStopped) return ExitCode.EXECUTION_FINISHED;
  process.stderr.write(`zabra: every server has ended; their logs are in ${options.folder}\n`);
  return ExitCode.UNEXPECTED_ERROR;
}

/** One server's process. */
class Member {
  readonly sid: number;
  readonly port: number;
  readonly gone: Promise<unknown>;
  readonly #process: ChildProcess;
  isRunning = true;

  private constructor(sid: number, port: number, child: ChildProcess) {
    this.sid = sid;
    this.port = port;
    this.#process = child;
    this.gone = once(child, "exit");
    child.once("exit", () => (this.isRunning = false));
  }

  static async start(sid: number, { size, port, folder }: EnsembleOptions): Promise<Member> {
    const own = join(resolve(folder), String(sid));
    await mkdir(own, { recursive: true });
    const lines = [
      `dataDir=${own}`,
      `clientPort=${port + sid - 1}`,
      "clientPortAddress=127.0.0.1",
      "tickTime=2000",
      "initLimit=10",
      "syncLimit=5",
      "maxClientCnxns=0",
      "4lw.commands.whitelist=*",
    ];
    for (let i = 0; i < size; i++)
      lines.push(`server.${i + 1}=127.0.0.1:${port + quorumPortsAbove + i}:${port + electionPortsAbove + i}`);
    await writeFile(join(own, "myid"), `${sid}\n`);
    await writeFile(join(own, "zoo.cfg"), `${lines.join("\n")}\n`);
    const log = await open(join(own, "log"), "a");
    // A process that was forked ends when its parent is gone, however that ended.
    const child = fork(process.argv[1], [join(own, "zoo.cfg")], { stdio: ["ignore", log.fd, log.fd, "ipc"] });
    await log.close();
    return new Member(sid, port + sid - 1, child);
  }

  end(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.isRunning) this.#process.kill(signal);
  }

  async row(): Promise<string[]> {
    const { mode, zxid } = this.isRunning ? await askStatus(this.port) : { mode: "gone", zxid: "" };
    const epoch = zxid === "" ? "" : String(Number(BigInt(zxid) >> 32n));
    return [String(this.sid), String(this.port), mode, epoch, zxid, String(this.#process.pid ?? "")];
  }
}

/** By the word srvr, as any operator would. */
async function askStatus(port: number): Promise<Status> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.setTimeout(2000, () => socket.destroy());
  socket.write("srvr");
  await once(socket, "close").catch(() => undefined);
  const text = Buffer.concat(chunks).toString();
  return {
    mode: /^Mode: (.*)$/m.exec(text)?.[1] ?? (text === "" ? "starting" : "looking"),
    zxid: /^Zxid: (.*)$/m.exec(text)?.[1] ?? "",
  };
}

const heads = ["server", "port", "role", "epoch", "zxid", "process"];

/** On a terminal the table stays in its place; elsewhere it is printed when a role changes. */
class Table {
  readonly #out: NodeJS.WriteStream;
  #shown = "";
  #roles = "";
  #lines = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(rows: readonly (readonly string[])[]): void {
    const all = [heads, ...rows];
    const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column].length)));
    const text = all
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join("  ")
          .trimEnd(),
      )
      .join("\n");
    const roles = rows.map((row) => row[2]).join();
    const isNews = this.#out.isTTY ? text !== this.#shown : roles !== this.#roles;
    if (!isNews) return;
    if (this.#out.isTTY && this.#lines > 0) this.#out.write(`\u001b[${this.#lines}A\u001b[J`);
    this.#out.write(`${text}\n`);
    this.#shown = text;
    this.#roles = roles;
    this.#lines = all.length;
  }
}
