import { expect } from "chai";
import fc from "fast-check";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { record, vector } from "../../../protocol/jute/schema.ts";
import * as protocol from "../../../protocol/index.ts";
import { anyBytes, arbitraryOf, everyCodec, oddCodecs, plain, records } from "./arbitraries.ts";
import { fromHex } from "./roundTrip.ts";

describe("records", () => {
  it("are all exported, and all under test", () => {
    const exported = Object.values<unknown>(protocol).flatMap((value) =>
      typeof value === "object" && value !== null && "decode" in value && "name" in value ? [value.name] : [],
    );
    expect(everyCodec.map(({ codec }) => codec.name)).to.have.members(exported);
    expect(records.length).to.be.above(70);
    expect(oddCodecs).to.have.length(10);
  });

  for (const { codec, values } of everyCodec) {
    it(`${codec.name}: decode(encode(x)) is x`, () => {
      fc.assert(
        fc.property(values, (value) => {
          const bytes = codec.encode(value);
          expect(bytes.length).to.be.at.least(codec.bytesMin);
          expect(plain(codec.decode(bytes))).to.equal(plain(value));
        }),
        { numRuns: 60 },
      );
    });
  }

  it("are found anywhere in a block, and leave the bytes around them alone", () => {
    const { codec, values } = everyCodec[0];
    fc.assert(
      fc.property(values, anyBytes, anyBytes, (value, before, after) => {
        const bytes = codec.encode(value);
        const block = new Uint8Array([...before, ...bytes, ...after]);
        expect(plain(codec.decode(block, before.length))).to.equal(plain(value));
        expect(plain(codec.decode(block, before.length, before.length + bytes.length))).to.equal(
          plain(value),
        );
      }),
    );
  });
});

/** Four bytes that lengths, counts and types break on. */
const evilInts = [-1, -2, -(2 ** 31), 2 ** 31 - 1, 2 ** 30, 0x10000, 0xfffff, 0x1ffffe, 0x1fffff, 14, 0].map(
  (value) => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, value);
    return bytes;
  },
);

/** What may happen to a byte string; `at` is taken modulo its length. */
const mutation = fc.record({
  kind: fc.constantFrom("flip", "overwrite", "cut", "insert", "remove"),
  at: fc.nat(),
  bytes: fc.oneof(fc.constantFrom(...evilInts), fc.uint8Array({ minLength: 1, maxLength: 8 })),
});

function mutate(
  bytes: Uint8Array,
  { kind, at, bytes: by }: { kind: string; at: number; bytes: Uint8Array },
): Uint8Array {
  const place = at % (bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (kind) {
    case "flip":
      return bytes.map((byte, i) => (i === place ? byte ^ (1 << (at & 7)) : byte));
    case "overwrite":
      return new Uint8Array([...head, ...by, ...tail.subarray(by.length)]);
    case "cut":
      return bytes.slice(0, place);
    case "insert":
      return new Uint8Array([...head, ...by, ...tail]);
    default:
      return new Uint8Array([...head, ...tail.subarray(by.length)]);
  }
}

/** How much a decoded value holds: one for each value, list and object, and the units of its texts and bytes. */
function weightOf(value: unknown): number {
  if (typeof value === "string" || value instanceof Uint8Array) return 1 + value.length;
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, part) => sum + weightOf(part), 1);
}

/** A value or JuteError; what is built is bounded by the bytes that are there. */
function expectValueOrRefusal(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    expect(error.message).to.match(/ at offset \d+$/);
    expect(error.offset).to.be.within(0, bytes.length);
    return;
  }
  expect(weightOf(value)).to.be.at.most(20 + 2 * bytes.length);
}

