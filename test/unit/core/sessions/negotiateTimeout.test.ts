import { expect } from "chai";
import { negotiateTimeout } from "../../../../src/core/sessions/negotiateTimeout.ts";

describe("negotiateTimeout", () => {
  const cases: [requestedMs: number, minMs: number, maxMs: number, negotiatedMs: number][] = [
    [4001, 4000, 40000, 4001],
    [3999, 4000, 40000, 4000],
    [0, 4000, 40000, 4000],
    [-2147483648, 4000, 40000, 4000],
    [40001, 4000, 40000, 40000],
    [2147483647, 4000, 40000, 40000],
    [5000, 9000, 8000, 8000],
  ];
  for (const [requestedMs, minMs, maxMs, negotiatedMs] of cases) {
    it(`${requestedMs} within ${minMs} and ${maxMs} gives ${negotiatedMs}`, () => {
      expect(negotiateTimeout(requestedMs, minMs, maxMs)).to.equal(negotiatedMs);
    });
  }
});
