import { int, long, openAcl, RawClient, text } from "../../test/support/rawClient.ts";

const op = {
  create: 1,
  delete: 2,
  setData: 5,
  setACL: 7,
  check: 13,
  multi: 14,
  createContainer: 19,
  createTTL: 21,
  closeSession: -11,
} as const;
/** Read by nobody but a super user; still the writer may delete such a node, since its parent lets it. */
const closedAcl = Buffer.concat([
  int(2),
  int(31),
  text("digest"),
  text("bob:x="),
  int(1),
  text("ip"),
  text("10.0.0.1"),
]);
const errorResult = -1;
const knownMax = 1000;

/** A znode as it was acknowledged. */
export interface Known {
  readonly data: string;
  readonly acl: Buffer;
  readonly ephemeral: boolean;
}

/** A request under way: what will be true of `path` once it is acknowledged; null: it is gone. */
interface Pending {
  readonly path: string;
  readonly known: Known | null;
  /** A multi that changes nothing; its reply says so behind a header without an error. */
  readonly fails: boolean;
  /** A set of the counter that goes along. */
  readonly counter: number | null;
}

/**
 * One session that writes as fast as it is answered below a node of its own and remembers what was acknowledged:
 * nodes of all kinds made, set, deleted and given other ACLs, multis that succeed and fail, a counter that only grows.
 */
export class Writer {
  readonly name: string;
  /** Every znode below `/<name>` that must be there. */
  readonly known = new Map<string, Known>();
  /** Paths of requests that were never answered: their outcome is open. */
  readonly open = new Set<string>();
  /** The highest value that was acknowledged. */
  counter = 0;
  /** The highest value that was sent. */
  counterSent = 0;
  lastZxid = 0n;
  ackedCount = 0;
  #client: RawClient | null = null;
  #session = 0n;
  #timeoutMs = 0;
  #password: Buffer = Buffer.alloc(16);
  #made = 0;
  #xid = 0;
  readonly #random: () => number;
  readonly #extended: boolean;

  /** Without `extended` there are no containers and TTL nodes, which old servers do not know. */
  constructor(name: string, random: () => number, extended = true) {
    this.name = name;
    this.#random = random;
    this.#extended = extended;
  }

  get sessionId(): bigint {
    return this.#session;
  }

  get counterPath(): string {
    return `/${this.name}/counter`;
  }

