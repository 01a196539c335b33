import { Xid } from "../../protocol/flags.ts";
import type { Codec, Infer } from "../../protocol/jute/schema.ts";
import { JuteWriter } from "../../protocol/jute/writer.ts";
import { OpCode } from "../../protocol/opcodes.ts";
import { replyBodyOf, requestBodies } from "../../protocol/records/bodies.ts";
import {
  ConnectRequest,
  ConnectResponse,
  ReplyHeader,
  RequestHeader,
  WatcherEvent,
} from "../../protocol/records/client.ts";

type RequestBodies = typeof requestBodies;

/** A frame that the server sent, decoded as a client would: by the opcode of the oldest unanswered request. */
export type Received =
  | { readonly kind: "connect"; readonly response: ConnectResponse; readonly readOnlyByte: number | null }
  | { readonly kind: "event"; readonly zxid: bigint; readonly type: number; readonly path: string | null }
  | Reply;

/** `body` is null where the frame ended behind its header. */
export interface Reply {
  readonly kind: "reply";
  readonly xid: number;
  readonly zxid: bigint;
  readonly err: number;
  readonly type: number;
  readonly body: unknown;
}

/** Fields of a ConnectRequest; `readOnly` null leaves the byte out, as clients before 3.4 do. */
export type ConnectFields = Partial<ConnectRequest> & { readonly readOnly?: boolean | null };

/** A request's frame without its length. */
export function requestFrame<K extends keyof RequestBodies>(
  type: K,
  xid: number,
  body: Infer<RequestBodies[K]>,
): Uint8Array {
  return rawFrame(type, xid, (requestBodies[type] as Codec<unknown>).encode(body));
}

/** Header and any bytes behind it, for opcodes and bodies that no client has. */
export function rawFrame(type: number, xid: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const writer = new JuteWriter();
  RequestHeader.write(writer, { xid, type });
  writer.writeBytes(body);
  return writer.copy();
}

/** A ConnectRequest's frame. */
export function connectFrame({ readOnly = false, ...fields }: ConnectFields): Uint8Array {
  const writer = new JuteWriter();
  const defaults = {
    protocolVersion: 0,
    lastZxidSeen: 0n,
    timeOut: 10_000,
    sessionId: 0n,
    passwd: new Uint8Array(16),
  };
  ConnectRequest.write(writer, { ...defaults, ...fields });
  if (readOnly !== null) writer.writeBoolean(readOnly);
  return writer.copy();
}

/** Cuts the server's output into frames and decodes them. */
export class ReplyDecoder {
  readonly #sent: { readonly xid: number; readonly type: number }[] = [];
  #connected = false;
  #rest = new Uint8Array(0);

  /** To be called for every request, in order. */
  sent(xid: number, type: number): void {
    this.#sent.push({ xid: type === OpCode.ping ? Xid.PING : xid, type });
  }

  push(bytes: Uint8Array): Received[] {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const view = new DataView(all.buffer);
    const received: Received[] = [];
    let at = 0;
    while (all.length - at >= 4 && all.length - at - 4 >= view.getInt32(at)) {
      const end = at + 4 + view.getInt32(at);
      received.push(this.#decode(all.slice(at + 4, end)));
      at = end;
    }
    this.#rest = all.slice(at);
    return received;
  }

  #decode(frame: Uint8Array): Received {
    if (!this.#connected) {
      this.#connected = true;
      return decodeConnect(frame);
    }
    const { xid, zxid, err } = ReplyHeader.decode(frame);
    const rest = frame.subarray(16);
    if (xid === Xid.NOTIFICATION && !this.#sent.some((request) => request.xid === xid)) {
      const { type, path } = WatcherEvent.decode(rest);
      return { kind: "event", zxid, type, path };
    }
    const index = this.#sent.findIndex((request) => request.xid === xid);
    if (index < 0) throw new Error(`a reply to xid ${xid}, which nobody sent`);
    const [{ type }] = this.#sent.splice(index, 1);
    const body = rest.length === 0 ? null : (replyBodyOf(type)?.decode(rest) ?? rest);
    return { kind: "reply", xid, zxid, err, type, body };
  }
}

function decodeConnect(frame: Uint8Array): Received {
  const response = ConnectResponse.decode(frame);
  const length = 36;
  return { kind: "connect", response, readOnlyByte: frame.length > length ? frame[length] : null };
}
