import { expect } from "chai";
import fc from "fast-check";
import { FrameSplitter, type FrameSink } from "../../../protocol/frames.ts";
import { toHex } from "./roundTrip.ts";

const frameBytesMax = 64;

/** Keeps what it is given. */
class RecordingSink implements FrameSink {
  readonly frames: string[] = [];
  readonly badLengths: number[] = [];
  /** Says stop after each frame for which this is true. */
  stopAfter: (frame: number) => boolean = () => false;

  onFrame(bytes: Uint8Array, start: number, end: number): boolean {
    this.frames.push(toHex(bytes.subarray(start, end)));
    return !this.stopAfter(this.frames.length - 1);
  }

  onBadLength(length: number): void {
    this.badLengths.push(length);
  }
}

/** Takes the stream over at the first of these words. */
class WordSink extends RecordingSink {
  readonly words: ReadonlySet<number>;
  word = 0;

  constructor(...words: string[]) {
    super();
    this.words = new Set(words.map((word) => Buffer.from(word).readInt32BE()));
  }

  onLength(length: number): boolean {
    if (!this.words.has(length)) return false;
    this.word = length;
    return true;
  }
}

function withLength(body: Uint8Array, length = body.length): Uint8Array {
  const out = new Uint8Array(4 + body.length);
  new DataView(out.buffer).setInt32(0, length);
  out.set(body, 4);
  return out;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Cuts at the given places, taken modulo what is left. */
function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const cut of cuts) {
    const next = at + (cut % (bytes.length - at + 1));
    chunks.push(bytes.slice(at, next));
    at = next;
  }
  return [...chunks, bytes.slice(at)];
}

const body = fc.uint8Array({ maxLength: frameBytesMax });
const bodies = fc.array(body, { maxLength: 12 });
const cuts = fc.array(fc.nat(90), { maxLength: 40 });

