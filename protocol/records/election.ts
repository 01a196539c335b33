import { JuteError } from "../jute/juteError.ts";
import type { JuteReader } from "../jute/reader.ts";
import { codec } from "../jute/schema.ts";
import type { JuteWriter } from "../jute/writer.ts";
import { epochOf } from "../longs.ts";

/** What goes over the election port (peer.md sections 1.2 and 1.3). */

/** First eight bytes of the initial message of 3.5 and later. */
export const ElectionProtocol = { V1: -65536n, V2: -65535n } as const;

/** Bound of the address text of an initial message, in bytes (InitialMessage.maxBuffer). */
export const initialAddressBytesMax = 2048;

/** The sid under which observers of old servers call; the acceptor gives them another. */
export const anonymousObserverSid = 0x7fffffffffffffffn;

/**
 * First message of the dialler. `addresses` are its election addresses as `host:port` (IPv6 in brackets), one with
 * V1, one or more with V2; null is the form before 3.5, which is the sid alone.
 */
export interface InitialMessage {
  protocolVersion: (typeof ElectionProtocol)[keyof typeof ElectionProtocol] | null;
  sid: bigint;
  addresses: string[] | null;
}

/**
 * Splits the text of every version at "|", as Apache does. Host and port are not judged here: a text that is no
 * address closes the connection in Apache, and is the caller's to refuse.
 */
export const InitialMessage = codec<InitialMessage>("InitialMessage", 8, readInitial, (writer, message) => {
  if (message.protocolVersion === null || message.addresses === null) return writer.writeLong(message.sid);
  writer.writeLong(message.protocolVersion);
  writer.writeLong(message.sid);
  const mark = writer.beginFrame();
  writer.writeText(message.addresses.join("|"));
  writer.endFrame(mark);
});

function readInitial(reader: JuteReader): InitialMessage {
  const first = reader.readLong();
  if (first >= 0n) return { protocolVersion: null, sid: first, addresses: null };
  const protocolVersion = [ElectionProtocol.V1, ElectionProtocol.V2].find((version) => version === first);
  if (protocolVersion === undefined) {
    throw new JuteError("VALUE", reader.position - 8, `unknown version ${first}`, "protocolVersion");
  }
  const sid = reader.readLong();
  const length = reader.readInt();
  if (length < 1 || length > initialAddressBytesMax) {
    const detail = `length ${length} is not in 1..${initialAddressBytesMax}`;
    throw new JuteError("LENGTH", reader.position - 4, detail, "addresses");
  }
  return { protocolVersion, sid, addresses: reader.readText(length).split("|") };
}

/** Notification.state (QuorumPeer.ServerState); notifications with any other number are ignored. */
export const PeerState = { LOOKING: 0, FOLLOWING: 1, LEADING: 2, OBSERVING: 3 } as const;
export type PeerState = (typeof PeerState)[keyof typeof PeerState];

/** Notification.version since 3.5: with config. */
export const notificationVersion = 0x2;

/** Bound of a notification's length prefix, in bytes (QuorumCnxManager.PACKETMAXSIZE). */
export const notificationBytesMax = 1024 * 512;

/** Sizes of the two old bodies. */
const bytesWithoutEpoch = 28;
const bytesWithoutVersion = 40;

/** A vote and the state of who sends it. */
export interface Notification {
  /** A PeerState, or a number that makes the notification void. */
  state: number;
  leader: bigint;
  /** Last zxid of the proposed leader. */
  zxid: bigint;
  /** Logical clock of the sender, or of the election it has finished. */
  electionEpoch: bigint;
  /** currentEpoch of the proposed leader; read from the zxid when the body has none. */
  peerEpoch: bigint;
  /** 2 with config; 0 for a body of 28 or 40 bytes, whatever a 40-byte body says (votes of 0 compare by leader). */
  version: number;
  /** The sender's committed config, "" below version 2. */
  config: string;
}

/**
 * Body of a notification, without its length. Writes the long form from version 2 on, else 40 bytes. Throws
 * JuteError where Apache drops the notification (FastLeaderElection.WorkerReceiver).
 */
export const Notification = codec<Notification>(
  "Notification",
  bytesWithoutEpoch,
  readNotification,
  writeNotification,
);

function readNotification(reader: JuteReader): Notification {
  const size = reader.remaining;
  const state = reader.readInt();
  const leader = reader.readLong();
  const zxid = reader.readLong();
  const electionEpoch = reader.readLong();
  const vote = { state, leader, zxid, electionEpoch };
  if (size === bytesWithoutEpoch)
    return { ...vote, peerEpoch: BigInt(epochOf(zxid)), version: 0, config: "" };
  const peerEpoch = reader.readLong();
  const version = reader.readInt();
  if (size === bytesWithoutVersion) return { ...vote, peerEpoch, version: 0, config: "" };
  if (version < notificationVersion) return { ...vote, peerEpoch, version, config: "" };
  const length = reader.readInt();
  if (length < 0) {
    throw new JuteError("LENGTH", reader.position - 4, `length ${length} is negative`, "config");
  }
  return { ...vote, peerEpoch, version, config: reader.readText(length) };
}

function writeNotification(writer: JuteWriter, notification: Notification): void {
  writer.writeInt(notification.state);
  writer.writeLong(notification.leader);
  writer.writeLong(notification.zxid);
  writer.writeLong(notification.electionEpoch);
  writer.writeLong(notification.peerEpoch);
  writer.writeInt(notification.version);
  if (notification.version < notificationVersion) return;
  const mark = writer.beginFrame();
  writer.writeText(notification.config);
  writer.endFrame(mark);
}
