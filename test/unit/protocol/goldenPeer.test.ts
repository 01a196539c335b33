import { expect } from "chai";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { codec, int, ustring, type JuteType } from "../../../protocol/jute/schema.ts";
import { formatHex } from "../../../protocol/longs.ts";
import { requestBodyOf } from "../../../protocol/records/bodies.ts";
import { InitialMessage, Notification, PeerState } from "../../../protocol/records/election.ts";
import {
  AckEpoch,
  ActivateInfo,
  InformAndActivate,
  LeaderInfo,
  LearnerInfo,
  LearnerRequest,
  nextIsQuorumAuth,
  packetTypeName,
  QuorumAuthPacket,
  quorumAuthMagic,
  QuorumPacket,
  RevalidateRequest,
  RevalidateResponse,
  TouchTable,
} from "../../../protocol/records/quorum.ts";
import { snapSignature, SnapshotBody } from "../../../protocol/records/snapshot.ts";
import { LoggedTxn } from "../../../protocol/records/txnBody.ts";
import { goldenNames, peerLines, type PeerLine } from "./goldenLines.ts";
import { fromHex, roundTrip, same } from "./roundTrip.ts";

/** Text that fills a packet's data: a config. */
const ConfigText = codec<string>(
  "ConfigText",
  0,
  (reader) => reader.readText(reader.remaining),
  (writer, text) => writer.writeText(text),
);

const RequestPacketData = codec<LearnerRequest>(
  "LearnerRequest",
  16,
  LearnerRequest.read,
  (writer, request) => {
    const body = requestBodyOf(request.type);
    const value = body?.decode(request.body);
    const encoded = body === undefined ? request.body : body.encode(value);
    LearnerRequest.write(writer, { ...request, body: encoded });
  },
);

/** What stands in a packet's data; absent: nothing may. */
function dataOf(line: PeerLine): JuteType<unknown> | undefined {
  switch (line.type) {
    case "FOLLOWERINFO":
    case "OBSERVERINFO":
      return LearnerInfo;
    case "LEADERINFO":
      return LeaderInfo;
    case "ACKEPOCH":
      return AckEpoch;
    case "NEWLEADER":
      return ConfigText;
    case "PROPOSAL":
    case "INFORM":
      return LoggedTxn;
    case "COMMITANDACTIVATE":
      return ActivateInfo;
    case "INFORMANDACTIVATE":
      return InformAndActivate;
    case "REQUEST":
      return RequestPacketData;
    case "PING":
      return TouchTable;
    case "REVALIDATE":
      return "valid" in line.decoded ? RevalidateResponse : RevalidateRequest;
    default:
      return undefined;
  }
}

function outcomeOf(line: PeerLine): string {
  const bytes = fromHex(line.hex);
  switch (line.type) {
    case "INITIAL":
      return roundTrip(bytes, [InitialMessage]);
    case "NOTIFICATION":
      expect(int.read(new JuteReader(bytes))).to.equal(bytes.length - 4);
      return roundTrip(bytes.subarray(4), [Notification]);
    case "QUORUMAUTH":
      return roundTrip(bytes, [QuorumAuthPacket]);
    case "SNAPSHOT":
      return roundTrip(bytes, [SnapshotBody]);
    case "SIGNATURE":
      expect(ustring.read(new JuteReader(bytes))).to.equal(snapSignature);
      return roundTrip(bytes, [ustring]);
    default:
      return packetOutcome(line, bytes);
  }
}

function packetOutcome(line: PeerLine, bytes: Uint8Array): string {
  const whole = roundTrip(bytes, [QuorumPacket]);
  const packet = QuorumPacket.decode(bytes);
  if (whole !== same || packetTypeName(packet.type) !== line.type) return `packet ${packet.type}: ${whole}`;
  expect(formatHex(packet.zxid)).to.equal(line.decoded["zxid"]);
  const type = dataOf(line);
  if (packet.data === null) return type === undefined || line.type === "PING" ? same : "no data";
  if (type === undefined) return "data where none was expected";
  const inner = roundTrip(packet.data, [type]);
  if (inner !== same || type !== InformAndActivate) return inner;
  return roundTrip(InformAndActivate.decode(packet.data).txn, [LoggedTxn]);
}