describe("bytes from outside", () => {
  for (const { codec, values } of everyCodec) {
    it(`${codec.name}: mutated bytes give a value or a JuteError`, () => {
      const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(values, mutations, (value, changes) => {
          const bytes = changes.reduce(mutate, codec.encode(value));
          expectValueOrRefusal((mutated) => codec.decode(mutated), bytes);
        }),
        { numRuns: 100 },
      );
    });
  }

  it("give a value or a JuteError when they are random", () => {
    fc.assert(
      fc.property(fc.constantFrom(...everyCodec), fc.uint8Array({ maxLength: 120 }), ({ codec }, bytes) =>
        expectValueOrRefusal((random) => codec.decode(random), bytes),
      ),
      { numRuns: 3000 },
    );
  });

  it("give a transaction or a JuteError", () => {
    const types = [1, 2, 5, 7, 13, 14, 15, 16, 19, 20, 21, -1, -10, -11];
    const type = fc.constantFrom(...types);
    fc.assert(
      fc.property(
        arbitraryOf(protocol.TxnHeader),
        type,
        arbitraryOf(protocol.MultiTxn),
        mutation,
        (header, op, body, change) => {
          const head = protocol.TxnHeader.encode({ ...(header as protocol.TxnHeader), type: op });
          const bytes = new Uint8Array([
            ...head,
            ...mutate(protocol.MultiTxn.encode(body as protocol.MultiTxn), change),
          ]);
          expectValueOrRefusal((mutated) => protocol.decodeTxn(mutated), bytes);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("do not nest multi in multi without end", () => {
    const depth = 50_000;
    const bytes = new Uint8Array(32 + 12 * depth);
    const view = new DataView(bytes.buffer);
    view.setInt32(28, 14);
    for (let i = 0; i < depth; i++) {
      view.setInt32(32 + 12 * i, 1);
      view.setInt32(36 + 12 * i, 14);
      view.setInt32(40 + 12 * i, bytes.length - 44 - 12 * i);
    }
    expectValueOrRefusal((nested) => protocol.decodeTxn(nested), bytes);
  });

  it("are refused where a vector claims more than is there, before anything is built", () => {
    const claim = (count: number, elements: number) => {
      const bytes = new Uint8Array(4 + 12 * elements);
      new DataView(bytes.buffer).setInt32(0, count);
      return () => protocol.GetChildrenResponse.decode(bytes);
    };
    for (const count of [2 ** 31 - 1, 2 ** 30, 4]) {
      expect(claim(count, 1)).to.throw(
        JuteError,
        `GetChildrenResponse.children: vector of ${count} elements, 12 bytes left`,
      );
    }
    expect(claim(3, 1)).not.to.throw();
  });

  it("are refused with record, field and offset in the message", () => {
    const bytes = fromHex("000000010000001f000000057761");
    expect(() => protocol.SetACLResponse.decode(bytes)).to.throw(
      JuteError,
      "SetACLResponse.stat.mzxid: needs 8 bytes, 6 left at offset 8",
    );
    const acls = fromHex("000000022f61000000010000001f0000000577616161");
    expect(() => protocol.SetACLRequest.decode(acls)).to.throw(
      JuteError,
      "SetACLRequest.acl[0].id.scheme: length 5 goes past the end, 4 bytes left at offset 14",
    );
  });

  it("of a buffer are bounded by jute.maxbuffer and its extra size", () => {
    const bytes = new Uint8Array(24);
    const reader = new JuteReader(bytes);
    reader.lengthMax = 8;
    new DataView(bytes.buffer).setInt32(0, 9);
    expect(() => reader.readBuffer()).to.throw(JuteError, "length 9 is not in 0..8 at offset 0");
    new DataView(bytes.buffer).setInt32(0, 8);
    reader.position = 0;
    expect(reader.readBuffer()).to.have.length(8);
  });
});

describe("vector", () => {
  it("refuses an element that may take no bytes, whose count nothing could bound", () => {
    expect(() => vector(record("Nothing", {}))).to.throw(RangeError);
  });

  it("tells null from empty, and reads every other count below one as empty", () => {
    const decode = (count: string) => protocol.GetChildrenResponse.decode(fromHex(count)).children;
    expect(decode("ffffffff")).to.equal(null);
    for (const count of ["00000000", "fffffffe", "80000000"]) expect(decode(count)).to.deep.equal([]);
  });
});
