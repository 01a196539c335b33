import { expect } from "chai";
import { startServer, type StartedServer, type StartOptions } from "../../src/index.ts";
import { createBody, int, RawClient, text } from "../support/rawClient.ts";

const createType = 1;
const existsType = 3;
const getDataType = 4;
const setDataType = 5;
const pingType = 11;

/** The body of a setData request for any version. */
export function setDataBody(path: string, data: Buffer): Buffer {
  return Buffer.concat([text(path), int(data.length), data, int(-1)]);
}

/** The body of getData, exists and getChildren, without a watch. */
export function readBody(path: string): Buffer {
  return Buffer.concat([text(path), Buffer.of(0)]);
}

/** A server and a client of it that has to notice nothing of what others do. */
export class Witnessed {
  readonly server: StartedServer;
  readonly #witness: RawClient;
  #xid = 0;
  #version = 0;

  constructor(server: StartedServer, witness: RawClient) {
    this.server = server;
    this.#witness = witness;
  }

  /** A server in memory without a limit of connections, unless `options` say otherwise. */
  static async start(options: StartOptions = {}): Promise<Witnessed> {
    const config = { maxClientCnxns: 0, "4lw.commands.whitelist": "*", ...options.config };
    const server = await startServer({ ...options, config });
    const witness = await session(server);
    const one = new Witnessed(server, witness);
    await one.#ok(createType, createBody("/witness", Buffer.of(0)));
    return one;
  }

  get port(): number {
    return this.server.port;
  }

  async #ok(type: number, body: Buffer): Promise<Buffer> {
    const xid = ++this.#xid;
    const reply = await this.#witness.ask(xid, type, body);
    expect({ xid: reply.xid, err: reply.err }).to.deep.equal({ xid, err: 0 });
    return reply.body;
  }

  /** The witness's session is whole: it writes, reads what it wrote, pings. */
  async noticesNothing(): Promise<void> {
    this.#version++;
    const data = Buffer.from(`version ${this.#version}`);
    await this.#ok(setDataType, setDataBody("/witness", data));
    const read = await this.#ok(getDataType, readBody("/witness"));
    expect(read.subarray(4, 4 + read.readInt32BE(0)).toString()).to.equal(data.toString());
    expect(read.readInt32BE(4 + data.length + 32), "version").to.equal(this.#version);
    const pong = await this.#witness.ask(-2, pingType);
    expect(pong.xid).to.equal(-2);
  }

  async stop(): Promise<void> {
    this.#witness.close();
    await this.server.stop();
  }
}

/** A client with a session; `timeoutMs` is bounded by the server. */
export async function session(server: StartedServer, timeoutMs = 30_000): Promise<RawClient> {
  const client = await RawClient.open(server.port);
  expect(await client.connect(timeoutMs), "connected").to.equal(true);
  return client;
}

/** The server closes the connection, and says nothing before. */
export async function expectClosed(client: RawClient): Promise<void> {
  expect(await client.nextFrame(), "a frame instead of the end").to.equal(null);
}

/** The session still answers. */
export async function expectServed(client: RawClient, xid = 77): Promise<void> {
  const reply = await client.ask(xid, existsType, readBody("/"));
  expect(reply.xid).to.equal(xid);
  expect(reply.err).to.equal(0);
}

/** Waits until `condition` holds, at most 10 s. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`${what}: not within 10 s`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
