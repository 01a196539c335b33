import { int, long, RawClient, text } from "../../test/support/rawClient.ts";

const openAcl = Buffer.concat([int(1), int(31), text("world"), text("anyone")]);
const opCreate = 1;
const opSetData = 5;
const opMulti = 14;
const opCreateTTL = 21;

/** What a request will have done once it is acknowledged. */
interface Pending {
  readonly path: string;
  readonly data: string;
  readonly ephemeral: boolean;
  readonly counter: number;
}

/**
 * One session that writes as fast as it is answered and remembers what was acknowledged: new nodes of several kinds,
 * a counter that only grows, and multis of both.
 */
export class Writer {
  readonly name: string;
  /** Acknowledged nodes with their data, since the last check. */
  readonly acked: Pending[] = [];
  readonly ephemerals = new Set<string>();
  counter = 0;
  lastZxid = 0n;
  ackedCount = 0;
  #client: RawClient | null = null;
  #session = 0n;
  #password: Buffer = Buffer.alloc(16);
  #sequence = 0;
  readonly #random: () => number;

  constructor(name: string, random: () => number) {
    this.name = name;
    this.#random = random;
  }

  get sessionId(): bigint {
    return this.#session;
  }

  /** Connects, the second time with the session of the first. Throws if the session is gone. */
  async connect(port: number): Promise<RawClient> {
    const client = await RawClient.open(port);
    const isNew = this.#session === 0n;
    if (!(await client.connect(600_000, this.#session, this.#password)) || client.sessionId === 0n) {
      throw new Error(
        `${this.name}: the server does not know session 0x${this.#session.toString(16)} any more`,
      );
    }
    this.#session = client.sessionId;
    this.#password = client.password;
    this.#client = client;
    if (isNew) {
      await client.ask(1, opCreate, text(`/${this.name}`), text(""), openAcl, int(0));
      await client.ask(2, opCreate, text(`/${this.name}/counter`), text("0"), openAcl, int(0));
    }
    return client;
  }

  /** Keeps `outstanding` requests under way until the connection breaks. */
  async write(outstanding: number): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    const pending: Pending[] = [];
    let counterSent = this.counter;
    const send = (): void => {
      counterSent++;
      pending.push(this.#send(client, counterSent));
    };
    for (let i = 0; i < outstanding; i++) send();
    for (let reply = await client.next(); reply !== null; reply = await client.next()) {
      const done = pending.shift();
      if (done === undefined) throw new Error(`${this.name}: a reply to nothing`);
      if (reply.err !== 0) throw new Error(`${this.name}: error ${reply.err} for ${done.path}`);
      this.lastZxid = reply.zxid;
      this.ackedCount++;
      if (done.counter > 0) this.counter = done.counter;
      if (done.path !== "") this.acked.push(done);
      if (done.ephemeral) this.ephemerals.add(done.path);
      send();
    }
    client.close();
    this.#client = null;
  }

  #send(client: RawClient, counter: number): Pending {
    const path = `/${this.name}/n${this.#sequence++}`;
    const data = `${this.name}-${counter}`;
    const kind = Math.floor(this.#random() * 5);
    const set = [text(`/${this.name}/counter`), text(String(counter)), int(-1)];
    if (kind === 0) {
      client.send(counter, opSetData, ...set);
      return { path: "", data, ephemeral: false, counter };
    }
    if (kind === 1) {
      const header = (type: number, done: boolean): Buffer =>
        Buffer.concat([int(type), Buffer.from([done ? 1 : 0]), int(-1)]);
      const create = [header(opCreate, false), text(path), text(data), openAcl, int(0)];
      client.send(counter, opMulti, ...create, header(opSetData, false), ...set, header(-1, true));
      return { path, data, ephemeral: false, counter };
    }
    if (kind === 2) {
      client.send(counter, opCreateTTL, text(path), text(data), openAcl, int(5), long(3_600_000n));
      return { path, data, ephemeral: false, counter: 0 };
    }
    const ephemeral = kind === 3;
    client.send(counter, opCreate, text(path), text(data), openAcl, int(ephemeral ? 1 : 0));
    return { path, data, ephemeral, counter: 0 };
  }
}
