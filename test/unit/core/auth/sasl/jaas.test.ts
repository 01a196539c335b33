import { expect } from "chai";
import { digestPasswords, parseJaas } from "../../../../../src/core/auth/sasl/jaas.ts";
import { JaasError } from "../../../../../src/core/auth/sasl/jaasError.ts";

const digestModule = "org.apache.zookeeper.server.auth.DigestLoginModule";

describe("parseJaas", () => {
  it("reads sections, entries and comments", () => {
    const text = `// top
# another
Server { /* of
clients */ ${digestModule} REQUIRED
  user_bob="bob\\"s \\\\ \\101" // here
  user_al=plain
  serviceName="zookeeper";
  com.sun.security.auth.module.Krb5LoginModule optional useKeyTab=true keyTab="/etc/zk.keytab";
};
"x.y"{org.Z sufficient;};`;
    const { sections, fileName } = parseJaas(text, "jaas.conf");
    expect(fileName).to.equal("jaas.conf");
    expect([...sections.keys()]).to.deep.equal(["Server", "x.y"]);
    const server = sections.get("Server") ?? [];
    expect(server.map(({ kind, flag, line }) => [kind, flag, line])).to.deep.equal([
      ["digest", "required", 4],
      ["kerberos", "optional", 8],
    ]);
    expect([...digestPasswords(server)]).to.deep.equal([
      ["bob", 'bob"s \\ A'],
      ["al", "plain"],
    ]);
    expect(sections.get("x.y")?.[0]).to.deep.include({ kind: "other", moduleClass: "org.Z", line: 10 });
  });

  it("takes an empty file, and an empty section for none", () => {
    expect(parseJaas("", "f").sections.size).to.equal(0);
    expect(parseJaas("/* */ // \n", "f").sections.size).to.equal(0);
    expect(parseJaas("Server { };", "f").sections.size).to.equal(0);
  });

  it("puts Java properties in", () => {
    const properties = new Map([["home", "/h"]]);
    const value = (text: string): string | undefined =>
      parseJaas(`S { m required a="${text}"; };`, "f", properties).sections.get("S")?.[0].options.get("a");
    expect(value("${home}${/}x")).to.equal("/h/x");
    expect(value("${{home}} ${open $")).to.equal("${{home}} ${open $");
    expect(() => value("secret${nope}")).to.throw(JaasError, /^f:1: found \$\{nope\}(?!.*secret)/);
  });

  const bad: [string, RegExp][] = [
    ["Server", /^f:1: found the end of the file, but wanted `\{` behind the name of a section$/],
    ["Server { m required a=b }", /^f:1: found "}", but wanted an option, or `;`/],
    ["Server {\n m needed;};", /^f:2: found "needed", but wanted a flag, one of required/],
    ["Server { m required a; };", /^f:1: found ";", but wanted `=` behind the option a$/],
    ["Server { m required a=; };", /^f:1: found ";", but wanted the value of a, in quotes/],
    ["Server { m required; }", /^f:1: found the end of the file, but wanted `;` behind the `}`/],
    [
      "Server { m required; };\nServer { m required; };",
      /^f:2: found "Server", but wanted each section once/,
    ],
    ['Server {\n\n m required a="x\n";};', /^f:3: found a quote \("\) without an end on its line/],
    ["\n/* open", /^f:2: found a comment without an end/],
    ["{", /^f:1: found "\{", but wanted the name of a section$/],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      expect(() => parseJaas(text, "f")).to.throw(JaasError, message));
  }
});
