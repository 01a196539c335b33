import { expect } from "chai";
import fc from "fast-check";
import { parseWhitelist } from "../../../../src/shell/fourLetter/whitelist.ts";
import { FOUR_LETTER_WORDS, wordOf } from "../../../../src/shell/fourLetter/words.ts";

describe("wordOf", () => {
  it("knows the 18 words by the int of their bytes", () => {
    expect(FOUR_LETTER_WORDS).to.have.length(18);
    for (const word of FOUR_LETTER_WORDS) expect(wordOf(Buffer.from(word).readInt32BE())).to.equal(word);
  });

  it("knows telnet's interrupt, signed and unsigned", () => {
    expect(wordOf(0xfff4fffd)).to.equal("telnet close");
    expect(wordOf(0xfff4fffd | 0)).to.equal("telnet close");
  });

  it("takes other case, other orders and lengths for no word", () => {
    for (const text of ["RUOK", "kour", "ruo\n"])
      expect(wordOf(Buffer.from(text).readInt32BE()), text).to.equal(null);
    fc.assert(fc.property(fc.integer({ min: 0, max: 0xfffff }), (length) => wordOf(length) === null));
  });
});

describe("parseWhitelist", () => {
  const cases: [list: string | null, readOnly: boolean, enabled: string[]][] = [
    [null, false, ["srvr"]],
    ["", false, ["srvr"]],
    [" ruok , stat,", false, ["ruok", "srvr", "stat"]],
    ["ruok", true, ["isro", "ruok", "srvr"]],
    ["nope", false, ["nope", "srvr"]],
    ["ruok, *", false, [...FOUR_LETTER_WORDS, "telnet close"]],
  ];
  for (const [list, readOnly, enabled] of cases) {
    it(`${list === null ? "unset" : `"${list}"`}${readOnly ? " in read-only mode" : ""}`, () => {
      expect([...parseWhitelist(list, readOnly)]).to.have.members(enabled);
    });
  }
});
