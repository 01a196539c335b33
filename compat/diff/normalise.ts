import { createHash } from "node:crypto";
import { errorCodeName } from "../../protocol/errors.ts";
import { sessionPassword } from "../../src/core/java/javaRandom.ts";
import { connectCodec, eventCodec, replyCodecOf, type ReplyCodec } from "./replyCodecs.ts";
import type { Request } from "./steps.ts";
import type { Received, StepTrace } from "./trace.ts";

const headerBytes = 16;
const shownBytesMax = 1024;
const eventNames = ["none", "NodeCreated", "NodeDeleted", "NodeDataChanged", "NodeChildrenChanged"];

/** The lines of one connection in one step: equal at both servers, or there is a difference. */
export type StepLines = ReadonlyMap<number, readonly string[]>;

/**
 * Turns what one server sent into lines that must be equal at both. Replaced are zxids by their rank among those of the
 * sequence, session ids by their order of appearance, passwords by whether they fit their session, times by whether
 * they fit the step that made their zxid. Once a server was started again the children of a node stand in an order that
 * goes by how they were loaded: `restarted` says that there was a restart before, and the sequence may hold one itself;
 * then they are sorted. Everything else is shown as it came; bytes that are not what our encoder would
 * write for the decoded record are shown too. `base`, the parent of the root, becomes `$B`.
 */
export function normalise(trace: readonly StepTrace[], base: string, restarted = false): StepLines[] {
  const names = new Names(trace, restarted);
  return trace.map(({ byConn }) => {
    const lines = new Map<number, string[]>();
    for (const [conn, received] of byConn)
      lines.set(
        conn,
        received.map((one) => names.line(one).replaceAll(base, "$B")),
      );
    return lines;
  });
}

class Names {
  readonly #rankByZxid = new Map<bigint, number>();
  readonly #windowByZxid = new Map<bigint, StepTrace>();
  readonly #timeByZxid = new Map<bigint, bigint>();
  readonly #nameBySession = new Map<bigint, string>();
  readonly #restarted: boolean;
  /** The tree of the sequence itself was loaded by a new process. */
  readonly #rootRestarted: boolean;
  #sorting = false;

  constructor(trace: readonly StepTrace[], restarted: boolean) {
    this.#restarted = restarted;
    this.#rootRestarted = trace.some(({ step }) => step.kind === "restart");
    const zxids = new Set<bigint>();
    for (const step of trace)
      for (const received of [...step.byConn.values()].flat()) this.#collect(received, step, zxids);
    const sorted = [...zxids].sort((a, b) => (a < b ? -1 : 1));
    sorted.forEach((zxid, rank) => this.#rankByZxid.set(zxid, rank));
  }

  #collect(received: Received, step: StepTrace, zxids: Set<bigint>): void {
    if (received.kind === "closed" || received.kind === "silent") return;
    if (received.kind === "connect" || isSecondAnswer(received)) return;
    const zxid = received.bytes.readBigInt64BE(4);
    if (zxid > 0n) {
      zxids.add(zxid);
      if (!this.#windowByZxid.has(zxid)) this.#windowByZxid.set(zxid, step);
    }
    if (received.kind === "reply") collectZxids(decodedBody(received.request, received.bytes).value, zxids);
  }

  line(received: Received): string {
    switch (received.kind) {
      case "closed":
        return "closed by the server";
      case "silent":
        return "no answer";
      case "connect":
        return `connected ${this.#connected(received.bytes)}`;
      case "fence":
        return `fence zxid=${this.#zxid(received.bytes.readBigInt64BE(4))} ${received.bytes.toString("hex", 12)}`;
      case "event":
        return this.#event(received.bytes);
      case "reply":
        return this.#reply(received.request, received.bytes);
    }
  }

  #connected(bytes: Buffer): string {
    const readOnly = bytes.length === 36 ? "" : ` readOnly=${bytes.toString("hex", 36)}`;
    return this.#body(connectCodec, bytes.subarray(0, 36)) + readOnly;
  }

