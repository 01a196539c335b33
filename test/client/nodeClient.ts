import { once } from "node:events";
import zookeeper, {
  type ACL,
  type Client,
  type ClientOptions,
  type Event,
  type OpResult,
  type Stat,
  type Transaction,
} from "node-zookeeper-client";

const { createClient, CreateMode } = zookeeper;

/** A value read together with the event that its watch will bring. */
export interface Watched<T> {
  readonly value: T;
  readonly event: Promise<Event>;
}

/** How a transaction ended: the first error's code, or 0, and what each operation answered. */
export interface Committed {
  readonly code: number;
  readonly results: readonly OpResult[];
}

type Answer<T> = (error: Error | null | undefined, value: T) => void;

function asked<T>(ask: (answer: Answer<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, value) => (error ? reject(error) : resolve(value)));
  });
}

/** The code of the ZooKeeper error that a promise rejects with; 0 if it resolves. Other errors are thrown on. */
export async function codeOf(promise: Promise<unknown>): Promise<number> {
  try {
    await promise;
    return 0;
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "number") return error.code;
    throw error;
  }
}

/** The 64-bit fields of a Stat, and a session id, as the numbers that they are. */
export function long(bytes: Buffer): bigint {
  return bytes.readBigInt64BE(0);
}

/** node-zookeeper-client with promises in the place of callbacks; no behaviour of its own. */
export class NodeClient {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  get sessionId(): bigint {
    return long(this.client.getSessionId());
  }

  /** Resolves at the next `connected`, `disconnected` or `expired`; ask before what causes it. */
  async until(state: "connected" | "disconnected" | "expired"): Promise<void> {
    await once(this.client, state);
  }

  create(
    path: string,
    data = "",
    mode: number = CreateMode.PERSISTENT,
    acls?: readonly ACL[],
  ): Promise<string> {
    const list = acls ?? zookeeper.ACL.OPEN_ACL_UNSAFE;
    return asked((answer) => this.client.create(path, Buffer.from(data), list, mode, answer));
  }

  remove(path: string, version = -1): Promise<void> {
    return asked((answer) => this.client.remove(path, version, (error) => answer(error, undefined)));
  }

  exists(path: string): Promise<Stat | null> {
    return asked((answer) => this.client.exists(path, undefined, answer));
  }

  watchExists(path: string): Promise<Watched<Stat | null>> {
    return this.#watched((watcher, answer) => this.client.exists(path, watcher, answer));
  }

  getData(path: string): Promise<{ data: string; stat: Stat }> {
    return asked((answer) =>
      this.client.getData(path, undefined, (error, data, stat) => answer(error, { data: text(data), stat })),
    );
  }

  watchData(path: string): Promise<Watched<{ data: string; stat: Stat }>> {
    return this.#watched((watcher, answer) =>
      this.client.getData(path, watcher, (error, data, stat) => answer(error, { data: text(data), stat })),
    );
  }

  setData(path: string, data: string, version = -1): Promise<Stat> {
    return asked((answer) => this.client.setData(path, Buffer.from(data), version, answer));
  }

  getChildren(path: string): Promise<readonly string[]> {
    return asked((answer) => this.client.getChildren(path, undefined, answer));
  }

  watchChildren(path: string): Promise<Watched<readonly string[]>> {
    return this.#watched((watcher, answer) => this.client.getChildren(path, watcher, answer));
  }

  getAcl(path: string): Promise<readonly ACL[]> {
    return asked((answer) => this.client.getACL(path, answer));
  }

  setAcl(path: string, acls: readonly ACL[], version = -1): Promise<Stat> {
    return asked((answer) => this.client.setACL(path, acls, version, answer));
  }

  addDigest(user: string, password: string): void {
    this.client.addAuthInfo("digest", Buffer.from(`${user}:${password}`));
  }

  mkdirp(path: string): Promise<string> {
    return asked((answer) => this.client.mkdirp(path, answer));
  }

  removeRecursive(path: string): Promise<void> {
    return asked((answer) => this.client.removeRecursive(path, -1, (error) => answer(error, undefined)));
  }

  /** Carries out what `build` adds to a transaction, all or nothing. */
  commit(build: (transaction: Transaction) => Transaction): Promise<Committed> {
    return new Promise((resolve, reject) => {
      build(this.client.transaction()).commit((error, results) => {
        if (results === undefined) reject(error ?? new Error("a transaction without results"));
        else resolve({ code: error ? error.code : 0, results });
      });
    });
  }

  /** Ends the session; resolves when the server has closed the connection. Without a connection it just gives up. */
  async close(): Promise<void> {
    if (this.client.getState() !== zookeeper.State.SYNC_CONNECTED) {
      const { connectionManager } = this.client;
      connectionManager.connect = () => {};
      connectionManager.socket?.destroy();
      return;
    }
    const closed = this.until("disconnected");
    this.client.close();
    await closed;
  }

  #watched<T>(ask: (watcher: (event: Event) => void, answer: Answer<T>) => void): Promise<Watched<T>> {
    return new Promise((resolve, reject) => {
      const event = new Promise<Event>((fired) => {
        ask(fired, (error, value) => {
          if (error) reject(error);
          else resolve({ value, event });
        });
      });
    });
  }
}

function text(data: Buffer | undefined): string {
  return data === undefined ? "" : data.toString("utf8");
}

/** A client with a session. Reconnects at once after a broken connection, as far as the library allows. */
export async function connectClient(connectString: string, options: ClientOptions = {}): Promise<NodeClient> {
  const client = new NodeClient(createClient(connectString, { spinDelay: 10, ...options }));
  const connected = client.until("connected");
  client.client.connect();
  await connected;
  return client;
}
