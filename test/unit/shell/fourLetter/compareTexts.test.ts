import { expect } from "chai";
import { firstDifference } from "../../../../compat/fourletter/compareTexts.ts";
import { goldenText } from "../../../support/golden.ts";

const recorded = (word: string): string => goldenText(`4lw/standalone/${word}.txt`);

describe("firstDifference of compat/fourletter", () => {
  it("finds none in a recording from elsewhere: other ports, sessions, times, order of connections", () => {
    const cons = recorded("cons").split("\n");
    const other = [cons[1], cons[0], "", ""]
      .join("\n")
      .replaceAll("<PEER_PORT>", "40123")
      .replace("0x100004f", "0x200004a");
    expect(firstDifference("cons", recorded("cons"), other)).to.equal(null);
    const dump = recorded("dump").replace(
      /^1 expire at .* 2026:\n(\tip: .*)\n1 expire at .*$/m,
      "2 expire at Mon Jan 01 00:00:00 CET 2024:\n$1",
    );
    expect(dump).not.to.equal(recorded("dump"));
    expect(firstDifference("dump", recorded("dump"), dump)).to.equal(null);
  });

  const changes: [word: string, from: string | RegExp, to: string][] = [
    ["mntr", /(zk_ephemerals_count.*\n)(zk_num_alive_connections.*\n)/, "$2$1"],
    ["mntr", "zk_connection_drop_probability\t0.0", "zk_connection_drop_probability\t0"],
    ["mntr", /zk_sum_rec_write_per_namespace.*\n/, ""],
    ["srvr", "3.9.5", "3.9.4"],
    ["srvr", "Mode: standalone\n", ""],
    ["cons", "lop=GETD", "lop=GETC"],
    ["cons", ",lcxid=0x3b", ""],
    ["dump", "\t/rec/s0/eph\n", ""],
    ["dump", /\tip: .*\n/, ""],
    ["wchs", "watching 2", "watching 3"],
    ["isro", "rw", "rw\n"],
    ["conf", "tickTime=", "ticktime="],
    ["envi", "user.dir=", "user.directory="],
  ];
  for (const [word, from, to] of changes) {
    it(`sees a change of ${word}: ${JSON.stringify(String(from))} to ${JSON.stringify(to)}`, () => {
      const changed = recorded(word).replace(from, to);
      expect(changed).not.to.equal(recorded(word));
      expect(firstDifference(word, recorded(word), changed)).not.to.equal(null);
    });
  }
});
