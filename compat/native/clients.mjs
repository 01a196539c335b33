import { createRequire } from "node:module";

const library = createRequire(process.env.ZK_NATIVE)("zookeeper");
export const { constants } = library;
const patienceMs = 30_000;

/** Fails when the promise is not settled within half a minute; says what was waited for. */
export function soon(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), patienceMs);
  });
  const awaited = Promise.race([promise, late]).finally(() => clearTimeout(timer));
  // A scenario that has failed elsewhere no longer waits for it.
  awaited.catch(() => undefined);
  return awaited;
}

/** Resolves when the client emits the event. */
export function emitted(client, event) {
  return soon(new Promise((resolve) => client.once(event, resolve)), `the client's event ${event}`);
}

/** The code with which a request fails; fails if it does not fail. */
export async function codeOf(request) {
  try {
    await request;
  } catch (error) {
    return Number.parseInt(error.message, 10);
  }
  throw new Error("a request that had to fail did not");
}

/** Sessions of one scenario, closed after it. */
export class Clients {
  #open = [];

  async open(server, options = {}) {
    // The library gives a session up after ten turns without an answer, which a server that starts anew may take.
    const patience = { timeout: 20_000, response_counter_limit: 100_000 };
    const config = { connect: server.address, debug_level: 1, ...patience, ...options };
    const client = new library.Promise({ ...config, host_order_deterministic: true, data_as_buffer: true });
    this.#open.push(client);
    // An expired session is never connected: the library closes the client.
    const refused = new Promise((_, reject) => {
      client.once("close", () => {
        this.#open = this.#open.filter((one) => one !== client);
        reject(new Error("the client was closed before it was connected"));
      });
    });
    refused.catch(() => undefined);
    const connected = Promise.race([emitted(client, "connect"), refused]);
    client.init({});
    await connected;
    return client;
  }

  /** A client whose root for this scenario exists. */
  async rooted(server, root, options) {
    const client = await this.open(server, options);
    if (!(await client.pathExists(root, false))) await client.create(root, "", 0);
    return client;
  }

  async close(client) {
    this.#open = this.#open.filter((one) => one !== client);
    const closed = emitted(client, "close");
    client.close();
    await closed;
  }

  /** One after another and to the end: the library may mix up sockets that close and open at the same time. */
  async closeAll() {
    for (const client of this.#open) {
      const closed = emitted(client, "close");
      client.close();
      await closed.catch(() => undefined);
    }
  }
}