describe("frames between Apache's servers", () => {
  const types = new Set<string>();

  for (const name of goldenNames("peer")) {
    it(`${name}: encode back to their bytes`, () => {
      const odd: string[] = [];
      for (const [index, line] of peerLines(name).entries()) {
        types.add(line.type);
        const outcome = outcomeOf(line);
        if (outcome !== same) odd.push(`frame ${index} ${line.type}: ${outcome}`);
      }
      expect(odd).to.deep.equal([]);
    });
  }

  it("show every type of the table", () => {
    const packets = Array.from({ length: 19 }, (_, i) => packetTypeName(i + 1));
    expect([...types]).to.include.members([...packets, "INITIAL", "NOTIFICATION", "QUORUMAUTH", "SNAPSHOT"]);
  });

  it("decode to what the recording says", () => {
    for (const name of goldenNames("peer")) {
      for (const line of peerLines(name)) {
        const facts = factsOf(line);
        if (facts !== undefined) expect(line.decoded).to.deep.include(facts);
      }
    }
  });

  it("begin with the magic where quorum SASL is on", () => {
    const lines = peerLines("quorum_sasl_digest");
    const auth = lines.filter((line) => line.type === "QUORUMAUTH");
    expect(auth).to.have.length(44);
    for (const line of auth) {
      const reader = new JuteReader(fromHex(line.hex));
      expect(nextIsQuorumAuth(reader)).to.equal(true);
      expect(reader.position).to.equal(0);
      expect(QuorumAuthPacket.read(reader).magic).to.equal(quorumAuthMagic);
    }
    const info = lines.filter((line) => line.type === "FOLLOWERINFO");
    expect(info.map((line) => nextIsQuorumAuth(new JuteReader(fromHex(line.hex))))).to.not.include(true);
  });
});

/** The fields of `decoded`, from our decoder. */
function factsOf(line: PeerLine): object | undefined {
  const bytes = fromHex(line.hex);
  switch (line.type) {
    case "INITIAL": {
      const { protocolVersion, sid, addresses } = InitialMessage.decode(bytes);
      return { protocolVersion: Number(protocolVersion), sid: Number(sid), addr: addresses?.join("|") };
    }
    case "NOTIFICATION": {
      const vote = Notification.decode(bytes, 4);
      const state = Object.entries(PeerState).find(([, number]) => number === vote.state)?.[0];
      const [zxid, electionEpoch, peerEpoch] = [vote.zxid, vote.electionEpoch, vote.peerEpoch].map(formatHex);
      return { state, zxid, electionEpoch, peerEpoch, version: vote.version, config: vote.config };
    }
    case "FOLLOWERINFO": {
      const info = LearnerInfo.decode(dataBytes(bytes));
      return { serverid: Number(info.sid), configVersion: formatHex(info.configVersion ?? -1n) };
    }
    case "ACKEPOCH":
      return AckEpoch.decode(dataBytes(bytes));
    case "REQUEST": {
      const { sessionId, cxid, type } = LearnerRequest.decode(dataBytes(bytes));
      return { sessionId: formatHex(sessionId), cxid, op: type };
    }
    case "PING": {
      const { data } = QuorumPacket.decode(bytes);
      const touches = data === null ? [] : TouchTable.decode(data);
      return { touch: touches.map(({ sessionId, timeout }) => [formatHex(sessionId), timeout]) };
    }
    default:
      return undefined;
  }
}

function dataBytes(packet: Uint8Array): Uint8Array {
  const { data } = QuorumPacket.decode(packet);
  if (data === null) throw new Error("packet without data");
  return data;
}
