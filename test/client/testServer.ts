import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientOptions } from "node-zookeeper-client";
import { startServer, type StartedServer, type StartOptions } from "../../src/index.ts";
import { connectClient, type NodeClient } from "./nodeClient.ts";
import { startProxy, type Proxy } from "./proxy.ts";

/** What a suite needs: a server of its own, clients that are closed again, and folders that are removed. */
export class TestServer {
  #server: StartedServer | null = null;
  #dataDir: string | null = null;
  #clients: NodeClient[] = [];
  #proxies: Proxy[] = [];
  readonly #options: StartOptions;

  private constructor(options: StartOptions) {
    this.#options = options;
  }

  /** With `onDisk` the data survives `restart`, in a folder that `end` removes. */
  static async start(
    options: { readonly onDisk?: boolean; readonly config?: StartOptions["config"] } = {},
  ): Promise<TestServer> {
    const { onDisk = false, config = {} } = options;
    const server = new TestServer({ port: 0, config });
    if (onDisk) server.#dataDir = await mkdtemp(join(tmpdir(), "zabra-client-"));
    await server.#start();
    return server;
  }

  async #start(): Promise<void> {
    const { dataDir } = this;
    this.#server = await startServer(dataDir === null ? this.#options : { ...this.#options, dataDir });
    for (const proxy of this.#proxies) proxy.port = this.#server.port;
  }

  get dataDir(): string | null {
    return this.#dataDir;
  }

  get started(): StartedServer {
    if (this.#server === null) throw new Error("the server is not running");
    return this.#server;
  }

  /** A connected client, closed by `end` unless it is closed before. */
  async client(options: ClientOptions = {}): Promise<NodeClient> {
    return this.#keep(await connectClient(this.started.connectString, options));
  }

  /** A client whose connections `proxy.cut()` breaks, and which follows the server to its next port. */
  async proxied(options: ClientOptions = {}): Promise<{ client: NodeClient; proxy: Proxy }> {
    const proxy = await startProxy(this.started.port);
    this.#proxies.push(proxy);
    return { client: this.#keep(await connectClient(proxy.connectString, options)), proxy };
  }

  #keep(client: NodeClient): NodeClient {
    this.#clients.push(client);
    return client;
  }

  /** Forgets a client that is closed, or whose session has expired. */
  forget(client: NodeClient): void {
    this.#clients = this.#clients.filter((one) => one !== client);
  }

  /** Ends a client's session. */
  async close(client: NodeClient): Promise<void> {
    this.forget(client);
    await client.close();
  }

  /** Stops the server and starts another on the same folder, on whatever port is free. */
  async restart(): Promise<void> {
    await this.started.stop();
    await this.#start();
  }

  async end(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.close()));
    await this.#server?.stop();
    if (this.#dataDir !== null) await rm(this.#dataDir, { recursive: true, force: true });
  }
}