describe("FrameSplitter", () => {
  it("hands over the same frames wherever the stream is cut", () => {
    fc.assert(
      fc.property(bodies, cuts, fc.uint8Array({ maxLength: 3 }), (frames, places, rest) => {
        const sink = new RecordingSink();
        const splitter = new FrameSplitter(frameBytesMax, sink);
        const stream = join([...frames.map((frame) => withLength(frame)), rest]);
        for (const chunk of chunksOf(stream, places)) splitter.push(chunk);
        expect(sink.frames).to.deep.equal(frames.map(toHex));
        expect(sink.badLengths).to.deep.equal([]);
        expect(splitter.heldBytes).to.equal(rest.length);
      }),
      { numRuns: 500 },
    );
  });

  it("takes a stream byte by byte", () => {
    const sink = new RecordingSink();
    const splitter = new FrameSplitter(frameBytesMax, sink);
    const frames = [[], [1], [1, 2, 3], Array.from({ length: 64 }, () => 7)].map(
      (frame) => new Uint8Array(frame),
    );
    for (const byte of join(frames.map((frame) => withLength(frame)))) splitter.push(new Uint8Array([byte]));
    expect(sink.frames).to.deep.equal(frames.map(toHex));
  });

  it("stops when told, keeps the rest, and goes on in order", () => {
    fc.assert(
      fc.property(
        bodies,
        cuts,
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        (frames, places, stops) => {
          const sink = new RecordingSink();
          sink.stopAfter = (frame) => stops[frame];
          const splitter = new FrameSplitter(frameBytesMax, sink);
          const stream = join(frames.map((frame) => withLength(frame)));
          let pushed = 0;
          for (const chunk of chunksOf(stream, places)) {
            splitter.push(chunk);
            pushed += chunk.length;
            const handed = sink.frames.reduce((sum, frame) => sum + 4 + frame.length / 2, 0);
            expect(splitter.heldBytes).to.equal(pushed - handed);
          }
          const firstStop = stops.indexOf(true);
          const untilStop = firstStop < 0 ? frames.length : Math.min(firstStop + 1, frames.length);
          expect(sink.frames).to.deep.equal(frames.slice(0, untilStop).map(toHex));
          for (let i = 0; i < frames.length; i++) splitter.resume();
          expect(sink.frames).to.deep.equal(frames.map(toHex));
          expect(splitter.heldBytes).to.equal(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("does nothing on resume unless it was stopped", () => {
    const sink = new RecordingSink();
    const splitter = new FrameSplitter(frameBytesMax, sink);
    splitter.push(withLength(new Uint8Array(9)).subarray(0, 8));
    splitter.resume();
    expect(sink.frames).to.deep.equal([]);
    expect(splitter.heldBytes).to.equal(8);
  });

  it("gives the stream up at a length that is negative or too large, after the frames before it", () => {
    const bad = fc.constantFrom(-1, -(2 ** 31), frameBytesMax + 1, 2 ** 31 - 1, 0x72756f6b);
    fc.assert(
      fc.property(bodies, bad, fc.uint8Array({ maxLength: 90 }), cuts, (frames, length, rest, places) => {
        const sink = new RecordingSink();
        const splitter = new FrameSplitter(frameBytesMax, sink);
        const stream = join([...frames.map((frame) => withLength(frame)), withLength(rest, length)]);
        for (const chunk of chunksOf(stream, places)) splitter.push(chunk);
        splitter.push(withLength(new Uint8Array(3)));
        splitter.resume();
        expect(sink.frames).to.deep.equal(frames.map(toHex));
        expect(sink.badLengths).to.deep.equal([length]);
        expect(splitter.heldBytes).to.equal(0);
      }),
      { numRuns: 300 },
    );
  });

  it("takes a frame of exactly the bound", () => {
    const sink = new RecordingSink();
    new FrameSplitter(3, sink).push(join([withLength(new Uint8Array(3)), withLength(new Uint8Array(4))]));
    expect(sink.frames).to.deep.equal(["000000"]);
    expect(sink.badLengths).to.deep.equal([4]);
  });

  it("is silent after end, from inside a frame too", () => {
    const sink = new RecordingSink();
    const splitter = new FrameSplitter(frameBytesMax, sink);
    sink.stopAfter = () => {
      splitter.end();
      return false;
    };
    splitter.push(join([withLength(new Uint8Array(1)), withLength(new Uint8Array(2))]));
    splitter.resume();
    splitter.push(withLength(new Uint8Array(3)));
    expect(sink.frames).to.deep.equal(["00"]);
    expect(splitter.heldBytes).to.equal(0);
  });

  it("leaves a chunk alone after push: what it keeps is its own", () => {
    const sink = new RecordingSink();
    const splitter = new FrameSplitter(frameBytesMax, sink);
    const stream = withLength(new Uint8Array([1, 2, 3, 4]));
    const chunk = stream.slice(0, 6);
    splitter.push(chunk);
    chunk.fill(0xff);
    splitter.push(stream.subarray(6));
    expect(sink.frames).to.deep.equal(["01020304"]);
  });
});

describe("FrameSplitter and four-letter words", () => {
  it("hands the stream over at a word, with what has come behind it", () => {
    fc.assert(
      fc.property(bodies, fc.uint8Array({ maxLength: 20 }), cuts, (frames, rest, places) => {
        const sink = new WordSink("ruok", "mntr");
        const splitter = new FrameSplitter(frameBytesMax, sink);
        const stream = join([...frames.map((frame) => withLength(frame)), Buffer.from("mntr"), rest]);
        const taken: Uint8Array[] = [];
        for (const chunk of chunksOf(stream, places)) {
          if (sink.word !== 0) taken.push(chunk);
          else splitter.push(chunk);
          if (sink.word !== 0) taken.push(splitter.takeHeld());
        }
        expect(sink.frames).to.deep.equal(frames.map(toHex));
        expect(sink.badLengths).to.deep.equal([]);
        expect(toHex(join(taken))).to.equal(toHex(rest));
        splitter.push(withLength(new Uint8Array(1)));
        expect(sink.frames).to.have.length(frames.length);
      }),
      { numRuns: 300 },
    );
  });

  it("takes an unknown word for the bad length it is", () => {
    const sink = new WordSink("ruok");
    new FrameSplitter(frameBytesMax, sink).push(Buffer.from("RUOK"));
    new FrameSplitter(frameBytesMax, sink).push(Buffer.from("ruoj"));
    expect(sink.badLengths).to.deep.equal(["RUOK", "ruoj"].map((word) => Buffer.from(word).readInt32BE()));
    expect(sink.word).to.equal(0);
  });

  it("waits for the fourth letter", () => {
    const sink = new WordSink("ruok");
    const splitter = new FrameSplitter(frameBytesMax, sink);
    splitter.push(Buffer.from("ru"));
    splitter.push(Buffer.from("o"));
    expect([sink.word, splitter.heldBytes]).to.deep.equal([0, 3]);
    splitter.push(Buffer.from("k\n"));
    expect(sink.word).to.not.equal(0);
    expect(toHex(splitter.takeHeld())).to.equal("0a");
  });
});

/** Bytes of the blocks that are allocated meanwhile. */
function allocatedBy(run: () => void): number {
  const Original = globalThis.Uint8Array;
  let allocated = 0;
  class Counting extends Original {
    constructor(...args: unknown[]) {
      super(...(args as [number]));
      if (typeof args[0] === "number") allocated += args[0];
    }
  }
  globalThis.Uint8Array = Counting as unknown as typeof Uint8Array;
  try {
    run();
  } finally {
    globalThis.Uint8Array = Original;
  }
  return allocated;
}

describe("memory of a FrameSplitter", () => {
  it("grows with the bytes that have come, not with the length that was claimed", () => {
    const sink = new RecordingSink();
    const splitter = new FrameSplitter(1_048_575, sink);
    const head = withLength(new Uint8Array(100), 1_048_575);
    expect(allocatedBy(() => splitter.push(head))).to.be.within(head.length, 4 * head.length);
    const more = new Uint8Array(900);
    expect(allocatedBy(() => splitter.push(more))).to.be.within(1, 4000);
    expect(splitter.heldBytes).to.equal(1004);
  });

  it("is copied in proportion to a frame's size, however small its pieces", () => {
    const sink = new RecordingSink();
    const splitter = new FrameSplitter(1_048_575, sink);
    const stream = withLength(new Uint8Array(1_000_000));
    const pieces = Array.from({ length: Math.ceil(stream.length / 1000) }, (_, i) =>
      stream.subarray(i * 1000, (i + 1) * 1000),
    );
    const allocated = allocatedBy(() => pieces.forEach((piece) => splitter.push(piece)));
    expect(allocated).to.be.below(4_000_000);
    expect(sink.frames).to.have.length(1);
    expect(splitter.heldBytes).to.equal(0);
  });

  it("is not copied again for each of many frames behind a stop", () => {
    const sink = new RecordingSink();
    sink.stopAfter = () => true;
    const splitter = new FrameSplitter(1_048_575, sink);
    const stream = join(Array.from({ length: 5000 }, () => withLength(new Uint8Array(8))));
    const allocated = allocatedBy(() => {
      splitter.push(stream);
      for (let i = 1; i < 5000; i++) splitter.resume();
    });
    expect(sink.frames).to.have.length(5000);
    expect(allocated).to.be.below(4 * stream.length);
  });
});
