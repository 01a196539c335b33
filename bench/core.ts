// The core alone, without sockets and disk: processor time of one request, in nanoseconds. Steadier than any other number
// on a busy machine, and what a change of the core is judged by: npx tsx bench/core.ts [--times 5] [set-100B ...]
import { parseArgs } from "node:util";
import type { FileSystem } from "../src/core/storage/fileSystem.ts";
import { LogWriter } from "../src/core/storage/logWriter.ts";
import type { ClientConnection } from "../src/core/server/clientConnection.ts";
import type { Effects } from "../src/core/server/effects.ts";
import { ZooKeeperServer } from "../src/core/server/zooKeeperServer.ts";
import { DataTree } from "../src/core/tree/dataTree.ts";
import { createRequest, cycleOf, workPaths, type Work } from "../src/shell/load/loadWorks.ts";
import { connectFrame } from "../test/support/coreFrames.ts";
import { serverOptionsOf } from "../test/support/coreHarness.ts";
import { median, printTable } from "./table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: "string", default: "5" }, turns: { type: "string", default: "150" } },
});
const turns = Number(values.turns);
const connections = 64;
const outstanding = 16;
const lengthBytes = 4;
const rows: readonly (readonly [work: Work, bytes: number])[] = [
  ["get", 100],
  ["set", 100],
  ["set", 1024],
  ["create", 100],
  ["create", 1024],
  ["mix", 100],
  ["multi", 100],
];

/** A disk that is done at once. */
const quickDisk: FileSystem = {
  open: async () => ({
    read: async () => 0,
    size: async () => 0,
    close: async () => undefined,
    truncate: async () => undefined,
    write: (_bytes, _position, done) => done(null),
    datasync: (done) => done(null),
  }),
  list: async () => [],
  makeDirectory: async () => undefined,
  rename: async () => undefined,
  remove: async () => undefined,
  syncDirectory: async () => undefined,
};

/** A server alone with its log, and what its shell would do at the end of a turn. */
class Core {
  readonly server: ZooKeeperServer;
  readonly #log: LogWriter;
  readonly #dirty: ClientConnection[] = [];

  constructor() {
    const log = new LogWriter(
      quickDisk,
      { directory: "/log", preAllocBytes: 0, forceSync: true, sizeLimitBytes: 0 },
      {
        onSynced: (zxid) => this.server.logged(zxid),
        onFatal: (error) => {
          throw error;
        },
      },
    );
    const effects: Effects = {
      flush: (connection) => void this.#dirty.push(connection),
      close: (_connection, reason) => {
        throw new Error(`a connection was closed: ${reason}`);
      },
      pause: () => undefined,
      resume: () => undefined,
      append: (zxid, body) => log.append(zxid, body),
      report: () => undefined,
    };
    const options = serverOptionsOf({ maxClientCnxns: 0, outboundBytesMax: 1 << 30 });
    const state = { tree: new DataTree(options.prep), timeouts: new Map<bigint, number>(), lastZxid: 0n };
    const clock = { monotonicMs: 1_000_000, wallMs: 1_700_000_000_000 };
    this.server = new ZooKeeperServer(options, state, effects, clock, () => 0.5);
    this.#log = log;
  }

  /** All that was appended is on disk, and what was to be sent is sent. */
  async endTurn(): Promise<void> {
    this.#log.flush();
    // The first block of a file is not written in the call, since the file is opened for it.
    while (this.#log.pendingCount > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const connection of this.#dirty) {
      connection.out.clear();
      connection.flushing = false;
    }
    this.#dirty.length = 0;
  }

  async connect(): Promise<ClientConnection> {
    const origin = { remoteAddress: "127.0.0.1", remotePort: 1, secure: false, authIds: [] };
    const connection = this.server.accept(origin);
    if (connection === null) throw new Error("the connection was refused");
    const bytes = connectFrame({});
    this.server.frame(connection, bytes, 0, bytes.length);
    await this.endTurn();
    return connection;
  }
}

/** Nanoseconds of processor time for each request. */
async function measure(work: Work, bytes: number): Promise<number> {
  const core = new Core();
  const data = new Uint8Array(bytes).fill(0x64);
  const clients: ClientConnection[] = [];
  for (let index = 0; index < connections; index++) clients.push(await core.connect());
  const send = (client: ClientConnection, frame: Uint8Array): void => {
    core.server.frame(client, frame, lengthBytes, frame.length);
  };
  for (const path of workPaths("/b", connections)) {
    send(clients[0], createRequest(path, data).frame);
    await core.endTurn();
  }
  const cycles = clients.map((_, index) => cycleOf(work, "/b", index, data, new Uint8Array(0)));
  let at = 0;
  const run = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) {
      for (let index = 0; index < connections; index++) {
        const cycle = cycles[index];
        for (let i = 0; i < outstanding; i++) send(clients[index], cycle[(at + i) % cycle.length].frame);
      }
      at += outstanding;
      await core.endTurn();
    }
  };
  await run(turns);
  const before = process.cpuUsage();
  await run(turns);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (turns * connections * outstanding);
}

const table: (string | number)[][] = [["core alone, ns a request", "median", "least"]];
for (const [work, bytes] of rows) {
  const name = `${work}-${bytes}B`;
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const times: number[] = [];
  for (let time = 0; time < Number(values.times); time++) times.push(await measure(work, bytes));
  table.push([name, Math.round(median(times)), Math.round(Math.min(...times))]);
}
printTable(table);
