import { expect } from "chai";
import { defaultAuthSettings } from "../../../../../src/core/auth/authSettings.ts";
import { DigestProvider } from "../../../../../src/core/auth/providers/digest.ts";
import { isX500Name } from "../../../../../src/core/auth/providers/x500Syntax.ts";
import { authorizedName, isKerberosName } from "../../../../../src/core/auth/sasl/kerberosName.ts";
import { nodeDigests } from "../nodeDigests.ts";

function table(title: string, check: (id: string) => boolean, valid: string[], invalid: string[]): void {
  describe(title, () => {
    for (const id of valid) it(`takes ${JSON.stringify(id)}`, () => expect(check(id)).to.equal(true));
    for (const id of invalid) it(`refuses ${JSON.stringify(id)}`, () => expect(check(id)).to.equal(false));
  });
}

const digest = new DigestProvider(nodeDigests, defaultAuthSettings.digestAlg, null);
table(
  "digest ids",
  (id) => digest.isValid(id),
  ["a:b", ":b", "a:b:", "a:b::", " : "],
  ["", "a", ":", "::", "a:", "a::", "a:b:c", "a::b", "::b"],
);

table(
  "sasl ids",
  isKerberosName,
  ["", "bob", "a/b", "a/b/c", "a@R", "a/h@R", "@", "/@", "a/@"],
  ["a@b@c", "a/b/c@R", "a@b/c", "@@"],
);

// Each was put to X500Principal of Java 17.
table(
  "x509 ids",
  isX500Name,
  [
    "",
    "CN=",
    "CN=a",
    "cn = a",
    "CN=a,O=b",
    "CN=a;O=b+OU=c",
    "OID.1.2.3=a",
    "2.5.4.3=a",
    'CN="a,b",O=c',
    "CN=a\\,b",
    "CN=a\\41",
    "CN=#0401aa",
    "CN=#04810161",
    "EMAILADDRESS=a@b",
    "DNQ=a",
    "CN=a=b",
    'CN=" a " ',
    "CN=\\01\\\\;",
    "CN=a\\\\+",
  ],
  [
    "bob",
    "=a",
    " ",
    "CN=a,",
    ",CN=a",
    "CN=a,,O=b",
    "CN=a+",
    "XX=a",
    "1=a",
    "1.40=a",
    "3.1=a",
    "CN=a\\",
    "CN=a\\z",
    'CN="a',
    'CN="a"b',
    'CN="a\\\\",O=b',
    "CN=a<b",
    "CN=#",
    "CN=#0",
    "CN=#0402aa",
    "CN=#0500 ",
  ],
);

describe("authorizedName", () => {
  const cases: [string, string, string | null][] = [
    ["bob", "bob", "bob"],
    ["bob", "alice", "bob"],
    ["bob@R", "bob@R", "bob@R"],
    ["bob@R", "alice", "alice"],
    ["bob@", "alice", "bob@"],
    ["a@b@c", "alice", null],
  ];
  for (const [name, requested, expected] of cases) {
    it(`${name} asking for ${requested} is ${expected}`, () => {
      expect(authorizedName(name, requested)).to.equal(expected);
    });
  }
});
