import { Xid } from "../../../protocol/flags.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { GetDataResponse, SetDataResponse } from "../../../protocol/records/client.ts";
import type { ClientConnection } from "../../../src/core/server/clientConnection.ts";
import { openAcl } from "../../support/coreClient.ts";
import {
  connectFrame,
  ReplyDecoder,
  requestFrame,
  type Received,
  type Reply,
} from "../../support/coreFrames.ts";
import type { SeededRandom } from "../random.ts";
import type { ClientLedger } from "./clientLedger.ts";
import { ClientWire } from "./clientWire.ts";
import type { SimulatedProcess } from "./simulatedProcess.ts";
import type { Scheduled, VirtualTime } from "./virtualTime.ts";

/** What a client asks of the simulation. */
export interface ClientHost {
  readonly time: VirtualTime;
  /** A server that may take it, or not. */
  anyProcess(): SimulatedProcess | null;
  violated(text: string): void;
  readonly ledger: ClientLedger;
  /** All of them, itself included. */
  readonly clients: readonly SimulatedClient[];
  /**
   * Whether nobody believes that it leads who has been followed by another leader. Until it learns of that, one that stood
   * still answers a sync: ZooKeeper's sync asks no quorum.
   */
  readonly isLedByNewest: boolean;
  /** Since when nothing has gone wrong; Infinity while faults may come. */
  readonly quietSinceMs: number;
}

/** A request under way. */
interface Work {
  readonly kind: "create" | "delete" | "set" | "both" | "get" | "setShared" | "look" | "sync" | "peek";
  readonly sentMs: number;
  /** The newest write that anybody had been told of when this, or the sync before it, was asked for. */
  readonly floor: bigint;
  readonly path: string;
  /** Of the own register; of another's behind a sync: what it must be at least. */
  readonly value: number;
  readonly isEphemeral: boolean;
  /** Whether no old leader was about when it was asked for. */
  readonly isCertain: boolean;
  readonly other: SimulatedClient | null;
}

export const sessionTimeoutMs = 8000;
/** After so long without an answer, or less, it goes to another server. */
const patienceMsMax = 4000;
/** Requests that are sent without waiting for an answer. */
const pipelinedMax = 4;
/** What all clients write and watch. */
export const sharedPath = "/shared";
const nodeExists = -110;
const noNode = -101;

/**
 * A client: it creates and deletes nodes, sets and reads a register of its own and one of all, watches that, looks at
 * the others' registers behind a sync, moves from server to server with its session, falls silent now and then, and
 * remembers what it was told.
 */
export class SimulatedClient {
  readonly name: string;
  /** Nodes whose creation was acknowledged, by this client's session or one before, and that were not to be deleted. */
  readonly created = new Set<string>();
  /** Nodes whose deletion was acknowledged. */
  readonly deleted: string[] = [];
  /** Ephemeral nodes whose creation was acknowledged, with their session. */
  readonly ephemerals: { readonly path: string; readonly sessionId: bigint }[] = [];
  /** The register's value that was acknowledged last, and the largest that was ever sent. */
  acked = -1;
  sent = -1;
  ackedCount = 0;
  expiredCount = 0;
  readonly #host: ClientHost;
  readonly #random: SeededRandom;
  /** Between an answer and the next question, at most. */
  readonly #thinkMsMax: number;
  #wire: ClientWire | null = null;
  #decoder = new ReplyDecoder();
  #sessionId = 0n;
  #passwd: Uint8Array = new Uint8Array(16);
  #lastZxid = 0n;
  #xid = 0;
  #made = 0;
  #hasShared = false;
  readonly #works: Work[] = [];
  /** The shared node's last change when a watch was left on it; null: there is no watch. */
  #watchedMzxid: bigint | null = null;
  /** When the newest request was sent that was answered, and whether a leader has answered it. */
  #askedMs = 0;
  #askedLeader = false;
  #patience: Scheduled | null = null;
  #phase: "busy" | "finishing" | "last" | "stopped" = "busy";

  constructor(name: string, host: ClientHost, random: SeededRandom, thinkMsMax: number) {
    this.name = name;
    this.#host = host;
    this.#random = random;
    this.#thinkMsMax = thinkMsMax;
  }

  get register(): string {
    return `/${this.name}-register`;
  }

  begin(): void {
    this.#host.time.after(this.#random.below(100), () => this.#connect());
  }

  /** What is under way is finished; after a silence that is a little shorter than its session one last question. */
  finish(): void {
    this.#phase = "finishing";
  }

  get isIdle(): boolean {
    return this.#phase === "stopped";
  }

