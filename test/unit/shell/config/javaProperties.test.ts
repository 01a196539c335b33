import { expect } from "chai";
import fc from "fast-check";
import { parseJavaProperties, PropertiesSyntaxError } from "../../../../src/shell/config/javaProperties.ts";

function pairs(text: string): [string, string, number][] {
  return parseJavaProperties(Buffer.from(text, "latin1")).map(({ key, value, line }) => [key, value, line]);
}

describe("parseJavaProperties", () => {
  const cases: [string, string, [string, string, number][]][] = [
    ["plain", "a=b\n", [["a", "b", 1]]],
    ["no line end", "a=b", [["a", "b", 1]]],
    [
      "separators",
      "a:b\nc d\ne\t=\tf\ng  :  h\ni",
      [
        ["a", "b", 1],
        ["c", "d", 2],
        ["e", "f", 3],
        ["g", "h", 4],
        ["i", "", 5],
      ],
    ],
    [
      "only one separator is eaten",
      "a==b\nc : = d\ne = :f",
      [
        ["a", "=b", 1],
        ["c", "= d", 2],
        ["e", ":f", 3],
      ],
    ],
    [
      "comments and empty lines",
      "# x=y\n  ! z\n\n \t\n a = b # no comment here",
      [["a", "b # no comment here", 5]],
    ],
    [
      "line ends",
      "a=1\rb=2\r\nc=3\n",
      [
        ["a", "1", 1],
        ["b", "2", 2],
        ["c", "3", 3],
      ],
    ],
    [
      "continuation",
      "a=b\\\n   c\\\r\n\td\ne=f",
      [
        ["a", "bcd", 1],
        ["e", "f", 4],
      ],
    ],
    [
      "no continuation by an even number",
      "a=b\\\\\nc=d",
      [
        ["a", "b\\", 1],
        ["c", "d", 2],
      ],
    ],
    [
      "an empty line ends a continuation",
      "a=b\\\n\nc=d",
      [
        ["a", "b", 1],
        ["c", "d", 3],
      ],
    ],
    ["a continued line is no comment", "a=b\\\n#c", [["a", "b#c", 1]]],
    ["a comment is not continued", "#a\\\nb=c", [["b", "c", 2]]],
    ["continuation at the end of the file", "a=b\\", [["a", "b", 1]]],
    ["a comment after nothing but a backslash", "\\\n#c\na=b", [["a", "b", 3]]],
    ["a file of one backslash", "\\", [["", "", 1]]],
    ["continuation in the key", "a\\\nb=c", [["ab", "c", 1]]],
    ["escapes", "a\\=b\\ c=\\t\\n\\r\\f\\\\\\q\\:", [["a=b c", "\t\n\r\f\\q:", 1]]],
    ["unicode escapes", "\\u0061\\u00e4=\\u20AC", [["aä", "€", 1]]],
    ["bytes are Latin-1", "a=\xe4", [["a", "ä", 1]]],
    ["blanks at the end stay", "a=b  ", [["a", "b  ", 1]]],
    ["an empty key", "=b", [["", "b", 1]]],
    [
      "the later duplicate in the place of the first",
      "a=1\nb=2\na=3",
      [
        ["a", "3", 3],
        ["b", "2", 2],
      ],
    ],
  ];
  for (const [name, text, expected] of cases) {
    it(name, () => expect(pairs(text)).to.deep.equal(expected));
  }

  it("names the lines that a duplicate replaces", () => {
    const [entry] = parseJavaProperties(Buffer.from("a=1\na=2\na=3"));
    expect(entry.replacedLines).to.deep.equal([1, 2]);
  });

  for (const text of ["b=c\na=\\u12", "b=c\na=\\u12x4", "b=c\na\\u=1"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => pairs(text))
        .to.throw(PropertiesSyntaxError)
        .with.property("line", 2);
    });
  }

  it("gives back any key and value that were escaped", () => {
    const escape = (text: string) =>
      text.replace(/[^a-z]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (key, value) => {
        const text = `${escape(key)}=${escape(value)}`;
        expect(pairs(text)).to.deep.equal([[key, value, 1]]);
      }),
    );
  });
});
