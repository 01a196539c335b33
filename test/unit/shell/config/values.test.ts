import { expect } from "chai";
import { ConfigNotices } from "../../../../src/shell/config/notices.ts";
import { collectSystemProperties, splitShellWords } from "../../../../src/shell/config/jvmFlags.ts";
import {
  decodeJavaInt,
  parseJavaDouble,
  parseJavaInt,
  parseJavaLong,
} from "../../../../src/shell/config/values.ts";

describe("numbers as Java reads them", () => {
  const cases: [string, number | undefined, number | undefined][] = [
    ["5", 5, 5],
    ["+5", 5, 5],
    ["-5", -5, -5],
    ["05", 5, 5],
    ["010", 10, 8],
    ["08", 8, undefined],
    ["0x1F", undefined, 31],
    ["#1f", undefined, 31],
    ["-0x10", undefined, -16],
    ["2147483647", 2147483647, 2147483647],
    ["2147483648", undefined, undefined],
    ["-2147483648", -2147483648, -2147483648],
    ["", undefined, undefined],
    ["-", undefined, undefined],
    [" 5", undefined, undefined],
    ["5.0", undefined, undefined],
    ["1e3", undefined, undefined],
  ];
  for (const [text, parsed, decoded] of cases) {
    it(JSON.stringify(text), () => {
      expect(parseJavaInt(text), "parseInt").to.equal(parsed);
      expect(decodeJavaInt(text), "decode").to.equal(decoded);
    });
  }

  it("longs as far as they are exact, doubles in their common forms", () => {
    expect(parseJavaLong("4294967296")).to.equal(4294967296);
    expect(parseJavaLong("9007199254740993")).to.equal(undefined);
    expect([" .5 ", "1.", "1e-3", "x", ""].map(parseJavaDouble)).to.deep.equal([
      0.5,
      1,
      0.001,
      undefined,
      undefined,
    ]);
  });
});

describe("JVM options", () => {
  const cases: [string, string[]][] = [
    ["", []],
    ["  -Da=1\t-Db=2\n", ["-Da=1", "-Db=2"]],
    [`-Da='x y' "-Db=c d" -De="f"g`, ["-Da=x y", "-Db=c d", "-De=fg"]],
    [`-Da=x\\ y -Db=C:\\dir -Dc=\\"q`, ["-Da=x y", "-Db=C:\\dir", '-Dc="q']],
    [`-Da="x \\" y"`, ['-Da=x " y']],
  ];
  for (const [text, words] of cases) {
    it(`${JSON.stringify(text)} splits`, () => expect(splitShellWords(text)).to.deep.equal(words));
  }

  it("the last -D word for a name wins; one without a value is empty", () => {
    const words = ["-Da=1", "-Db", "-Da=2=3"];
    const properties = collectSystemProperties([{ origin: "x", words }], new ConfigNotices());
    expect([...properties].map(([name, { value }]) => [name, value])).to.deep.equal([
      ["a", "2=3"],
      ["b", ""],
    ]);
  });
});
