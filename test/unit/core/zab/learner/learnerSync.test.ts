import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { epochOf, zxidOf } from "../../../../../protocol/longs.ts";
import {
  AckEpoch,
  LearnerInfo,
  PacketType,
  packetTypeName,
  QuorumPacket,
} from "../../../../../protocol/records/quorum.ts";
import type { LearnerState } from "../../../../../src/core/zab/learner/learnerEffects.ts";
import { LearnerSync } from "../../../../../src/core/zab/learner/learnerSync.ts";
import { usual } from "./usualState.ts";

const hex = (zxid: bigint): string => zxid.toString(16);

/** A learner, and what it has done in order. */
class Subject {
  readonly done: string[] = [];
  mustLeave = false;
  readonly sent: Buffer[] = [];
  readonly sync: LearnerSync;

  constructor(state: Partial<LearnerState> = {}) {
    const zxids = (list: readonly { zxid: bigint }[]): string => list.map(({ zxid }) => hex(zxid)).join();
    this.sync = new LearnerSync(
      { ...usual, ...state },
      {
        send: (packet) => {
          this.sent.push(Buffer.from(QuorumPacket.encode(packet)));
          this.done.push(`${packetTypeName(packet.type)} ${hex(packet.zxid)}`);
        },
        writeAcceptedEpoch: (epoch) => this.done.push(`disk: acceptedEpoch ${epoch}`),
        writeCurrentEpoch: (epoch) => this.done.push(`disk: currentEpoch ${epoch}`),
        truncate: (zxid) => this.done.push(`disk: truncate ${hex(zxid)}`),
        loadSnapshot: (zxid) => this.done.push(`load snapshot ${hex(zxid)}`),
        saveSnapshot: (zxid, committed) =>
          this.done.push(`disk: ${zxids(committed)} applied, snapshot ${hex(zxid)}`),
        logAndApply: (committed) => this.done.push(`disk: log ${zxids(committed)}`),
        see: (config) => this.done.push(`see config ${hex(config.version)}`),
        activate: (config, leader) => {
          this.done.push(`activate ${hex(config.version)}${leader === null ? "" : ` led by ${leader}`}`);
          return this.mustLeave;
        },
        serve: (proposed, count) => this.done.push(`serve with ${zxids(proposed)}, ${count} committed`),
        fail: (reason, isDirty) => this.done.push(`fail${isDirty ? ", dirty" : ""}: ${reason}`),
      },
    );
    this.sync.begin();
  }

  /** A packet, and whatever the disk has to do for it. */
  take(type: PacketType, zxid: bigint, data: Uint8Array | null = null): this {
    this.hear(type, zxid, data);
    while (this.sync.isBusy) this.sync.diskDone();
    return this;
  }

  /** A packet, with a disk that does nothing. */
  hear(type: PacketType, zxid: bigint, data: Uint8Array | null = null): this {
    this.sync.packet({ type, zxid, data, authinfo: null });
    return this;
  }

  /** Called, told of epoch 2, and at the leader's choice. */
  led(): this {
    this.take(PacketType.LEADERINFO, zxidOf(2, 0));
    this.done.length = 0;
    return this;
  }

  said(): string[] {
    return this.done.splice(0);
  }
}

interface Line {
  readonly conn: number;
  readonly port: string;
  readonly from: number;
  readonly type?: string;
  readonly hex: string;
}

