import { expect } from "chai";
import { readFileSync } from "node:fs";
import { parseSessionDump, sessionDifferences } from "../../../compat/folders/sessionDump.ts";

const golden = (name: string): string =>
  readFileSync(new URL(`../../golden/4lw/${name}/dump.txt`, import.meta.url), "utf8");

describe("dumpSessions", () => {
  it("reads what Apache answers", () => {
    expect(parseSessionDump(golden("standalone"))).to.deep.equal({
      sessions: ["0x100004f9e930000"],
      ephemerals: ["0x100004f9e930000: /rec/s0/eph"],
    });
    const leader = parseSessionDump(golden("leader"));
    expect(leader.sessions).to.have.lengthOf(4);
    expect(leader.ephemerals[3]).to.equal("0x400004fd0060000: /rec/s3/eph");
    expect(() => parseSessionDump("dump is not executed")).to.throw("this is no session dump");
  });

  it("tells what only one server knows", () => {
    const [one, other] = [parseSessionDump(golden("standalone")), { sessions: ["0x1"], ephemerals: [] }];
    expect(sessionDifferences([one, other], ["left", "right"])).to.deep.equal([
      "session 0x100004f9e930000: only at left",
      "session 0x1: only at right",
      "ephemerals of 0x100004f9e930000: /rec/s0/eph: only at left",
    ]);
    expect(sessionDifferences([one, one], ["left", "right"])).to.deep.equal([]);
  });
});
