import fs from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startServer, type Log, type StartedServer, type StartOptions } from "../../src/index.ts";
import { createBody, RawClient, text } from "../support/rawClient.ts";

const createType = 1;
const existsType = 3;
const data = Buffer.alloc(400, "x");

const create = (path: string): Buffer => createBody(path, data);

const exists = (path: string): Buffer => Buffer.concat([text(path), Buffer.of(0)]);

/** A log of what ends a server. */
function fatalInto(texts: string[]): Log {
  const ignore = (): void => undefined;
  const fatal = (first: unknown, second?: unknown): void => void texts.push(String(second ?? first));
  return { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore, fatal };
}

describe("an embedded server whose log cannot be written", () => {
  let folder: string;
  let dataDir: string;
  let logs: string;
  let aside: string;
  let servers: StartedServer[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "zabra-failing-"));
    dataDir = join(folder, "data");
    logs = join(folder, "logs", "version-2");
    aside = join(folder, "aside");
    servers = [];
  });

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function start(options: StartOptions): Promise<StartedServer> {
    const server = await startServer(options);
    servers.push(server);
    return server;
  }

  /** A log file of its own for every kilobyte, so that the folder is soon needed. */
  const failing = (fatal: string[] = []): Promise<StartedServer> =>
    start({
      dataDir,
      config: { dataLogDir: join(folder, "logs"), txnLogSizeLimitInKb: 1, preAllocSize: 1 },
      log: fatalInto(fatal),
    });

  async function session(server: StartedServer): Promise<RawClient> {
    const client = await RawClient.open(server.port);
    expect(await client.connect(60_000)).to.equal(true);
    return client;
  }

  /** Creates /n<first>, /n<first + 1>, … until the server hangs up; how many it acknowledged. */
  async function createUntilClosed(client: RawClient, first: number): Promise<number> {
    for (let made = 0; ; made++) {
      if (made === 1_000) throw new Error("a thousand writes, and no failure");
      client.send(first + made, createType, create(`/n${first + made}`));
      const reply = await client.next();
      if (reply === null) return made;
      expect({ xid: reply.xid, err: reply.err }).to.deep.equal({ xid: first + made, err: 0 });
    }
  }

  /** Takes the folder of the logs away and puts a file there, which no user, not even root, can write below. */
  async function breakDisk(): Promise<void> {
    await rename(logs, aside);
    await writeFile(logs, "in the way");
  }

  async function mendDisk(): Promise<void> {
    await rm(logs);
    await rename(aside, logs);
  }

  it("ends with code 20, alone, and loses nothing that it acknowledged", async () => {
    const fatal: string[] = [];
    const server = await failing(fatal);
    const neighbour = await start({ dataDir: join(folder, "neighbour") });
    const [client, watcher, other] = [await session(server), await session(server), await session(neighbour)];
    for (let i = 1; i <= 10; i++) expect((await client.ask(i, createType, create(`/n${i}`))).err).to.equal(0);
    await breakDisk();
    const more = await createUntilClosed(client, 11);

    expect(await server.closed).to.deep.equal({ exitCode: 20 });
    expect(await watcher.nextFrame(), "other clients are let go too").to.equal(null);
    await server.stop();
    expect(await server.closed, "a stop afterwards changes nothing").to.deep.equal({ exitCode: 20 });
    expect(fatal).to.have.lengthOf(1);
    expect(fatal[0]).to.include(join(folder, "logs")).and.include("ENOTDIR");
    const refused: unknown = await RawClient.open(server.port).catch((error: unknown) => error);
    expect(refused).to.have.property("code", "ECONNREFUSED");
    expect((await other.ask(1, createType, create("/alive"))).err, "the neighbour").to.equal(0);
    other.close();

    await mendDisk();
    const again = await failing();
    const reader = await session(again);
    for (let i = 1; i <= 10 + more; i++)
      expect((await reader.ask(i, existsType, exists(`/n${i}`))).err, `/n${i}`).to.equal(0);
    reader.close();
  });

  it("acknowledges none of the writes in flight that the disk did not take", async () => {
    const server = await failing();
    const client = await session(server);
    expect((await client.ask(1, createType, create("/n1"))).err).to.equal(0);
    await breakDisk();
    const sent = 300;
    for (let i = 2; i <= sent; i++) client.send(i, createType, create(`/n${i}`));
    let acknowledged = 1;
    for (let reply = await client.next(); reply !== null; reply = await client.next()) {
      expect(reply.xid).to.equal(++acknowledged);
      // What the disk did not take gets no answer, not even an error: it may yet be in the log.
      expect(reply.err).to.equal(0);
      // One sync may have taken them all; then the next one fails.
      if (acknowledged === sent) client.send(sent + 1, createType, create("/last"));
    }
    expect(await server.closed).to.deep.equal({ exitCode: 20 });
    await mendDisk();
    const again = await failing();
    const reader = await session(again);
    for (let i = 1; i <= Math.min(acknowledged, sent); i++)
      expect((await reader.ask(i, existsType, exists(`/n${i}`))).err, `/n${i}`).to.equal(0);
    reader.close();
  });

  it("ends with code 10 if no snapshot can be written", async () => {
    const fatal: string[] = [];
    const server = await start({
      dataDir,
      config: { dataLogDir: join(folder, "logs"), snapCount: 2 },
      log: fatalInto(fatal),
    });
    const client = await session(server);
    await rm(join(dataDir, "version-2"), { recursive: true });
    await createUntilClosed(client, 1);
    expect(await server.closed).to.deep.equal({ exitCode: 10 });
    expect(fatal.join()).to.include(dataDir);
  });

  it("ends with code 20 too if the disk fails while the server stops", async () => {
    const server = await start({ dataDir });
    const client = await session(server);
    const { fdatasync } = fs;
    const held = new Promise<() => void>((resolve) => {
      fs.fdatasync = Object.assign((_fd: number, done: fs.NoParamCallback): void => {
        resolve(() => done(new Error("EIO: i/o error")));
      }, fdatasync);
      syncBuiltinESMExports();
    });
    try {
      client.send(1, createType, create("/lost"));
      const fail = await held;
      const stopped = server.stop();
      fail();
      await stopped;
    } finally {
      fs.fdatasync = fdatasync;
      syncBuiltinESMExports();
    }
    expect(await server.closed).to.deep.equal({ exitCode: 20 });
    expect(await client.next(), "nothing was acknowledged").to.equal(null);
  });
});