  #event(bytes: Buffer): string {
    const type = bytes.length >= headerBytes + 4 ? bytes.readInt32BE(headerBytes) : 0;
    const header = this.#header(bytes);
    return `event ${eventNames[type] ?? type} ${header} ${this.#body(eventCodec, bytes.subarray(headerBytes))}`;
  }

  #reply(request: Request, bytes: Buffer): string {
    if (request.op === "createSession") return `reply to createSession ${this.#connected(bytes)}`;
    const { value, exact, rest } = decodedBody(request, bytes);
    this.#sorting = this.#rootRestarted || (this.#restarted && !isBelowRoot(request));
    const shown = value === undefined ? "" : ` ${this.#show(value, "")}`;
    return `reply to ${request.op} ${this.#header(bytes)}${shown}${exact ? "" : ` bytes=${rest.toString("hex")}`}`;
  }

  #header(bytes: Buffer): string {
    const err = bytes.readInt32BE(12);
    return `xid=${bytes.readInt32BE(0)} zxid=${this.#zxid(bytes.readBigInt64BE(4))} err=${err === 0 ? 0 : errorCodeName(err)}`;
  }

  #body(codec: ReplyCodec, bytes: Buffer): string {
    const { value, exact } = decoded(codec, bytes);
    return `${this.#show(value, "")}${exact ? "" : ` bytes=${bytes.toString("hex")}`}`;
  }

  #show(value: unknown, field: string, owner: object = {}): string {
    if (typeof value === "bigint") return this.#long(value, field, owner);
    if (value instanceof Uint8Array)
      return field === "passwd" ? this.#password(value, owner) : shownBytes(value);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#show(item, field, owner));
      if (this.#sorting && (field === "children" || field === "ephemerals")) items.sort();
      return `[${items.join(", ")}]`;
    }
    if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
    const fields = Object.entries(value).map(([name, item]) => `${name}=${this.#show(item, name, value)}`);
    return `{${fields.join(" ")}}`;
  }

  #long(value: bigint, field: string, owner: object): string {
    switch (field) {
      case "czxid":
      case "mzxid":
      case "pzxid":
        return this.#zxid(value);
      case "ctime":
        return this.#time(value, "czxid" in owner ? owner.czxid : null);
      case "mtime":
        return this.#time(value, "mzxid" in owner ? owner.mzxid : null);
      case "ephemeralOwner":
      case "sessionId":
        return this.#session(value);
      default:
        return String(value);
    }
  }

  #zxid(zxid: bigint): string {
    const rank = this.#rankByZxid.get(zxid);
    return rank === undefined ? String(zxid) : `#${rank}`;
  }

  #session(id: bigint): string {
    if (id === 0n) return "0";
    const name = this.#nameBySession.get(id) ?? `S${this.#nameBySession.size}`;
    this.#nameBySession.set(id, name);
    return name;
  }

  #password(password: Uint8Array, owner: object): string {
    const id = "sessionId" in owner && typeof owner.sessionId === "bigint" ? owner.sessionId : 0n;
    const fits = id !== 0n && Buffer.compare(password, sessionPassword(id)) === 0;
    return fits ? "of-session" : Buffer.from(password).toString("hex");
  }

  /** A time belongs to the transaction that made it: the same for each mention of its zxid, and within its step. */
  #time(ms: bigint, zxid: unknown): string {
    if (ms === 0n || typeof zxid !== "bigint") return String(ms);
    const known = this.#timeByZxid.get(zxid);
    this.#timeByZxid.set(zxid, ms);
    const word = known === undefined || known === ms ? "t" : known < ms ? "later-t" : "earlier-t";
    const step = this.#windowByZxid.get(zxid);
    if (step === undefined) return `${word}${this.#zxid(zxid)}`;
    const place = ms < step.startMs ? "before-" : ms > step.endMs ? "after-" : "";
    return `${place}${word}${this.#zxid(zxid)}`;
  }
}

/** Long data is shown by what tells it apart. */
function shownBytes(value: Uint8Array): string {
  if (value.length <= shownBytesMax) return JSON.stringify(Buffer.from(value).toString("latin1"));
  return `${value.length} bytes of SHA-1 ${createHash("sha1").update(value).digest("hex")}`;
}

/** Whether a request asks for nothing but nodes of its own sequence. */
function isBelowRoot(request: Request): boolean {
  if (request.op === "multiRead") return request.ops.every((op) => isBelowRoot(op));
  return "path" in request && request.path !== null && request.path.startsWith("$R");
}

function isSecondAnswer(received: Received): boolean {
  return received.kind === "reply" && received.request.op === "createSession";
}

interface Decoded {
  /** Undefined where there is no body, or none that decodes. */
  readonly value: unknown;
  /** Whether the bytes are exactly what our encoder writes for the value. */
  readonly exact: boolean;
}

function decodedBody(request: Request, bytes: Buffer): Decoded & { readonly rest: Buffer } {
  const rest = bytes.subarray(headerBytes);
  const codec = replyCodecOf(request);
  if (rest.length === 0 || codec === null) return { value: undefined, exact: rest.length === 0, rest };
  return { ...decoded(codec, rest), rest };
}

function decoded(codec: ReplyCodec, bytes: Buffer): Decoded {
  try {
    const value = codec.decode(bytes);
    return { value, exact: Buffer.compare(codec.encode(value), bytes) === 0 };
  } catch {
    return { value: undefined, exact: false };
  }
}

const zxidFields = new Set(["czxid", "mzxid", "pzxid"]);

function collectZxids(value: unknown, zxids: Set<bigint>): void {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  for (const [field, item] of Object.entries(value)) {
    if (typeof item === "bigint" && zxidFields.has(field) && item > 0n) zxids.add(item);
    else collectZxids(item, zxids);
  }
}