/** The frames of each recorded connection between a learner and a leader that came to its UPTODATE. */
function recordedConnections(): { name: string; learner: number; lines: Line[] }[] {
  const folder = new URL("../../../../golden/peer/", import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((file) => {
      const all = readFileSync(new URL(file, folder), "utf8").trimEnd().split("\n").slice(1);
      const lines = all.map((text) => JSON.parse(text) as Line).filter(({ port }) => port === "learner");
      return [...new Set(lines.map(({ conn }) => conn))].map((conn) => {
        const own = lines.filter(
          (line) => line.conn === conn && line.type !== undefined && line.type in PacketType,
        );
        return { name: `${file}, connection ${conn}`, learner: own[0]?.from ?? 0, lines: own };
      });
    })
    .filter(({ lines }) => lines.some(({ type }) => type === "UPTODATE"))
    .filter(({ lines }) => lines[0].type === "FOLLOWERINFO" || lines[0].type === "OBSERVERINFO");
}

function stateOf(lines: readonly Line[]): LearnerState {
  const [call, epochAck] = ["INFO", "ACKEPOCH"].map((word) => {
    const line = lines.find(
      ({ type }) => type === word || type === `FOLLOWER${word}` || type === `OBSERVER${word}`,
    );
    return QuorumPacket.decode(Buffer.from(line?.hex ?? "", "hex"));
  });
  const info = LearnerInfo.decode(call.data ?? Buffer.alloc(0));
  const { currentEpoch } = AckEpoch.decode(epochAck.data ?? Buffer.alloc(0));
  return {
    sid: info.sid,
    isParticipant: call.type === PacketType.FOLLOWERINFO,
    acceptedEpoch: epochOf(call.zxid),
    currentEpoch,
    lastLoggedZxid: epochAck.zxid,
    configVersion: info.configVersion ?? 0n,
    needsSnapshot: false,
  };
}

describe("a learner until it is up to date", () => {
  it("says what Apache's learners have said, byte for byte", () => {
    const connections = recordedConnections();
    expect(connections.length).to.be.greaterThan(20);
    for (const { name, learner, lines } of connections) {
      const subject = new Subject(stateOf(lines));
      for (const { from, hex: bytes } of lines) {
        if (from === learner || subject.done.some((what) => what.startsWith("serve"))) continue;
        const { type, zxid, data } = QuorumPacket.decode(Buffer.from(bytes, "hex"));
        subject.take(type as PacketType, zxid, data);
      }
      const recorded = lines.filter(
        ({ from, type }) => from === learner && type !== "PING" && type !== "REQUEST",
      );
      const texts = subject.sent.map((bytes) => bytes.toString("hex"));
      expect(texts, name).to.deep.equal(recorded.slice(0, texts.length).map((line) => line.hex));
      expect(subject.done.at(-1), name).to.match(/^serve/);
      expect(texts.length, name).to.equal(4);
    }
  });

  it("has the accepted epoch on disk before it says anything of it", () => {
    const subject = new Subject().hear(PacketType.LEADERINFO, zxidOf(2, 0));
    expect(subject.said()).to.deep.equal(["FOLLOWERINFO 100000000", "disk: acceptedEpoch 2"]);
    subject.sync.diskDone();
    expect(subject.said()).to.deep.equal(["ACKEPOCH 100000002"]);
    expect(
      AckEpoch.decode(QuorumPacket.decode(subject.sent[1]).data ?? Buffer.alloc(0)).currentEpoch,
    ).to.equal(1);
  });

  it("does not count itself again in an epoch that it had accepted, and refuses an older one", () => {
    const again = new Subject({ acceptedEpoch: 2 }).hear(PacketType.LEADERINFO, zxidOf(2, 0));
    expect(AckEpoch.decode(QuorumPacket.decode(again.sent[1]).data ?? Buffer.alloc(0)).currentEpoch).to.equal(
      -1,
    );
    const older = new Subject({ acceptedEpoch: 3 }).hear(PacketType.LEADERINFO, zxidOf(2, 0));
    expect(older.done.at(-1)).to.match(/^fail: the leader's epoch 2 is older than 3/);
  });

  it("has what it missed on disk, then the epoch, before it acks NEWLEADER", () => {
    for (const isParticipant of [true, false]) {
      const subject = new Subject({ isParticipant }).led();
      subject.hear(PacketType.DIFF, zxidOf(1, 4));
      for (const counter of [3, 4]) {
        subject.hear(PacketType.PROPOSAL, zxidOf(1, counter)).hear(PacketType.COMMIT, zxidOf(1, counter));
      }
      subject.hear(PacketType.NEWLEADER, zxidOf(2, 0), Buffer.from("version=0"));
      expect(subject.said()).to.deep.equal(["see config 0", "disk: log 100000003,100000004"]);
      subject.sync.diskDone();
      expect(subject.said()).to.deep.equal(["disk: currentEpoch 2"]);
      subject.sync.diskDone();
      expect(subject.said()).to.deep.equal(["ACK 200000000"]);
      subject.hear(PacketType.UPTODATE, -1n);
      expect(subject.said()).to.deep.equal(["activate 0", "ACK 200000000", "serve with , 0 committed"]);
    }
  });

  it("lets packets wait while the disk makes the tree anew, and takes them in order then", () => {
    for (const [type, first, then] of [
      [PacketType.TRUNC, "disk: truncate 100000002", "disk: log 100000003"],
      [PacketType.SNAP, "load snapshot 100000002", "disk: 100000003 applied, snapshot 100000003"],
    ] as const) {
      const subject = new Subject({ lastLoggedZxid: zxidOf(1, 9) }).led();
      subject
        .hear(type, zxidOf(1, 2))
        .hear(PacketType.PROPOSAL, zxidOf(1, 3))
        .hear(PacketType.COMMIT, zxidOf(1, 3));
      subject.hear(PacketType.NEWLEADER, zxidOf(2, 0));
      expect(subject.said()).to.deep.equal([first]);
      subject.sync.diskDone();
      expect(subject.said()).to.deep.equal([then]);
    }
  });

  it("goes on after UPTODATE with what the leader has proposed and not committed", () => {
    const subject = new Subject().led();
    subject.take(PacketType.DIFF, zxidOf(1, 2)).take(PacketType.PROPOSAL, zxidOf(1, 3));
    subject.take(PacketType.NEWLEADER, zxidOf(2, 0));
    subject
      .take(PacketType.COMMIT, zxidOf(1, 3))
      .take(PacketType.PROPOSAL, zxidOf(2, 1))
      .take(PacketType.UPTODATE, -1n);
    expect(subject.said().at(-1)).to.equal("serve with 100000003,200000001, 1 committed");
  });

  it("takes pings and INFORM at any time", () => {
    const subject = new Subject({ isParticipant: false });
    subject.take(PacketType.PING, 0n).led();
    subject
      .take(PacketType.PING, 0n)
      .take(PacketType.DIFF, zxidOf(1, 3))
      .take(PacketType.INFORM, zxidOf(1, 3));
    subject.take(PacketType.PING, 0n).take(PacketType.NEWLEADER, zxidOf(2, 0));
    expect(subject.said()).to.deep.equal(["disk: log 100000003", "disk: currentEpoch 2", "ACK 200000000"]);
  });

  it("gives the connection up for what comes out of turn, and nothing else", () => {
    const wrong: [PacketType, bigint][][] = [
      [[PacketType.NEWLEADER, zxidOf(2, 0)]],
      [
        [PacketType.DIFF, 0n],
        [PacketType.COMMIT, zxidOf(1, 3)],
      ],
      [
        [PacketType.DIFF, 0n],
        [PacketType.PROPOSAL, zxidOf(1, 4)],
      ],
      [
        [PacketType.DIFF, 0n],
        [PacketType.PROPOSAL, zxidOf(1, 3)],
        [PacketType.COMMIT, zxidOf(1, 4)],
      ],
      [
        [PacketType.DIFF, 0n],
        [PacketType.NEWLEADER, zxidOf(3, 0)],
      ],
      [
        [PacketType.DIFF, 0n],
        [PacketType.UPTODATE, -1n],
      ],
      [
        [PacketType.DIFF, 0n],
        [PacketType.ACK, 0n],
      ],
    ];
    for (const packets of wrong) {
      const subject = new Subject().led();
      for (const [type, zxid] of packets) subject.take(type, zxid);
      expect(subject.done.at(-1), packets.join()).to.match(/^fail: /);
      const before = subject.done.length;
      subject.take(PacketType.DIFF, 0n);
      subject.sync.lost("gone");
      expect(subject.done.length).to.equal(before);
    }
  });

  it("says that it has nothing while its tree is not to be trusted, and takes a snapshot alone", () => {
    const subject = new Subject({ needsSnapshot: true }).led();
    const { zxid } = QuorumPacket.decode(subject.sent[1]);
    expect(zxid).to.equal(0n);
    subject.take(PacketType.DIFF, zxidOf(1, 2));
    expect(subject.said().at(-1)).to.match(/^fail: DIFF where it needs SNAP/);
    const other = new Subject({ needsSnapshot: true }).led().take(PacketType.SNAP, zxidOf(1, 2));
    expect(other.said().at(-1)).to.equal("load snapshot 100000002");
  });

  it("takes the configuration that NEWLEADER names for the last seen one, and for its own with UPTODATE", () => {
    const subject = new Subject().led();
    subject
      .take(PacketType.DIFF, 0n)
      .take(PacketType.NEWLEADER, zxidOf(2, 0), Buffer.from("version=200000000"));
    expect(subject.said()).to.deep.equal(["see config 200000000", "disk: currentEpoch 2", "ACK 200000000"]);
    subject.take(PacketType.UPTODATE, -1n);
    expect(subject.said()).to.deep.equal(["activate 200000000", "ACK 200000000", "serve with , 0 committed"]);
  });

  it("leaves a leader whose configuration gives it another role", () => {
    const subject = new Subject().led();
    subject.mustLeave = true;
    subject
      .take(PacketType.DIFF, 0n)
      .take(PacketType.NEWLEADER, zxidOf(2, 0), Buffer.from("version=200000000"));
    subject.take(PacketType.UPTODATE, -1n);
    expect(subject.said().at(-1)).to.equal("fail: the new configuration gives it another role or leader");
  });

  it("leaves a leader whose configuration cannot be read", () => {
    for (const text of ["server.1=nonsense", "version=zz", "\u0000\u0001"]) {
      const subject = new Subject().led();
      subject.take(PacketType.DIFF, 0n).take(PacketType.NEWLEADER, zxidOf(2, 0), Buffer.from(text));
      expect(subject.said().at(-1)).to.match(/^fail: NEWLEADER of the leader cannot be read/);
    }
  });

  it("says that its tree is worth nothing when it is cut off while that is made anew", () => {
    const subject = new Subject().led().hear(PacketType.SNAP, zxidOf(1, 9));
    subject.sync.lost("gone");
    expect(subject.said().at(-1)).to.equal("fail, dirty: gone");
    const later = new Subject().led().take(PacketType.SNAP, zxidOf(1, 9));
    later.sync.lost("gone");
    expect(later.said().at(-1)).to.equal("fail, dirty: gone");
    const saved = new Subject().led().take(PacketType.SNAP, zxidOf(1, 9));
    saved.take(PacketType.NEWLEADER, zxidOf(2, 0)).sync.lost("gone");
    expect(saved.said().at(-1)).to.equal("fail: gone");
  });
});
