import { expect } from "chai";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { txnLine, txnRow } from "../../../../src/shell/cli/txnRow.ts";

const edges = [2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, -1n, -(2n ** 63n)];

describe("printed transactions", () => {
  for (const value of edges) {
    it(`show the 64-bit value ${value} exactly, as zxid, session, time and ttl`, () => {
      const record = { path: "/a", data: null, acl: null, parentCVersion: 1, ttl: value };
      const header = { clientId: value, cxid: 1, zxid: value, time: value, type: OpCode.createTTL };
      const row = txnRow({ header, op: { type: OpCode.createTTL, record }, digest: null }, 16, 60);
      const hex = `0x${BigInt.asUintN(64, value).toString(16)}`;
      expect([row["zxid"], row["clientId"]]).to.deep.equal([hex, hex]);
      const shown = JSON.parse(JSON.stringify(row)) as {
        time: number | string;
        txn: { ttl: number | string };
      };
      expect([BigInt(shown.time), BigInt(shown.txn.ttl)]).to.deep.equal([value, value]);
      expect(txnLine(row)).to.include(hex);
    });
  }
});