  /** To be asked at the end: has a change of the shared node been kept from it? */
  checkWatch(mzxid: bigint): void {
    if (this.#wire !== null && this.#watchedMzxid !== null && mzxid > this.#watchedMzxid)
      this.#host.violated(`${this.name} was never told of a change of ${sharedPath} that it watches`);
  }

  // ---- connection -------------------------------------------------------------------------------------------

  #connect(): void {
    const process = this.#host.anyProcess();
    const core = process?.core ?? null;
    if (process === null || core === null || process.pausedUntilMs > this.#host.time.nowMs)
      return this.#connectLater();
    let made = null as ClientConnection | null;
    process.input(() => {
      made = core.accept({ remoteAddress: "10.0.0.1", remotePort: 1, secure: false, authIds: [] });
    });
    if (made === null) return this.#connectLater();
    made.transport = this;
    this.#wire = new ClientWire(process, core, made, this.#host.time, this.#random);
    this.#decoder = new ReplyDecoder();
    this.#wait();
    this.#wire.send(
      connectFrame({
        timeOut: sessionTimeoutMs,
        sessionId: this.#sessionId,
        passwd: this.#passwd,
        lastZxidSeen: this.#lastZxid,
      }),
    );
  }

  #connectLater(): void {
    if (this.#phase === "stopped") return;
    this.#host.time.after(20 + this.#random.below(200), () => this.#connect());
  }

