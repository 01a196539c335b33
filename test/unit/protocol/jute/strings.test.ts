import { expect } from "chai";
import fc from "fast-check";
import {
  allocateBytes,
  asBytes,
  decodeString,
  encodedLengthMax,
  encodeString,
} from "../../../../protocol/jute/strings.ts";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { fromHex, toHex } from "../roundTrip.ts";

const decode = (hex: string) => {
  const bytes = asBytes(fromHex(hex));
  return decodeString(bytes, 0, bytes.length);
};

const encode = (text: string) => {
  const bytes = allocateBytes(encodedLengthMax(text));
  return toHex(bytes.subarray(0, encodeString(bytes, text, 0)));
};

/** Long enough to leave the path for short texts. */
const long = "/a-path-of-more-than-24-characters/";
const longHex = Buffer.from(long).toString("hex");

/** Bytes and what `new String(bytes, UTF_8)` of Java 17 makes of them; f stands for U+FFFD. */
const reading: readonly (readonly [string, string])[] = [
  ["", ""],
  ["00", "\0"],
  ["61c3bf62", "aÿb"],
  ["df bf e0a080", "߿ࠀ"],
  ["ee8080 efbfbd", "\ue000\ufffd"],
  ["f09f9880", "😀"],
  ["f48fbfbf", "\u{10ffff}"],
  // Overlong forms, bytes that never occur, lone continuations: one each.
  ["c080", "ff"],
  ["c1bf", "ff"],
  ["ff", "f"],
  ["fe61", "fa"],
  ["80bf", "ff"],
  ["f5808080", "ffff"],
  ["f8888080", "ffff"],
  ["e08080", "fff"],
  ["f0808080", "ffff"],
  ["f4908080", "ffff"],
  // A surrogate in three bytes is one piece, where WHATWG makes three.
  ["eda080", "f"],
  ["edbfbf", "f"],
  ["eda0bdedb880", "ff"],
  ["eda0bd61edb880", "faf"],
  // Cut short: what could have gone on is one piece.
  ["c3", "f"],
  ["e2", "f"],
  ["e282", "f"],
  ["eda0", "f"],
  ["f0", "f"],
  ["f09f", "f"],
  ["f09f98", "f"],
  // Broken off by another character.
  ["c341", "fA"],
  ["e241", "fA"],
  ["e28241", "fA"],
  ["f041", "fA"],
  ["f09f41", "fA"],
  ["f09f9841", "fA"],
  ["e282f09f9880", "f😀"],
];

/** Text and the bytes of it: each UTF-16 unit on its own. */
const writing: readonly (readonly [string, string])[] = [
  ["", ""],
  ["\0", "00"],
  ["aÿ", "61c3bf"],
  ["\u07ff\u0800\uffff", "dfbfe0a080efbfbf"],
  ["\ufffd", "efbfbd"],
  ["😀", "eda0bdedb880"],
  ["\ud83d", "eda0bd"],
  ["a\udc00", "61edb080"],
  ["\u{10ffff}", "edafbfedbfbf"],
];

describe("strings", () => {
  for (const [hex, text] of reading) {
    const expected = text.replaceAll("f", "\ufffd");
    const bytes = hex.replaceAll(" ", "");

    it(`read ${hex === "" ? "no bytes" : hex} as a JVM does`, () => {
      expect(decode(bytes)).to.equal(expected);
      expect(decode(longHex + bytes)).to.equal(long + expected);
    });
  }

  for (const [text, hex] of writing) {
    it(`write ${JSON.stringify(text)} as a JVM does`, () => {
      expect(encode(text)).to.equal(hex);
      expect(encode(long + text)).to.equal(longHex + hex);
    });
  }

  it("are read from their place in a block only", () => {
    const bytes = asBytes(fromHex("ff41e282ac42ff"));
    expect(decodeString(bytes, 1, 6)).to.equal("A€B");
    expect(decodeString(bytes, 1, 4)).to.equal("A\ufffd");
  });

  it("come back as they were where no surrogate is in them", () => {
    const unit = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (units) => {
        const text = String.fromCharCode(...units);
        expect(decode(encode(text))).to.equal(text);
      }),
    );
  });

  it("that are well formed are read as UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        expect(decode(Buffer.from(text, "utf8").toString("hex"))).to.equal(text);
      }),
    );
  });

  it("never fail, and settle after one more round", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const text = decodeString(asBytes(bytes), 0, bytes.length);
        const again = decode(encode(text));
        expect(decode(encode(again))).to.equal(again);
        expect(text.length).to.be.at.most(bytes.length);
      }),
    );
  });
});

describe("JuteWriter", () => {
  it("shows only what was written, however often its block has grown", () => {
    const writer = new JuteWriter(1);
    const expected: number[] = [];
    for (let i = 0; i < 3000; i++) {
      writer.writeByte(i & 255);
      expected.push(i & 255);
      if (i % 7 === 0) {
        writer.writeString("é");
        expected.push(0, 0, 0, 2, 0xc3, 0xa9);
      }
    }
    expect([...writer.view()]).to.deep.equal(expected);
    expect(toHex(writer.copy())).to.equal(toHex(writer.view()));
    expect(writer.capacity).to.be.at.most(4 * expected.length);
    expect(toHex(writer.detach())).to.equal(toHex(new Uint8Array(expected)));
    expect(writer.view()).to.have.length(0);
  });

  it("patches the length of what stands in a frame", () => {
    const writer = new JuteWriter(2);
    writer.writeByte(9);
    const mark = writer.beginFrame();
    writer.writeText("abc");
    writer.endFrame(mark);
    writer.writeLong(-2n);
    writer.patchLong(8, 3n);
    expect(toHex(writer.view())).to.equal("09000000036162630000000000000003");
    writer.truncate(mark);
    expect(toHex(writer.view())).to.equal("09");
  });
});
