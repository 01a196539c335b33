import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import zookeeper from "node-zookeeper-client";
import { startServer, type Log, type StartedServer, type StartOptions } from "../../src/index.ts";
import { connectClient, type NodeClient } from "../client/nodeClient.ts";
import { RawClient } from "../support/rawClient.ts";

const { CreateMode } = zookeeper;

/** The message that `startServer` rejects with. */
async function refusal(options: StartOptions): Promise<string> {
  let server: StartedServer;
  try {
    server = await startServer(options);
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
  await server.stop();
  throw new Error("the server started");
}

/** A log of warnings only. */
function warningsInto(texts: string[]): Log {
  const ignore = (): void => undefined;
  const warn = (first: unknown, second?: unknown): void => void texts.push(String(second ?? first));
  return { trace: ignore, debug: ignore, info: ignore, warn, error: ignore, fatal: ignore };
}

describe("startServer", () => {
  let folder: string;
  let servers: StartedServer[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "zabra-embedding-"));
    servers = [];
  });

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function start(options: StartOptions = {}): Promise<StartedServer> {
    const server = await startServer(options);
    servers.push(server);
    return server;
  }

  /** Does something with a client of its own, whose session it ends. */
  async function withClient<T>(server: StartedServer, use: (client: NodeClient) => Promise<T>): Promise<T> {
    const client = await connectClient(server.connectString);
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  }

  it("takes a free port of loopback and says which", async () => {
    const server = await start();
    expect(server.host).to.equal("127.0.0.1");
    expect(server.port).to.be.within(1, 65_535);
    expect(server.securePort).to.equal(-1);
    expect(server.connectString).to.equal(`127.0.0.1:${server.port}`);
    expect(await withClient(server, (client) => client.create("/a", "1"))).to.equal("/a");
  });

  it("runs several servers side by side, each with its own data and its own end", async () => {
    const [first, second, third] = [await start(), await start({ dataDir: folder }), await start()];
    const own = [first, second, third];
    expect(new Set(own.map(({ port }) => port)).size).to.equal(3);
    await Promise.all(
      own.map((server, i) => withClient(server, (client) => client.create("/own", String(i)))),
    );
    await first.stop();
    const seen = await Promise.all(
      [second, third].map((server) =>
        withClient(server, async (client) => (await client.getData("/own")).data),
      ),
    );
    expect(seen).to.deep.equal(["1", "2"]);
  });

  it("writes an IPv6 address as clients take it", async function () {
    let server: StartedServer;
    try {
      server = await start({ host: "::1" });
    } catch (error) {
      if (error instanceof Error && /EADDRNOTAVAIL|EAFNOSUPPORT/.test(error.message)) {
        process.stdout.write("skipped: this machine has no IPv6 loopback\n");
        this.skip();
      }
      throw error;
    }
    expect(server.connectString).to.equal(`[::1]:${server.port}`);
    const client = await RawClient.open(server.port, "::1");
    expect(await client.connect()).to.equal(true);
    client.close();
  });

  for (const host of ["0.0.0.0", "::"]) {
    it(`names an address that clients can connect to when it listens on all: ${host}`, async () => {
      const server = await start({ host });
      expect(server.connectString).to.equal(`127.0.0.1:${server.port}`);
      await withClient(server, (client) => client.create("/reached"));
    });
  }

  it("knows one folder for snapshots and logs by two spellings, as dirs shows", async () => {
    const server = await start({ dataDir: folder, config: { dataLogDir: `${folder}/.` } });
    const socket = connect(server.port, "127.0.0.1");
    socket.write("dirs");
    const [chunk] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    const [data, logs] = chunk.toString().split("\n");
    expect(data).to.match(/^datadir_size: [1-9]/);
    expect(logs).to.equal(data.replace("datadir", "logdir"));
  });

  it("keeps its hands off ./zabra-data while its data is in memory", async () => {
    const before = process.cwd();
    await mkdir(join(folder, "zabra-data"));
    await writeFile(join(folder, "zabra-data", "myid"), "no number");
    process.chdir(folder);
    try {
      await start();
    } finally {
      process.chdir(before);
    }
  });

  it("stops once, however often it is asked, and closed tells of it", async () => {
    const server = await start();
    let ended = false;
    void server.closed.then(() => (ended = true));
    await withClient(server, (client) => client.create("/a"));
    expect(ended, "before the stop").to.equal(false);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(await server.closed).to.deep.equal({ exitCode: 0 });
    const socket = connect(server.port, "127.0.0.1");
    const [error]: unknown[] = await once(socket, "error");
    expect(error).to.have.property("code", "ECONNREFUSED");
  });

  it("stops although clients hold connections, silent ones and such without a session", async () => {
    const server = await start();
    const silent = await RawClient.open(server.port);
    const idle = await RawClient.open(server.port);
    await idle.connect();
    const half = await RawClient.open(server.port);
    half.socket.write(Buffer.from([0, 0]));
    await server.stop();
    for (const client of [silent, idle, half]) expect(await client.nextFrame()).to.equal(null);
  });

  it("serves again on the port and folder of a stopped server, with its data", async () => {
    const first = await start({ dataDir: folder });
    const { port } = first;
    await withClient(first, async (client) => {
      await client.create("/a", "one");
      await client.setData("/a", "two");
      await client.create("/a/gone", "", CreateMode.EPHEMERAL);
    });
    await first.stop();
    const second = await start({ dataDir: folder, port });
    expect(second.port).to.equal(port);
    await withClient(second, async (client) => {
      const { data, stat } = await client.getData("/a");
      expect({ data, version: stat.version, children: stat.numChildren }).to.deep.equal({
        data: "two",
        version: 1,
        children: 0,
      });
      await client.setData("/a", "three", 1);
    });
    await second.stop();
    const third = await start({ dataDir: folder });
    expect(await withClient(third, async (client) => (await client.getData("/a")).data)).to.equal("three");
  });

  it("forgets what it held in memory", async () => {
    const first = await start();
    const { port } = first;
    await withClient(first, (client) => client.create("/a"));
    await first.stop();
    const second = await start({ port });
    expect(await withClient(second, (client) => client.exists("/a"))).to.equal(null);
  });

  it("takes the keys of zoo.cfg, and logs what it has to say about them", async () => {
    const warnings: string[] = [];
    const config = { tickTime: 1_000, maxSessionTimeout: 5_000, "admin.serverPort": 7_000 };
    const server = await start({ config, log: warningsInto(warnings) });
    const client = await connectClient(server.connectString, { sessionTimeout: 60_000 });
    expect(client.client.getSessionTimeout()).to.equal(5_000);
    await client.close();
    expect(warnings.filter((text) => text.includes("admin.serverPort"))).to.have.lengthOf(1);
  });

  it("names the port that is in use", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    try {
      expect(await refusal({ port }))
        .to.include(`port ${port}: `)
        .and.include("EADDRINUSE");
      expect(await refusal({ port, dataDir: folder })).to.include(`port ${port}: `);
    } finally {
      holder.close();
      await once(holder, "close");
    }
    // What failed holds neither the port nor the folder.
    const server = await start({ port, dataDir: folder });
    expect(server.port).to.equal(port);
  });

  it("names the folder that cannot be used", async () => {
    const file = join(folder, "file");
    await writeFile(file, "a file, not a folder");
    expect(await refusal({ dataDir: file }))
      .to.match(/^dataDir of startServer: /)
      .and.include(`${file} is not a folder`);
    const below = join(file, "below");
    expect(await refusal({ dataDir: below })).to.include(below);
    const missing = join(folder, "missing");
    expect(await refusal({ dataDir: missing, config: { "datadir.autocreate": false } }))
      .to.include(missing)
      .and.include("datadir.autocreate");
  });

  it("names the file that is damaged", async () => {
    const first = await start({ dataDir: folder });
    await withClient(first, (client) => client.create("/a"));
    await first.stop();
    await writeFile(join(folder, "version-2", "snapshot.0"), "no snapshot");
    expect(await refusal({ dataDir: folder })).to.include("snapshot.0");
  });

  it("takes port and folder from keys too, unless they are given as options", async () => {
    const first = await start();
    const { port } = first;
    await first.stop();
    const config = { clientPort: port, dataDir: folder };
    const second = await start({ config });
    expect(second.port).to.equal(port);
    await withClient(second, (client) => client.create("/kept"));
    await second.stop();
    const third = await start({ config });
    expect(await withClient(third, (client) => client.exists("/kept"))).to.not.equal(null);
    const elsewhere = await start({ config, port: 0, dataDir: join(folder, "other") });
    expect(elsewhere.port).to.not.equal(port);
    expect(await withClient(elsewhere, (client) => client.exists("/kept"))).to.equal(null);
  });

  const faults: [string, StartOptions, RegExp][] = [
    [
      "a value that is no number",
      { config: { tickTime: "soon" } },
      /^config of startServer: tickTime=soon: must be a 32-bit/,
    ],
    [
      "a port that does not exist",
      { port: 70_000 },
      /^port of startServer: clientPort=70000: must be a port/,
    ],
    [
      "such a port as a key",
      { config: { clientPort: 70_000 } },
      /^config of startServer: clientPort=70000: /,
    ],
    ["an option that does not exist", JSON.parse('{"datadir":"data"}'), /no option datadir/],
    [
      "several servers",
      { config: { "server.1": "127.0.0.1:2888:3888", "server.2": "127.0.0.1:2889:3889" } },
      /server\.[12]|several servers/,
    ],
  ];
  for (const [what, options, message] of faults) {
    it(`names the key at fault: ${what}`, async () => {
      expect(await refusal(options)).to.match(message);
    });
  }
});
