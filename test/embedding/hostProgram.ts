// A program that embeds servers and must leave by itself: nobody calls process.exit here. Tests start it with the name of
// a scenario; it prints a line for each thing done, "done" at last.
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer, type StartedServer } from "../../src/index.ts";
import { connectClient } from "../client/nodeClient.ts";
import { RawClient } from "../support/rawClient.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const tlsFolder = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));

/** Writes, reads and ends its session; true if the server is fine. */
async function use(server: StartedServer): Promise<boolean> {
  const client = await connectClient(server.connectString);
  await client.create("/used", "yes");
  const { data } = await client.getData("/used");
  await client.remove("/used");
  await client.close();
  return data === "yes";
}

async function usedAndStopped(folder: string): Promise<void> {
  const config = {
    "jvm.pause.monitor": true,
    secureClientPort: 0,
    "ssl.keyStore.location": `${tlsFolder}server.pem`,
    "ssl.trustStore.location": `${tlsFolder}ca.pem`,
    "client.certReload": true,
  };
  const servers = [
    await startServer(),
    await startServer({ dataDir: folder }),
    await startServer({ config }),
  ];
  for (const server of servers) say(`used ${await use(server)}`);
  say(`TLS ${servers[2].securePort > 0}`);
  // These connections stay open at this end.
  const idle = await Promise.all(servers.map((server) => RawClient.open(server.port)));
  await idle[0].connect();
  await Promise.all(servers.map((server) => server.stop()));
  for (const server of servers) say(`closed ${(await server.closed).exitCode}`);
}

async function refused(folder: string): Promise<void> {
  const server = await startServer();
  const file = join(folder, "file");
  await writeFile(file, "");
  for (const options of [{ port: server.port }, { port: server.port, dataDir: folder }, { dataDir: file }]) {
    const error: unknown = await startServer(options).catch((reason: unknown) => reason);
    say(`refused ${error instanceof Error}`);
  }
  say(`used ${await use(server)}`);
  await server.stop();
}

async function diskFailed(folder: string): Promise<void> {
  const logs = join(folder, "logs");
  const failing = await startServer({ dataDir: folder, config: { dataLogDir: logs } });
  const neighbour = await startServer();
  // The log is made with the first write, of the session; there is a file in the place of its folder by then.
  await rename(join(logs, "version-2"), join(logs, "aside"));
  await writeFile(join(logs, "version-2"), "in the way");
  const client = await RawClient.open(failing.port);
  say(`connected ${await client.connect()}`);
  say(`closed ${(await failing.closed).exitCode}`);
  say(`used ${await use(neighbour)}`);
  await neighbour.stop();
}

const scenarios = { usedAndStopped, refused, diskFailed };
const folder = await mkdtemp(join(tmpdir(), "zabra-host-"));
const scenario = Object.entries(scenarios).find(([name]) => name === process.argv[2]);
if (scenario === undefined) throw new Error(`${process.argv[2]} is no scenario`);
await scenario[1](folder);
await rm(folder, { recursive: true });
say("done");
