import { JuteError } from "../jute/juteError.ts";
import type { JuteReader } from "../jute/reader.ts";
import { boolean, buffer, codec, int, long, record, vector, type Infer } from "../jute/schema.ts";
import { Id } from "./client.ts";

/** What learner and leader say to each other (peer.md sections 1.4 and 3). */

/** QuorumPacket.type (Leader.java). */
export const PacketType = {
  REQUEST: 1,
  PROPOSAL: 2,
  ACK: 3,
  COMMIT: 4,
  PING: 5,
  REVALIDATE: 6,
  SYNC: 7,
  INFORM: 8,
  COMMITANDACTIVATE: 9,
  NEWLEADER: 10,
  FOLLOWERINFO: 11,
  UPTODATE: 12,
  DIFF: 13,
  TRUNC: 14,
  SNAP: 15,
  OBSERVERINFO: 16,
  LEADERINFO: 17,
  ACKEPOCH: 18,
  INFORMANDACTIVATE: 19,
} as const;
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

const nameByPacketType = new Map<number, string>(
  Object.entries(PacketType).map(([name, type]) => [type, name]),
);

/** Name of a packet type for people; `unknown N` for anything that is none. */
export function packetTypeName(type: number): string {
  return nameByPacketType.get(type) ?? `unknown ${type}`;
}

/**
 * The envelope of both directions; packets follow each other without a length. What zxid and data mean depends on
 * the type. Empty data and authinfo are null on the wire, but for a touch table without entries.
 */
export const QuorumPacket = record("QuorumPacket", {
  type: int,
  zxid: long,
  data: buffer,
  authinfo: vector(Id),
});
export type QuorumPacket = Infer<typeof QuorumPacket>;

/** Protocol version of learner and leader since 3.4; a lower one skips LEADERINFO and ACKEPOCH. */
export const learnerProtocolVersion = 0x10000;

/**
 * Data of FOLLOWERINFO and OBSERVERINFO. Older peers stop after the sid (8 bytes) or the protocol version (12):
 * what they leave out is null here, and null is left out again.
 */
export interface LearnerInfo {
  sid: bigint;
  protocolVersion: number | null;
  /** Version of the learner's committed config; null whenever protocolVersion is. */
  configVersion: bigint | null;
}

/** Sizes between the three forms count as the next shorter one (LearnerHandler.run). */
export const LearnerInfo = codec<LearnerInfo>(
  "LearnerInfo",
  8,
  (reader) => {
    const sid = reader.readLong();
    const protocolVersion = reader.remaining >= 4 ? reader.readInt() : null;
    const configVersion = reader.remaining >= 8 && protocolVersion !== null ? reader.readLong() : null;
    return { sid, protocolVersion, configVersion };
  },
  (writer, info) => {
    writer.writeLong(info.sid);
    if (info.protocolVersion === null) return;
    writer.writeInt(info.protocolVersion);
    if (info.configVersion !== null) writer.writeLong(info.configVersion);
  },
);

/** Data of LEADERINFO. */
export const LeaderInfo = record("LeaderInfo", { protocolVersion: int });
export type LeaderInfo = Infer<typeof LeaderInfo>;

/** Data of ACKEPOCH: the learner's currentEpoch, or -1 if it had accepted the new epoch already. */
export const AckEpoch = record("AckEpoch", { currentEpoch: int });
export type AckEpoch = Infer<typeof AckEpoch>;

/** Data of COMMITANDACTIVATE. */
export const ActivateInfo = record("ActivateInfo", { designatedLeader: long });
export type ActivateInfo = Infer<typeof ActivateInfo>;

/** Data of INFORMANDACTIVATE: `txn` is what INFORM would carry, a view. */
export interface InformAndActivate {
  designatedLeader: bigint;
  txn: Uint8Array;
}

export const InformAndActivate = codec<InformAndActivate>(
  "InformAndActivate",
  8,
  (reader) => ({ designatedLeader: reader.readLong(), txn: reader.readBytes(reader.remaining) }),
  (writer, info) => {
    writer.writeLong(info.designatedLeader);
    writer.writeBytes(info.txn);
  },
);

/** One session that was heard of since the last ping; timeout in ms. */
export const Touch = record("Touch", { sessionId: long, timeout: int });
export type Touch = Infer<typeof Touch>;

/** Data of a learner's PING: entries up to the end, without a count. */
export const TouchTable = codec<Touch[]>(
  "TouchTable",
  0,
  (reader) => {
    const touches: Touch[] = [];
    while (reader.remaining > 0) touches.push(readNumbered(reader, touches.length));
    return touches;
  },
  (writer, touches) => {
    for (const touch of touches) Touch.write(writer, touch);
  },
);

function readNumbered(reader: JuteReader, index: number): Touch {
  try {
    return Touch.read(reader);
  } catch (error) {
    throw error instanceof JuteError ? error.within(`[${index}]`) : error;
  }
}

/** Data of a learner's REVALIDATE; timeout in ms. */
export const RevalidateRequest = record("RevalidateRequest", { sessionId: long, timeout: int });
export type RevalidateRequest = Infer<typeof RevalidateRequest>;

/** Data of the leader's REVALIDATE. */
export const RevalidateResponse = record("RevalidateResponse", { sessionId: long, valid: boolean });
export type RevalidateResponse = Infer<typeof RevalidateResponse>;

/**
 * Data of REQUEST: a client's request as the learner hands it on. `body` is the request record of `type` as the
 * client sent it (createSession: its timeout; closeSession: nothing), a view.
 */
export interface LearnerRequest {
  sessionId: bigint;
  cxid: number;
  type: number;
  body: Uint8Array;
}

export const LearnerRequest = codec<LearnerRequest>(
  "LearnerRequest",
  16,
  (reader) => ({
    sessionId: reader.readLong(),
    cxid: reader.readInt(),
    type: reader.readInt(),
    body: reader.readBytes(reader.remaining),
  }),
  (writer, request) => {
    writer.writeLong(request.sessionId);
    writer.writeInt(request.cxid);
    writer.writeInt(request.type);
    writer.writeBytes(request.body);
  },
);

/** SASL between peers, on both ports; without a length, as QuorumPacket. */
export const QuorumAuthPacket = record("QuorumAuthPacket", { magic: long, status: int, token: buffer });
export type QuorumAuthPacket = Infer<typeof QuorumAuthPacket>;

/**
 * QuorumAuthPacket.magic. Apache's source negates a literal that has wrapped already, so that what travels is this
 * positive number (golden/peer/quorum_sasl_digest).
 */
export const quorumAuthMagic = 0x5f2435013501edccn;

/** QuorumAuthPacket.status. */
export const QuorumAuthStatus = { IN_PROGRESS: 0, SUCCESS: 1, ERROR: -1 } as const;

/** Whether the next eight bytes begin a QuorumAuthPacket; takes nothing. Throws JuteError EOF if fewer are there. */
export function nextIsQuorumAuth(reader: JuteReader): boolean {
  const at = reader.position;
  const magic = reader.readLong();
  reader.position = at;
  return magic === quorumAuthMagic;
}
