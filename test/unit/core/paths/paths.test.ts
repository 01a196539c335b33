import { expect } from "chai";
import fc from "fast-check";
import { sequenceSuffix, topNamespace, validatePath } from "../../../../src/core/paths/paths.ts";

describe("validatePath", () => {
  const good = ["/", "/a", "/a/b", "/a.", "/.a", "/...", "/a/..b", "/a/b..", "/a b", "/ ", "/a/.../b"];
  for (const path of good) {
    it(`takes ${JSON.stringify(path)}`, () => expect(validatePath(path)).to.equal(true));
  }

  const bad = [
    "",
    "a",
    "a/b",
    "//",
    "/a/",
    "/a//b",
    "//a",
    "/.",
    "/..",
    "/a/.",
    "/a/..",
    "/./a",
    "/../a",
    "/a/../b",
  ];
  for (const path of bad) {
    it(`refuses ${JSON.stringify(path)}`, () => expect(validatePath(path)).to.equal(false));
  }

  it("refuses null", () => expect(validatePath(null)).to.equal(false));

  it("refuses exactly the units of client.md section 9", () => {
    const refused: [number, number][] = [
      [0x0, 0x1f],
      [0x7f, 0x9f],
      [0xd800, 0xf8ff],
      [0xfff0, 0xffff],
    ];
    for (let unit = 0; unit <= 0xffff; unit++) {
      if (unit === 0x2f) continue;
      const expected = !refused.some(([first, last]) => unit >= first && unit <= last);
      const text = `/a${String.fromCharCode(unit)}b`;
      if (validatePath(text) !== expected) expect.fail(`U+${unit.toString(16)}: not ${expected}`);
    }
    expect(validatePath("/\u{1f600}")).to.equal(false);
  });

  it("agrees with a rule by components", () => {
    const path = fc
      .array(fc.constantFrom("/", ".", "a", "\0", "\u00a0"), { maxLength: 8 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(path, (text) => {
        const components = text.split("/").slice(1);
        const expected =
          text === "/" ||
          (text.startsWith("/") &&
            components.every((one) => one !== "" && one !== "." && one !== ".." && !one.includes("\0")));
        expect(validatePath(text)).to.equal(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe("sequenceSuffix", () => {
  // Printed by Java 17 with String.format(Locale.ENGLISH, "%010d", n).
  const recorded: [number, string][] = [
    [0, "0000000000"],
    [1, "0000000001"],
    [123456789, "0123456789"],
    [1234567890, "1234567890"],
    [2147483647, "2147483647"],
    [-2147483648, "-2147483648"],
    [-1234567890, "-1234567890"],
    [-123456789, "-123456789"],
    [-5, "-000000005"],
    [-1, "-000000001"],
  ];
  for (const [cversion, suffix] of recorded) {
    it(`of ${cversion} is ${suffix}`, () => expect(sequenceSuffix(cversion)).to.equal(suffix));
  }
});

describe("topNamespace", () => {
  const namespaces: [string, string | null][] = [
    ["/a", "a"],
    ["/a/b", "a"],
    ["/", null],
    ["", null],
    ["//", null],
    ["a", null],
    ["a/b/c", "b"],
    ["//a", ""],
    ["/a/", "a"],
  ];
  for (const [path, namespace] of namespaces) {
    it(`of ${JSON.stringify(path)} is ${JSON.stringify(namespace)}`, () => {
      expect(topNamespace(path)).to.equal(namespace);
    });
  }
});
