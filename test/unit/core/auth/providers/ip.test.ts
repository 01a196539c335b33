import { expect } from "chai";
import { ipProvider } from "../../../../../src/core/auth/providers/ip.ts";

describe("ip provider", () => {
  // Each was put to IPAuthenticationProvider.isValid of Apache 3.9.5.
  const valid = [
    "127.0.0.1",
    "0.0.0.0/0",
    "10.0.0.0/32",
    "+1.-0.0007.255",
    "10.0.0.1/+8",
    "::",
    "::1/64",
    "fe80::1",
    "1:2:3:4:5:6:7:8/128",
    "1:2:3:4:5:6:7::",
    "::FFFF:0102:0304",
    "+f::-f",
  ];
  const invalid = [
    "",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.",
    "1.2.3.4/",
    "1.2.3.4/33",
    "1.2.3.4/-1",
    "1.2.3.4/8/8",
    "1.2.3.4 ",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4::5:6:7:8",
    "12345::",
    "g::",
    "::1/129",
    "::1.2.3.4",
    "fe80::1%eth0",
    "4294967297.0.0.1",
  ];
  for (const text of valid) it(`takes ${text}`, () => expect(ipProvider.isValid(text)).to.equal(true));
  for (const text of invalid) it(`refuses "${text}"`, () => expect(ipProvider.isValid(text)).to.equal(false));

  const matches: [string, string, boolean][] = [
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.2", "127.0.0.1", false],
    ["10.1.2.3", "10.0.0.0/8", true],
    ["11.1.2.3", "10.0.0.0/8", false],
    ["10.1.2.3", "10.9.9.9/0", true],
    ["10.1.255.3", "10.1.254.0/23", true],
    ["10.1.255.3", "10.1.254.0/24", false],
    ["::1", "::/0", true],
    ["::1", "0.0.0.0/0", false],
    ["1.2.3.4", "::/0", false],
    ["2001:db8::7", "2001:DB8:0:0:0:0:0:0/125", true],
    ["2001:db8::8", "2001:db8::/125", false],
    ["0:0:0:0:0:0:0:1", "::1", true],
    ["1.2.3.4", "1.2.3.4/33", false],
    ["fe80::1%2", "fe80::1", false],
  ];
  for (const [id, expression, expected] of matches) {
    it(`${id} ${expected ? "is in" : "is not in"} ${expression}`, () => {
      expect(ipProvider.matches(id, expression)).to.equal(expected);
    });
  }
});
