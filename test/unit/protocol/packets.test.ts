import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { PacketSplitter, type PacketSink, type RawReader } from "../../../protocol/packets.ts";
import { PacketType, QuorumPacket } from "../../../protocol/records/quorum.ts";

const bytesMax = 0x1ffffe;

class Collector implements PacketSink {
  readonly packets: string[] = [];
  readonly bad: string[] = [];
  onEach: (packet: QuorumPacket) => void = () => {};

  onPacket(bytes: Uint8Array, start: number, end: number): void {
    const packet = bytes.subarray(start, end);
    this.packets.push(Buffer.from(packet).toString("hex"));
    this.onEach(QuorumPacket.decode(packet));
  }

  onBadPacket(reason: string): void {
    this.bad.push(reason);
  }
}

function splitter(): { sink: Collector; cut: PacketSplitter } {
  const sink = new Collector();
  return { sink, cut: new PacketSplitter(bytesMax, sink) };
}

/** Pieces of at most `size` bytes. */
function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}

function packet(type: number, data: Uint8Array | null, ids: QuorumPacket["authinfo"] = null): Buffer {
  return Buffer.from(QuorumPacket.encode({ type, zxid: 7n, data, authinfo: ids }));
}

interface Line {
  readonly conn: number;
  readonly port: string;
  readonly from: number;
  readonly type?: string;
  readonly hex: string;
}

/** The packets of each direction of each learner connection of all recordings, but those with a snapshot in between. */
function recordedStreams(): string[][] {
  const folder = new URL("../../golden/peer/", import.meta.url);
  const streams = new Map<string, string[]>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".jsonl"))) {
    const lines = readFileSync(new URL(file, folder), "utf8").trimEnd().split("\n").slice(1);
    for (const line of lines.map((text) => JSON.parse(text) as Line)) {
      if (line.port !== "learner" || line.type === undefined) continue;
      const key = `${file} ${line.conn} ${line.from}`;
      if (!(line.type in PacketType)) streams.delete(key);
      else streams.set(key, [...(streams.get(key) ?? []), line.hex]);
    }
  }
  return [...streams.values()];
}

describe("packet splitter", () => {
  it("finds every packet that Apache's servers have sent each other, in pieces of any size", () => {
    const streams = recordedStreams();
    expect(streams.length).to.be.greaterThan(20);
    for (const hexes of streams) {
      for (const size of [1, 7, 64, 1 << 20]) {
        const { sink, cut } = splitter();
        for (const piece of pieces(Buffer.from(hexes.join(""), "hex"), size)) cut.push(piece);
        expect(sink.packets).to.deep.equal(hexes);
        expect(cut.heldBytes).to.equal(0);
      }
    }
  });

  it("finds any packets in any pieces", () => {
    const text = fc.option(fc.string({ maxLength: 5 }));
    const packets = fc.array(
      fc.record({
        type: fc.integer({ min: 1, max: 19 }),
        data: fc.option(fc.uint8Array({ maxLength: 40 })),
        ids: fc.option(fc.array(fc.record({ scheme: text, id: text }), { maxLength: 3 })),
      }),
    );
    fc.assert(
      fc.property(packets, fc.integer({ min: 1, max: 50 }), (made, size) => {
        const encoded = made.map(({ type, data, ids }) => packet(type, data, ids));
        const { sink, cut } = splitter();
        for (const piece of pieces(Buffer.concat(encoded), size)) cut.push(piece);
        expect(sink.packets).to.deep.equal(encoded.map((bytes) => bytes.toString("hex")));
      }),
    );
  });

  it("hands the bytes behind a SNAP to their reader, and goes on with packets behind them", () => {
    const body = Buffer.from("a snapshot of so many bytes");
    const stream = Buffer.concat([packet(PacketType.SNAP, null), body, packet(PacketType.NEWLEADER, null)]);
    for (const size of [1, 5, 1000]) {
      const { sink, cut } = splitter();
      const read: Buffer[] = [];
      const reader: RawReader = (bytes, start, end) => {
        const missing = body.length - Buffer.concat(read).length;
        read.push(Buffer.from(bytes.subarray(start, Math.min(end, start + missing))));
        return end - start < missing ? -1 : missing;
      };
      sink.onEach = ({ type }) => type === PacketType.SNAP && cut.readRaw(reader);
      for (const piece of pieces(stream, size)) cut.push(piece);
      expect(Buffer.concat(read).toString()).to.equal(body.toString());
      expect(sink.packets.length).to.equal(2);
    }
  });

  it("refuses lengths that no packet has, and hands nothing over from then on", () => {
    const good = packet(PacketType.PING, null);
    const badData = packet(PacketType.PROPOSAL, null);
    badData.writeInt32BE(bytesMax + 1, 12);
    const negative = packet(PacketType.PROPOSAL, null);
    negative.writeInt32BE(-2, 12);
    const badCount = packet(PacketType.PROPOSAL, null);
    badCount.writeInt32BE(0x7fffffff, 16);
    const badId = packet(PacketType.REQUEST, null, [{ scheme: "ip", id: "127.0.0.1" }]);
    badId.writeInt32BE(-5, 20);
    for (const bad of [badData, negative, badCount, badId]) {
      const { sink, cut } = splitter();
      cut.push(Buffer.concat([good, bad, good]));
      cut.push(good);
      expect(sink.packets).to.deep.equal([good.toString("hex")]);
      expect(sink.bad.length).to.equal(1);
    }
  });

  it("holds what has come, not what was claimed", () => {
    const { cut } = splitter();
    const head = packet(PacketType.PROPOSAL, null).subarray(0, 16);
    head.writeInt32BE(bytesMax, 12);
    cut.push(head);
    cut.push(Buffer.alloc(1000));
    expect(cut.heldBytes).to.equal(1016);
  });
});
