import { expect } from "chai";
import { CreateMode } from "../../protocol/flags.ts";
import type { Infer } from "../../protocol/jute/schema.ts";
import { OpCode } from "../../protocol/opcodes.ts";
import type { replyBodies, requestBodies } from "../../protocol/records/bodies.ts";
import type { ACL, ConnectResponse } from "../../protocol/records/client.ts";
import type { ClientConnection } from "../../src/core/server/clientConnection.ts";
import type { ZooKeeperServer } from "../../src/core/server/zooKeeperServer.ts";
import {
  type ConnectFields,
  connectFrame,
  rawFrame,
  type Received,
  type Reply,
  ReplyDecoder,
  requestFrame,
} from "./coreFrames.ts";

export const openAcl: ACL[] = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];

/** What a client needs of the harness around it. */
interface CoreHost {
  readonly server: ZooKeeperServer;
  /** Whether everything is on disk after each input. */
  readonly autoLog: boolean;
  pump(): void;
  settle(): void;
}

/** One paper connection and the client behind it. */
export class CoreClient {
  readonly harness: CoreHost;
  readonly connection: ClientConnection;
  readonly number: number;
  readonly received: Received[] = [];
  /** Why the core closed it; null while it is open. */
  closeReason: string | null = null;
  /** The core takes no frames at the moment. */
  blocked = false;
  readonly #decoder = new ReplyDecoder();
  readonly #unsent: Uint8Array[] = [];
  #nextXid = 1;
  #session: ConnectResponse | null = null;

  constructor(harness: CoreHost, connection: ClientConnection, number: number) {
    this.harness = harness;
    this.connection = connection;
    this.number = number;
  }

  get closed(): boolean {
    return this.closeReason !== null;
  }

  get sessionId(): bigint {
    return this.connected().sessionId;
  }

  get passwd(): Uint8Array {
    return this.connected().passwd ?? new Uint8Array(0);
  }

  /** The ConnectResponse; throws if none has come. */
  connected(): ConnectResponse {
    if (this.#session !== null) return this.#session;
    const first = this.received.shift();
    if (first?.kind !== "connect") throw new Error(`no ConnectResponse but ${JSON.stringify(first?.kind)}`);
    this.#session = first.response;
    return first.response;
  }

  /** The ConnectResponse, for a caller that took it out of `received` itself. */
  remember(response: ConnectResponse): void {
    this.#session = response;
  }

  connect(request: ConnectFields = {}): void {
    this.frame(connectFrame(request));
  }

  /** Sends a request; the answer is picked up from `received`. Returns its xid. */
  send<K extends keyof typeof requestBodies>(
    type: K,
    body: Infer<(typeof requestBodies)[K]>,
    xid: number = this.#nextXid++,
  ): number {
    this.#decoder.sent(xid, type);
    this.frame(requestFrame(type, xid, body));
    return xid;
  }

  sendRaw(type: number, body: Uint8Array = new Uint8Array(0), xid: number = this.#nextXid++): number {
    this.#decoder.sent(xid, type);
    this.frame(rawFrame(type, xid, body));
    return xid;
  }

  /** Whole frames of any bytes. */
  frame(bytes: Uint8Array): void {
    this.#unsent.push(bytes);
    this.harness.pump();
    if (this.harness.autoLog) this.harness.settle();
  }

  /** The client goes away without a word. */
  disconnect(): void {
    this.harness.server.disconnected(this.connection);
    this.closeReason = "gone";
    this.#unsent.length = 0;
  }

  /** Sends a request, lets the disk finish and answers with the one reply; earlier ones stay in `received`. */
  call<K extends keyof typeof requestBodies>(type: K, body: Infer<(typeof requestBodies)[K]>): Reply {
    const xid = this.send(type, body);
    this.harness.settle();
    return this.takeReply(type === OpCode.ping ? -2 : xid);
  }

  /** As `call`, for what must succeed; the body by its type. */
  ok<K extends keyof typeof requestBodies & keyof typeof replyBodies>(
    type: K,
    body: Infer<(typeof requestBodies)[K]>,
  ): Infer<(typeof replyBodies)[K]> {
    const reply = this.call(type, body);
    expect(reply.err, `opcode ${type} ${JSON.stringify(body, showBigint)}`).to.equal(0);
    return reply.body as Infer<(typeof replyBodies)[K]>;
  }

  create(
    path: string,
    data: Uint8Array | null = new Uint8Array(0),
    flags: number = CreateMode.PERSISTENT,
  ): string {
    return this.ok(OpCode.create, { path, data, acl: openAcl, flags }).path ?? "";
  }

  takeReply(xid: number): Reply {
    const index = this.received.findIndex((one) => one.kind === "reply" && one.xid === xid);
    const [reply] = index < 0 ? [] : this.received.splice(index, 1);
    if (reply?.kind !== "reply") throw new Error(`no reply to xid ${xid}`);
    return reply;
  }

  /** Everything that came since the last call. */
  take(): Received[] {
    return this.received.splice(0);
  }

  /** For the harness: hands over frames while the core takes them. True if there was one. */
  deliver(): boolean {
    let moved = false;
    while (!this.blocked && !this.closed && this.#unsent.length > 0) {
      const bytes = this.#unsent.shift();
      if (bytes === undefined) break;
      // A resume that comes while the frame is handled counts: the core asks for more later.
      this.blocked = true;
      if (this.harness.server.frame(this.connection, bytes, 0, bytes.length)) this.blocked = false;
      moved = true;
    }
    return moved;
  }

  /** For the harness: takes over what the core wrote. */
  collect(): void {
    const { out } = this.connection;
    if (out.length > 0 && !this.connection.flushing && !this.closed)
      throw new Error("output that nobody announced");
    if (out.length > 0) this.received.push(...this.#decoder.push(out.copy()));
    out.clear();
    this.connection.flushing = false;
  }
}

function showBigint(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
