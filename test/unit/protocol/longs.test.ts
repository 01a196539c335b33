import { expect } from "chai";
import fc from "fast-check";
import { counterOf, epochOf, formatHex, parseHex, toHexString, zxidOf } from "../../../protocol/longs.ts";
import { Stat, ReplyHeader } from "../../../protocol/records/client.ts";
import { CreateTTLTxn, TxnHeader } from "../../../protocol/records/txn.ts";
import { StatPersisted } from "../../../protocol/records/snapshot.ts";
import { anyLong, longEdges } from "./arbitraries.ts";
import { toHex } from "./roundTrip.ts";

/** Value, as Java's Long.toHexString prints it (and, filled up with zeros, as it travels). */
const edges: readonly (readonly [bigint, string])[] = [
  [0n, "0"],
  [2147483647n, "7fffffff"],
  [2147483648n, "80000000"],
  [4294967295n, "ffffffff"],
  [4294967296n, "100000000"],
  [9007199254740991n, "1fffffffffffff"],
  [9007199254740992n, "20000000000000"],
  [9007199254740993n, "20000000000001"],
  [9223372036854775807n, "7fffffffffffffff"],
  [-1n, "ffffffffffffffff"],
  [-2147483648n, "ffffffff80000000"],
  [-9007199254740993n, "ffdfffffffffffff"],
  [-9223372036854775808n, "8000000000000000"],
];

describe("64-bit values", () => {
  for (const [value, hex] of edges) {
    const onWire = hex.padStart(16, "0");

    it(`${value} has one text`, () => {
      expect(toHexString(value)).to.equal(hex);
      expect(formatHex(value)).to.equal(`0x${hex}`);
      for (const text of [hex, `0x${hex}`, onWire, hex.toUpperCase()]) expect(parseHex(text)).to.equal(value);
    });

    it(`${value} is exact in every field of a stat`, () => {
      const whole = Stat.decode(new Uint8Array(68));
      const persisted = StatPersisted.decode(new Uint8Array(60));
      for (const [field, offset] of [
        ["czxid", 0],
        ["mzxid", 8],
        ["ctime", 16],
        ["mtime", 24],
        ["ephemeralOwner", 44],
      ] as const) {
        const bytes = Stat.encode({ ...whole, [field]: value });
        expect(toHex(bytes.subarray(offset, offset + 8)), field).to.equal(onWire);
        expect(Stat.decode(bytes)).to.deep.equal({ ...whole, [field]: value });
        expect(StatPersisted.encode({ ...persisted, [field]: value })).to.deep.equal(bytes.subarray(0, 60));
      }
      expect(toHex(Stat.encode({ ...whole, pzxid: value }).subarray(60))).to.equal(onWire);
      expect(toHex(StatPersisted.encode({ ...persisted, pzxid: value }).subarray(52))).to.equal(onWire);
    });

    it(`${value} is exact in headers, times and ttls`, () => {
      const header = { clientId: value, cxid: 1, zxid: value, time: value, type: 21 };
      expect(toHex(TxnHeader.encode(header))).to.equal(`${onWire}00000001${onWire}${onWire}00000015`);
      expect(TxnHeader.decode(TxnHeader.encode(header))).to.deep.equal(header);
      const reply = { xid: -1, zxid: value, err: 0 };
      expect(toHex(ReplyHeader.encode(reply))).to.equal(`ffffffff${onWire}00000000`);
      const txn = { path: "/a", data: null, acl: null, parentCVersion: 0, ttl: value };
      expect(CreateTTLTxn.decode(CreateTTLTxn.encode(txn)).ttl).to.equal(value);
    });
  }

  it("compare as signed values", () => {
    const sorted = [...longEdges].sort((a, b) => (a < b ? -1 : Number(a > b)));
    expect(sorted[0]).to.equal(-9223372036854775808n);
    expect(sorted.at(-1)).to.equal(9223372036854775807n);
  });

  it("come back from their text", () => {
    fc.assert(fc.property(anyLong, (value) => parseHex(formatHex(value)) === value));
  });

  it("are not read from text that is no hexadecimal number of 64 bits", () => {
    for (const text of ["", "0x", "-1", "g", "0x 1", "1 ", "10000000000000000", "0X1", "0x0x1", "1n"]) {
      expect(parseHex(text), text).to.equal(null);
    }
  });
});

describe("parts of a zxid", () => {
  it("are a signed epoch and an unsigned counter", () => {
    expect([epochOf(0x500000007n), counterOf(0x500000007n)]).to.deep.equal([5, 7]);
    expect([epochOf(0x5ffffffffn), counterOf(0x5ffffffffn)]).to.deep.equal([5, 4294967295]);
    expect([epochOf(-1n), counterOf(-1n)]).to.deep.equal([-1, 4294967295]);
    expect([epochOf(-(2n ** 63n)), counterOf(-(2n ** 63n))]).to.deep.equal([-2147483648, 0]);
    expect([epochOf(2n ** 63n - 1n), counterOf(2n ** 63n - 1n)]).to.deep.equal([2147483647, 4294967295]);
  });

  it("make up the zxid again", () => {
    fc.assert(fc.property(anyLong, (zxid) => zxidOf(epochOf(zxid), counterOf(zxid)) === zxid));
    expect(zxidOf(1, 0x80000000)).to.equal(0x180000000n);
  });
});
