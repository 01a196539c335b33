import { expect } from "chai";
import { countSuite, parseSuite } from "../../../compat/suiteResult.ts";
import { suiteTable } from "../../../compat/suiteTables.ts";

const whole = `ok znodes.crud 12
FAIL watches.data 30: no event
skip auth.sasl: the library has none
1 passed, 1 failed
`;

describe("what a client suite printed", () => {
  it("is read line by line", () => {
    const result = parseSuite(whole, "1", 5);
    expect(result.faults).to.deep.equal([]);
    expect(result.scenarios).to.deep.equal([
      { scenario: "znodes.crud", outcome: "ok", ms: 12, why: "" },
      { scenario: "watches.data", outcome: "FAIL", ms: 30, why: "no event" },
      { scenario: "auth.sasl", outcome: "skip", ms: null, why: "the library has none" },
    ]);
    expect(countSuite(result)).to.deep.equal({ ok: 1, FAIL: 1, skip: 1 });
  });

  for (const [what, output, exit] of [
    ["ended in the middle", "ok znodes.crud 12\n", "0"],
    ["counts otherwise than its lines", "ok znodes.crud 12\n2 passed, 0 failed\n", "0"],
    ["ended with another code", "ok znodes.crud 12\n1 passed, 0 failed\n", "SIGKILL"],
    ["hid a failure in its exit code", whole, "0"],
    ["ran nothing", "0 passed, 0 failed\n", "0"],
    ["printed nothing", "", "0"],
  ]) {
    it(`fails when the suite ${what}`, () => {
      expect(countSuite(parseSuite(output, exit, 0)).FAIL).to.be.greaterThan(0);
    });
  }

  it("may be that the toolchain is missing", () => {
    const result = parseSuite("skipped: no go on this machine\n", "0", 0);
    expect([result.skipped, countSuite(result)]).to.deep.equal([
      "no go on this machine",
      { ok: 0, FAIL: 0, skip: 0 },
    ]);
  });

  it("stands side by side for two servers", () => {
    const results = new Map([
      ["apache", parseSuite("ok a 1\n1 passed, 0 failed\n", "0", 0)],
      ["zabra", parseSuite("FAIL a 2: one | other\n0 passed, 1 failed\n", "1", 0)],
    ]);
    const lines = suiteTable({ suite: { name: "x", folder: "x", library: "lib" }, results }).split("\n");
    expect(lines).to.deep.equal([
      "| x: lib | apache | zabra |",
      "|---|---|---|",
      "| a | 1 ms | **failed**: one \\| other |",
    ]);
  });
});