  /** The connection is gone, from this end or the other. */
  lost(connection: ClientConnection): void {
    if (connection !== this.#wire?.connection) return;
    this.#patience?.cancel();
    this.#wire = null;
    this.#works.length = 0;
    this.#connectLater();
  }

  #wait(): void {
    this.#patience?.cancel();
    const wire = this.#wire;
    this.#patience = this.#host.time.after(300 + this.#random.below(patienceMsMax - 300), () => {
      if (wire !== null && wire === this.#wire) this.#leave(wire);
    });
  }

  #leave(wire: ClientWire): void {
    this.lost(wire.connection);
    wire.end();
  }

  receive(connection: ClientConnection, bytes: Uint8Array): void {
    if (connection !== this.#wire?.connection) return;
    for (const received of this.#decoder.push(bytes))
      if (connection === this.#wire?.connection) this.#take(connection, received);
  }

  #take(connection: ClientConnection, received: Received): void {
    if (received.kind === "connect") this.#connected(connection, received.response);
    else if (received.kind === "event") this.#told();
    else this.#answered(received);
  }

  #connected(
    connection: ClientConnection,
    { sessionId, passwd, timeOut }: { sessionId: bigint; passwd: Uint8Array | null; timeOut: number },
  ): void {
    this.#patience?.cancel();
    if (timeOut === 0) {
      this.#expired();
      return this.lost(connection);
    }
    if (sessionId !== this.#sessionId) this.#watchedMzxid = null;
    this.#sessionId = sessionId;
    this.#passwd = passwd ?? new Uint8Array(16);
    if (this.#watchedMzxid !== null) this.#setWatches();
    this.#next();
  }

  /** Told that its session is over: rightly so only if nothing was heard of it for long. */
  #expired(): void {
    const silentMs = this.#host.time.nowMs - this.#askedMs;
    const isQuiet = this.#askedMs >= this.#host.quietSinceMs;
    // A leader that stood still answers what had waited, while another one has begun to count anew.
    const share = isQuiet ? 0.9 : this.#askedLeader ? 0.4 : 0;
    if (this.#sessionId !== 0n && silentMs < sessionTimeoutMs * share)
      this.#host.violated(`${this.name} has lost its session ${Math.round(silentMs)} ms after an answer`);
    this.expiredCount++;
    this.#sessionId = 0n;
    this.#passwd = new Uint8Array(16);
    this.#watchedMzxid = null;
  }

  // ---- watch ------------------------------------------------------------------------------------------------

  #setWatches(): void {
    this.#decoder.sent(Xid.SET_WATCHES, OpCode.setWatches);
    this.#wire?.send(
      requestFrame(OpCode.setWatches, Xid.SET_WATCHES, {
        relativeZxid: this.#lastZxid,
        dataWatches: [sharedPath],
        existWatches: [],
        childWatches: [],
      }),
    );
  }

  #told(): void {
    if (this.#watchedMzxid === null)
      this.#host.violated(`${this.name} is told of a change that it did not watch`);
    this.#watchedMzxid = null;
  }

  #looked(mzxid: bigint): void {
    const watched = this.#watchedMzxid;
    if (watched !== null && mzxid > watched)
      this.#host.violated(
        `${this.name} sees ${sharedPath} at ${mzxid.toString(16)} before it is told of the change`,
      );
    this.#watchedMzxid = mzxid;
  }

  // ---- questions --------------------------------------------------------------------------------------------

  #next(): void {
    if (this.#works.length > 0 || this.#phase === "stopped") return;
    const wire = this.#wire;
    this.#host.time.after(this.#pauseMs(), () => {
      if (wire === null || wire !== this.#wire || this.#works.length > 0) return;
      if (this.#phase === "last") return this.#read("get", this.register);
      if (this.#phase === "finishing") return this.#next();
      if (this.#random.chance(this.#host.quietSinceMs === Infinity ? 0.003 : 0.02)) return this.#leave(wire);
      for (let count = 1 + this.#burst(); count > 0; count--) this.#ask();
    });
  }

  #burst(): number {
    return this.#random.chance(0.2) ? this.#random.below(pipelinedMax) : 0;
  }

  #pauseMs(): number {
    if (this.#phase === "finishing") {
      this.#phase = "last";
      return sessionTimeoutMs * 0.75;
    }
    // Silence, too, must not cost a session.
    if (this.#random.chance(0.004)) return this.#random.below(sessionTimeoutMs * 0.7);
    return this.#random.below(this.#thinkMsMax);
  }

  #ask(): void {
    const dice = this.#random.below(16);
    if (this.acked < 0 || !this.#hasShared) {
      // These come first.
      this.sent = Math.max(this.sent, 0);
      this.#create(this.acked < 0 ? this.register : sharedPath, 0);
    } else if (dice < 2) this.#create(`/${this.name}-e${this.#made++}`, 1);
    else if (dice < 4) this.#create(`/${this.name}-${this.#made++}`, 0);
    else if (dice === 4) this.#delete();
    else if (dice === 5) this.#both();
    else if (dice < 9) this.#set(this.register, ++this.sent, "set");
    else if (dice < 11) this.#set(sharedPath, this.#xid, "setShared");
    else if (dice < 13) this.#read("look", sharedPath);
    else if (dice < 14) this.#read("get", this.register);
    else this.#sync();
  }

  #create(path: string, flags: number): void {
    this.#send(OpCode.create, { path, data: text(0), acl: openAcl, flags }, "create", {
      path,
      isEphemeral: flags === 1,
    });
  }

  /** What may not be there afterwards is no longer asked for. */
  #delete(): void {
    const [path] = this.created;
    if (path === undefined) return this.#read("get", this.register);
    this.created.delete(path);
    this.#send(OpCode.delete, { path, version: -1 }, "delete", { path });
  }

  #set(path: string, value: number, kind: "set" | "setShared"): void {
    this.#send(OpCode.setData, { path, data: text(value), version: -1 }, kind, { path, value });
  }

  /** Two writes in one: both are there, or none. */
  #both(): void {
    const path = `/${this.name}-${this.#made++}`;
    const value = ++this.sent;
    const ops = [
      { type: OpCode.setData, record: { path: this.register, data: text(value), version: -1 } },
      { type: OpCode.create, record: { path, data: text(value), acl: openAcl, flags: 0 } },
    ] as const;
    this.#send(OpCode.multi, [...ops], "both", { path, value });
  }

  #read(kind: "get" | "look" | "peek", path: string, more: Partial<Work> = {}): void {
    this.#send(OpCode.getData, { path, watch: kind === "look" }, kind, { path, ...more });
  }

  /** What others were told before must be seen behind it. */
  #sync(): void {
    const { clients } = this.#host;
    const other = clients[this.#random.below(clients.length)];
    this.#send(OpCode.sync, { path: "/" }, "sync", { other, value: other.acked });
  }

  #send<K extends Parameters<typeof requestFrame>[0]>(
    type: K,
    body: Parameters<typeof requestFrame<K>>[2],
    kind: Work["kind"],
    more: Partial<Work>,
  ): void {
    const { time, ledger } = this.#host;
    const known = {
      sentMs: time.nowMs,
      floor: ledger.newestAcked,
      path: "/",
      value: 0,
      isCertain: this.#host.isLedByNewest,
    };
    this.#works.push({ ...known, isEphemeral: false, other: null, ...more, kind });
    const xid = ++this.#xid;
    this.#decoder.sent(xid, type);
    this.#wait();
    this.#wire?.send(requestFrame(type, xid, body));
  }

  // ---- answers ----------------------------------------------------------------------------------------------

  #answered(reply: Reply): void {
    const { xid, zxid } = reply;
    if (zxid < this.#lastZxid)
      this.#host.violated(`${this.name} has gone back from ${this.#lastZxid} to ${zxid}`);
    if (zxid > 0n) this.#lastZxid = zxid;
    if (xid === Xid.SET_WATCHES) return;
    const work = this.#works.shift();
    if (work === undefined || xid !== this.#xid - this.#works.length)
      return this.#host.violated(`${this.name}: an answer to ${xid} out of its turn`);
    this.#patience?.cancel();
    this.#askedMs = work.sentMs;
    this.#askedLeader = this.#wire?.isToLeader === true;
    this.#done(work, reply);
    if (this.#works.length > 0) return this.#wait();
    if (work.kind === "sync" && reply.err === 0 && work.isCertain && this.#host.isLedByNewest)
      return this.#read("peek", work.other?.register ?? "/", { ...work, path: work.other?.register ?? "/" });
    if (this.#phase === "last" && work.kind === "get") this.#phase = "stopped";
    this.#next();
  }

  #done(work: Work, { err, zxid, body }: Reply): void {
    const { ledger } = this.#host;
    if (err === 0) this.ackedCount++;
    if (err === 0 && ["create", "delete", "set", "setShared", "both"].includes(work.kind))
      ledger.wrote(this.name, zxid, work.floor);
    switch (work.kind) {
      case "create":
        return this.#createdNode(work, err);
      case "delete":
        if (err !== 0) return this.#refused(work, err);
        this.deleted.push(work.path);
        return;
      case "both":
        if (err !== 0) return this.#refused(work, err);
        this.acked = work.value;
        this.created.add(work.path);
        return;
      case "set":
        if (err !== 0) return this.#refused(work, err);
        this.acked = work.value;
        return this.#checkVersion((body as SetDataResponse).stat.version);
      case "setShared":
        if (err !== 0) return this.#refused(work, err);
        return ledger.sawShared(this.name, zxid, (body as SetDataResponse).stat.version);
      case "look":
        if (err !== 0) return this.#refused(work, err);
        return this.#sawShared(body as GetDataResponse);
      case "get":
        return this.#readRegister(err, body);
      case "peek":
        return this.#peeked(work, err, zxid, body);
      case "sync":
        return;
    }
  }

  #refused({ kind, path }: Work, err: number): void {
    this.#host.violated(`${this.name}: ${kind} ${path} is refused with ${err}`);
  }

  #createdNode(work: Work, err: number): void {
    // An earlier attempt may have come through without an answer.
    const isOnce = work.path !== this.register && work.path !== sharedPath;
    if (err !== 0 && (err !== nodeExists || isOnce)) return this.#refused(work, err);
    if (work.isEphemeral) this.ephemerals.push({ path: work.path, sessionId: this.#sessionId });
    else if (work.path === this.register) this.acked = Math.max(this.acked, 0);
    else if (work.path === sharedPath) this.#hasShared = true;
    else this.created.add(work.path);
  }

  #sawShared({ stat }: GetDataResponse): void {
    this.#host.ledger.sawShared(this.name, stat.mzxid, stat.version);
    this.#looked(stat.mzxid);
  }

  #readRegister(err: number, body: unknown): void {
    if (err === noNode && this.acked < 0) return;
    if (err !== 0)
      return this.#host.violated(
        `${this.name}'s register is read with ${err}; ${this.acked} was acknowledged`,
      );
    const { data, stat } = body as GetDataResponse;
    const value = valueOf(data);
    if (value < this.acked || value > this.sent)
      this.#host.violated(`${this.name} reads ${value}; ${this.acked} was acknowledged, ${this.sent} sent`);
    this.#checkVersion(stat.version);
  }

  /** Each write of the register was sent once. */
  #checkVersion(version: number): void {
    if (version > this.sent)
      this.#host.violated(`${this.name}'s register has version ${version} after ${this.sent} writes`);
  }

  #peeked(work: Work, err: number, zxid: bigint, body: unknown): void {
    const value = err === 0 ? valueOf((body as GetDataResponse).data) : -1;
    const whose = work.other?.name ?? "";
    if (value < work.value)
      this.#host.violated(
        `${this.name} reads ${value} of ${whose} behind a sync; ${work.value} was acknowledged`,
      );
    this.#host.ledger.readBehindSync(this.name, zxid, work.floor);
  }
}

function valueOf(data: Uint8Array | null): number {
  return data === null ? -1 : Number(Buffer.from(data).toString());
}

function text(value: number): Uint8Array {
  return new Uint8Array(Buffer.from(String(value)));
}
