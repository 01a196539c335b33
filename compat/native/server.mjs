import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const launchMsMax = 60_000;

/** A free port below the range of near ends: a client that tries again there could end up connected to itself. */
async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

/** The answer to a four-letter word; empty when nobody answers. */
function ask(port, word) {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(word));
    // Apache can lose a word that comes while it starts.
    socket.setTimeout(1000, () => socket.destroy());
    socket.on("data", (chunk) => (text += chunk));
    socket.on("error", () => resolve(""));
    socket.on("close", () => resolve(text));
  });
}

/** A server that $ZK_LAUNCH runs, on a folder that outlives its process. */
export class Server {
  static async start() {
    const server = new Server();
    server.folder = mkdtempSync(join(tmpdir(), "zabra-native-"));
    server.port = await freePort();
    mkdirSync(join(server.folder, "data"));
    const keys = {
      dataDir: join(server.folder, "data"),
      clientPort: server.port,
      clientPortAddress: "127.0.0.1",
      tickTime: 500,
      maxClientCnxns: 0,
      extendedTypesEnabled: true,
      "admin.enableServer": false,
      "znode.container.checkIntervalMs": 500,
      "4lw.commands.whitelist": "*",
    };
    const text = Object.entries(keys).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(server.folder, "zoo.cfg"), text.join(""));
    await server.launch();
    return server;
  }

  get address() {
    return `127.0.0.1:${this.port}`;
  }

  async launch() {
    const props = `${process.env.ZK_PROPS ?? ""} -Dznode.container.checkIntervalMs=500 -Dzookeeper.extendedTypesEnabled=true`;
    const env = { ...process.env, ZK_PROPS: props };
    this.process = spawn(process.env.ZK_LAUNCH, [join(this.folder, "zoo.cfg")], { stdio: "ignore", env });
    const end = Date.now() + launchMsMax;
    while (!(await ask(this.port, "srvr")).includes("\nMode: ")) {
      if (this.process.exitCode !== null) throw new Error(`the server ended with ${this.process.exitCode}`);
      if (Date.now() > end) throw new Error("the server did not serve within a minute");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async kill() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await gone;
  }

  async remove() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