  /** Connects, the second time with the session of the first. Throws if the session is gone. */
  async connect(port: number): Promise<void> {
    const client = await RawClient.open(port);
    const isNew = this.#session === 0n;
    if (!(await client.connect(600_000, this.#session, this.#password)))
      throw new Error(`${this.name}: the server closed the connection`);
    if (client.sessionId === 0n) {
      throw new Error(
        `${this.name}: the server does not know session 0x${this.#session.toString(16)} any more`,
      );
    }
    if (!isNew && client.timeoutMs !== this.#timeoutMs)
      throw new Error(`${this.name}: the timeout was ${this.#timeoutMs} and now is ${client.timeoutMs}`);
    this.#session = client.sessionId;
    this.#timeoutMs = client.timeoutMs;
    this.#password = client.password;
    this.#client = client;
    if (!isNew) return;
    for (const [path, data] of [
      [`/${this.name}`, ""],
      [this.counterPath, "0"],
    ]) {
      const reply = await client.ask(1, op.create, text(path), text(data), openAcl, int(0));
      if (reply.err !== 0) throw new Error(`${path} was refused with ${reply.err}`);
    }
  }

  /** Keeps `outstanding` requests under way until the connection breaks; throws at an answer that cannot be right. */
  async write(outstanding: number): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    const pending: Pending[] = [];
    const send = (): void => void pending.push(this.#send(client, pending));
    for (let i = 0; i < outstanding; i++) send();
    for (let reply = await client.next(); reply !== null; reply = await client.next()) {
      const done = pending.shift();
      if (done === undefined) throw new Error(`${this.name}: a reply to nothing`);
      if (reply.err !== 0) throw new Error(`${this.name}: error ${reply.err} for ${done.path}`);
      if (done.fails && reply.body.readInt32BE(0) !== errorResult)
        throw new Error(`${this.name}: a multi with a wrong version has deleted ${done.path}`);
      this.lastZxid = reply.zxid;
      this.ackedCount++;
      this.#acknowledged(done);
      send();
    }
    for (const { path } of pending) this.open.add(path);
    client.close();
    this.#client = null;
  }

  /** Breaks the connection off, so that `write` comes to its end. */
  hangUp(): void {
    this.#client?.close();
  }

  #acknowledged({ path, known, fails, counter }: Pending): void {
    if (fails) return;
    if (counter !== null) this.counter = counter;
    if (path === this.counterPath) return;
    if (known === null) this.known.delete(path);
    else this.known.set(path, known);
  }

  /** A session that was closed in good order leaves no ephemeral behind; the path of the one that it had. */
  async closedSession(port: number): Promise<string> {
    const path = `/${this.name}/closed${this.#made++}`;
    const client = await RawClient.open(port);
    await client.connect(600_000);
    const made = await client.ask(1, op.create, text(path), text("gone"), openAcl, int(1));
    const closed = await client.ask(2, op.closeSession);
    if (made.err !== 0 || closed.err !== 0) throw new Error(`${path}: errors ${made.err} and ${closed.err}`);
    client.close();
    return path;
  }

  #send(client: RawClient, pending: readonly Pending[]): Pending {
    const xid = ++this.#xid;
    // Beyond a limit more is deleted than made, so that a long run ends with trees like those of a short one.
    const isFull = this.known.size > knownMax && this.#random() < 0.5;
    const random = isFull ? 0 : Math.floor(this.#random() * 10);
    // Only nodes that nothing under way touches have a state to start from.
    const busy = new Set(pending.map(({ path }) => path));
    const old = random < 4 ? this.#pick(busy) : null;
    if (old === null) return this.#sendNew(client, xid, random);
    const [path, known] = old;
    const data = `${this.name} ${xid}`;
    if (random === 0) {
      client.send(xid, op.delete, text(path), int(-1));
      return { path, known: null, fails: false, counter: null };
    }
    if (random === 1 && known.acl === openAcl) {
      client.send(xid, op.setACL, text(path), closedAcl, int(-1));
      return { path, known: { ...known, acl: closedAcl }, fails: false, counter: null };
    }
    if (random === 2) {
      // The second check fails, so the delete must not have happened either.
      const deletes = multiOp(op.delete, text(path), int(-1));
      client.send(xid, op.multi, deletes, multiOp(op.check, text(this.counterPath), int(-7)), multiEnd);
      return { path, known, fails: true, counter: null };
    }
    if (known.acl !== openAcl) return this.#sendNew(client, xid, 9);
    client.send(xid, op.setData, text(path), text(data), int(-1));
    return { path, known: { ...known, data }, fails: false, counter: null };
  }

  #sendNew(client: RawClient, xid: number, kind: number): Pending {
    const path = `/${this.name}/n${this.#made++}`;
    const data = `${this.name} ${xid}`;
    const acl = kind % 2 === 0 ? openAcl : closedAcl;
    const create = [text(path), text(data), acl];
    const pending = { path, known: { data, acl, ephemeral: kind === 4 }, fails: false, counter: null };
    if (kind >= 8) {
      const counter = ++this.counterSent;
      const set = [text(this.counterPath), text(String(counter)), int(-1)];
      if (kind === 9) {
        client.send(xid, op.setData, ...set);
        return { ...pending, path: this.counterPath, counter };
      }
      client.send(
        xid,
        op.multi,
        multiOp(op.create, ...create, int(0)),
        multiOp(op.setData, ...set),
        multiEnd,
      );
      return { ...pending, counter };
    }
    if (kind === 5 && this.#extended) client.send(xid, op.createTTL, ...create, int(5), long(3_600_000n));
    else if (kind === 6 && this.#extended) client.send(xid, op.createContainer, ...create, int(4));
    else client.send(xid, op.create, ...create, int(kind === 4 ? 1 : 0));
    return pending;
  }

  /** One of the older known nodes, cheaply: the map is in order of creation. */
  #pick(busy: ReadonlySet<string>): [string, Known] | null {
    let skip = Math.floor(this.#random() * 20);
    for (const entry of this.known) {
      if (busy.has(entry[0]) || skip-- > 0) continue;
      return entry;
    }
    return null;
  }
}

function multiOp(type: number, ...body: readonly Buffer[]): Buffer {
  return Buffer.concat([int(type), Buffer.of(0), int(-1), ...body]);
}

const multiEnd = Buffer.concat([int(-1), Buffer.of(1), int(-1)]);
