import type { JuteType } from "../../../protocol/jute/schema.ts";
import { boolean } from "../../../protocol/jute/schema.ts";
import { replyBodyOf, requestBodyOf } from "../../../protocol/records/bodies.ts";
import {
  ConnectRequest,
  ConnectResponse,
  ReplyHeader,
  RequestHeader,
  SASLToken,
  WatcherEvent,
} from "../../../protocol/records/client.ts";
import { MultiResponse } from "../../../protocol/records/multi.ts";
import { Xid } from "../../../protocol/flags.ts";
import { OpCode, opCodeName } from "../../../protocol/opcodes.ts";
import type { WireLine } from "./goldenLines.ts";
import { fromHex, roundTrip, same } from "./roundTrip.ts";

/** ConnectRequest is 44 bytes with its usual password, the answer 36; one byte more says whether read-only. */
const connectResponseBytes = 36;

/** jute.maxbuffer: a longer frame is none. */
const frameBytesMax = 0xfffff;

/** Lengths from here on are letters: "a" in front. */
const wordMin = 0x61000000;

/** What one connection is known to have said so far. */
interface Conversation {
  /** Bytes of a frame that goes on in the next line. */
  readonly held: Record<WireLine["dir"], Uint8Array>;
  /** Index of the last line that brought bytes. */
  readonly lastLine: Record<WireLine["dir"], number>;
  readonly connected: Record<WireLine["dir"], boolean>;
  /** Requests that have no reply yet, in their order. */
  readonly asked: { xid: number; type: number }[];
  /** The stream is four-letter words and their texts. */
  words: boolean;
}

/**
 * The outcome of every line of a recording that ends a frame, by index: `same`, or why not. Closes and silences have
 * none, nor has a connection that began with a four-letter word: there is no frame in it.
 */
export function wireOutcomes(lines: readonly WireLine[]): Map<number, string> {
  const outcomes = new Map<number, string>();
  const talks = new Map<number, Conversation>();
  for (const [index, line] of lines.entries()) {
    const talk = talks.get(line.conn) ?? newConversation();
    talks.set(line.conn, talk);
    if (line.hex !== "") talk.lastLine[line.dir] = index;
    const found = lineOutcomes(line, talk);
    if (found.length > 0)
      outcomes.set(index, found.every((outcome) => outcome === same) ? same : found.join("; "));
  }
  for (const talk of talks.values()) {
    for (const dir of ["c2s", "s2c"] as const) {
      const left = talk.held[dir].length;
      if (left > 0 && !talk.words) outcomes.set(talk.lastLine[dir], `ends ${left} bytes into a frame`);
    }
  }
  return outcomes;
}

function newConversation(): Conversation {
  const none = new Uint8Array(0);
  return {
    held: { c2s: none, s2c: none },
    connected: { c2s: false, s2c: false },
    lastLine: { c2s: -1, s2c: -1 },
    asked: [],
    words: false,
  };
}

/** Cuts on its own, not by the FrameSplitter under test elsewhere. */
function lineOutcomes(line: WireLine, talk: Conversation): string[] {
  const outcomes: string[] = [];
  let bytes = new Uint8Array([...talk.held[line.dir], ...fromHex(line.hex)]);
  while (bytes.length >= 4 && !talk.words) {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
    talk.words = length >= wordMin && !talk.connected.c2s;
    if (talk.words) return [];
    if (length < 0 || length > frameBytesMax) {
      outcomes.push(`frame length ${length}`);
      bytes = new Uint8Array(0);
      break;
    }
    if (bytes.length < 4 + length) break;
    outcomes.push(frameOutcome(line.dir, bytes.subarray(4, 4 + length), talk));
    bytes = bytes.slice(4 + length);
  }
  talk.held[line.dir] = bytes;
  return outcomes;
}

function frameOutcome(dir: WireLine["dir"], frame: Uint8Array, talk: Conversation): string {
  if (!talk.connected[dir]) {
    talk.connected[dir] = true;
    return roundTrip(frame, connectParts(dir, frame));
  }
  return dir === "c2s" ? requestOutcome(frame, talk) : replyOutcome(frame, talk);
}

function connectParts(dir: WireLine["dir"], frame: Uint8Array): JuteType<unknown>[] {
  if (dir === "s2c")
    return frame.length > connectResponseBytes ? [ConnectResponse, boolean] : [ConnectResponse];
  const passwordLength = frame.length < 28 ? 0 : new DataView(frame.buffer, frame.byteOffset).getInt32(24);
  return frame.length > 28 + Math.max(passwordLength, 0) ? [ConnectRequest, boolean] : [ConnectRequest];
}

function requestOutcome(frame: Uint8Array, talk: Conversation): string {
  if (frame.length < 8) return roundTrip(frame, [RequestHeader]);
  const header = RequestHeader.decode(frame);
  talk.asked.push(header);
  const body = requestBodyOf(header.type);
  return body === undefined
    ? `no request ${opCodeName(header.type)}`
    : roundTrip(frame, [RequestHeader, body]);
}

function replyOutcome(frame: Uint8Array, talk: Conversation): string {
  if (frame.length < 16) return roundTrip(frame, [ReplyHeader]);
  const { xid, err } = ReplyHeader.decode(frame);
  const at = talk.asked.findIndex((asked) => (asked.type === OpCode.ping ? Xid.PING : asked.xid) === xid);
  if (at < 0) {
    if (xid === Xid.NOTIFICATION) return roundTrip(frame, [ReplyHeader, WatcherEvent]);
    const connecting = talk.asked.some(({ type }) => type === OpCode.createSession);
    return connecting ? roundTrip(frame, connectParts("s2c", frame)) : `no request had xid ${xid}`;
  }
  const [{ type }] = talk.asked.splice(at, 1);
  if (err !== 0) return roundTrip(frame, errorParts(type, frame));
  const body = replyBodyOf(type);
  return body === undefined ? `no reply ${opCodeName(type)}` : roundTrip(frame, [ReplyHeader, body]);
}

function errorParts(type: number, frame: Uint8Array): JuteType<unknown>[] {
  if (type === OpCode.sasl) return [ReplyHeader, SASLToken];
  const partial = type === OpCode.multiRead && frame.length > 16;
  return partial ? [ReplyHeader, MultiResponse] : [ReplyHeader];
}

/**
 * What Apache did about a client's frame, by the lines that follow: `closes`, `err -5` with ` and closes` if it did,
 * `answers` (err 0, or a ConnectResponse), `nothing` (within the scenario's time).
 */
export function answerTo(lines: readonly WireLine[], index: number): string {
  const { conn } = lines[index];
  const rest = lines.slice(index + 1).filter((line) => line.conn === conn);
  const until = rest.findIndex((line) => line.dir === "c2s" && line.hex !== "");
  const answers = until < 0 ? rest : rest.slice(0, until);
  const texts: string[] = [];
  for (const { dir, hex, eof } of answers) {
    if (dir === "s2c" && eof === true) texts.push("closes");
    if (hex === "") continue;
    const err = hex.length < 40 ? 0 : ReplyHeader.decode(fromHex(hex), 4).err;
    texts.push(hex.length === 40 || err === -5 ? `err ${err}` : "answers");
  }
  return texts.length === 0 ? "nothing" : texts.join(" and ");
}
