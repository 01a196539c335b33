import { expect } from "chai";
import { AccessControl } from "../../../../src/core/auth/accessControl.ts";
import { withAuthIds, type AuthId } from "../../../../src/core/auth/authId.ts";
import { type AuthSettings, defaultAuthSettings } from "../../../../src/core/auth/authSettings.ts";
import { Perms } from "../../../../protocol/flags.ts";
import type { ACL } from "../../../../protocol/records/client.ts";
import { nodeDigests } from "./nodeDigests.ts";

const className = (name: string): string => `org.apache.zookeeper.server.auth.${name}AuthenticationProvider`;
const registered = ["SASL", "X509", "Ensemble"].map((name) => ({
  key: `authProvider.${name}`,
  className: className(name),
}));

function access(settings: Partial<AuthSettings> = {}): AccessControl {
  return new AccessControl({ ...defaultAuthSettings, ...settings }, nodeDigests);
}

/** `scheme:id` or `scheme:id/perms`; `-` stands for null. */
function entry(scheme: string | null, id: string | null, perms: number = Perms.ALL): ACL {
  return { perms, id: { scheme, id } };
}

const ip: AuthId = { scheme: "ip", id: "127.0.0.1" };
const bob: AuthId = { scheme: "digest", id: "bob:x" };
const saslBob: AuthId = { scheme: "sasl", id: "bob" };
const superId: AuthId = { scheme: "super", id: "" };

describe("AccessControl.allows", () => {
  const table: [string, ACL[], number, AuthId[], boolean, Partial<AuthSettings>?][] = [
    ["an empty list", [], Perms.READ, [], true],
    ["world:anyone with the bit", [entry("world", "anyone", Perms.READ)], Perms.READ, [], true],
    ["world:anyone without the bit", [entry("world", "anyone", Perms.READ)], Perms.WRITE, [ip], false],
    ["one of two wanted bits", [entry("world", "anyone", Perms.ADMIN)], Perms.READ | Perms.ADMIN, [], true],
    ["perms 0", [entry("world", "anyone", 0)], Perms.READ, [ip], false],
    ["perms -1", [entry("world", "anyone", -1)], Perms.ADMIN, [], true],
    ["world:other", [entry("world", "other")], Perms.READ, [ip], false],
    ["the same digest id", [entry("digest", "bob:x")], Perms.READ, [ip, bob], true],
    ["the same digest id without the bit", [entry("digest", "bob:x", Perms.READ)], Perms.WRITE, [bob], false],
    ["another digest id", [entry("digest", "bob:y")], Perms.READ, [ip, bob], false],
    ["the same text, other scheme", [entry("ip", "bob:x")], Perms.READ, [ip, bob], false],
    ["digest switched off", [entry("digest", "bob:x")], Perms.READ, [bob], false, { digestEnabled: false }],
    ["a super id", [entry("digest", "bob:y", 0)], Perms.READ, [ip, superId], true],
    ["skipACL", [entry("digest", "bob:y")], Perms.READ, [], true, { skipAcl: true }],
    ["an address", [entry("ip", "127.0.0.0/8")], Perms.READ, [ip], true],
    ["another address", [entry("ip", "128.0.0.0/8")], Perms.READ, [ip], false],
    ["sasl without provider", [entry("sasl", "bob")], Perms.READ, [saslBob], false],
    ["sasl", [entry("sasl", "bob")], Perms.READ, [saslBob], true, { registeredProviders: registered }],
    [
      "sasl user super",
      [entry("sasl", "al")],
      Perms.READ,
      [{ scheme: "sasl", id: "super" }],
      true,
      { registeredProviders: registered },
    ],
    [
      "letAnySaslUserDoX",
      [entry("sasl", "any")],
      Perms.READ,
      [saslBob],
      true,
      { registeredProviders: registered, letAnySaslUserDoX: "any" },
    ],
    [
      "the x509 super user",
      [entry("x509", "CN=a")],
      Perms.READ,
      [{ scheme: "x509", id: "CN=root" }],
      true,
      { registeredProviders: registered, x509SuperUser: "CN=root" },
    ],
    ["null in a stored entry", [entry("digest", null), entry(null, "a")], Perms.READ, [ip, bob], false],
  ];
  for (const [title, acl, perms, ids, expected, settings] of table) {
    it(`${expected ? "grants" : "denies"}: ${title}`, () => {
      expect(access(settings).allows(acl, perms, ids)).to.equal(expected);
    });
  }
});

describe("AccessControl.fixAcl", () => {
  const all: Partial<AuthSettings> = { registeredProviders: registered };
  const good: [string, ACL[], AuthId[], ACL[]][] = [
    ["world:anyone", [entry("world", "anyone", 64)], [], [entry("world", "anyone", 64)]],
    [
      "repeats",
      [entry("world", "anyone"), entry("digest", "a:b"), entry("world", "anyone")],
      [],
      [entry("world", "anyone"), entry("digest", "a:b")],
    ],
    [
      "the same id with other perms",
      [entry("digest", "a:b", 1), entry("digest", "a:b", 2)],
      [],
      [entry("digest", "a:b", 1), entry("digest", "a:b", 2)],
    ],
    [
      "auth",
      [entry("auth", null, 3)],
      [ip, bob, superId, saslBob],
      [entry("digest", "bob:x", 3), entry("sasl", "bob", 3)],
    ],
    [
      "auth beside the entry it becomes",
      [entry("digest", "bob:x"), entry("auth", "")],
      [bob],
      [entry("digest", "bob:x"), entry("digest", "bob:x")],
    ],
    ["an empty sasl name", [entry("sasl", "")], [], [entry("sasl", "")]],
    ["an x509 name", [entry("x509", "CN=a,O=b")], [], [entry("x509", "CN=a,O=b")]],
  ];
  for (const [title, acl, ids, expected] of good) {
    it(`accepts ${title}`, () => expect(access(all).fixAcl(acl, ids)).to.deep.equal(expected));
  }

  const bad: [string, ACL[] | null, AuthId[], number][] = [
    ["a null list", null, [], -114],
    ["an empty list", [], [], -114],
    ["a null scheme", [entry(null, "a")], [], -114],
    ["a null scheme after an entry with its perms", [entry("world", "anyone"), entry(null, "a")], [], -5],
    ["a null scheme after other perms", [entry("world", "anyone", 1), entry(null, "a", 2)], [], -114],
    ["a null id after its scheme", [entry("auth", ""), entry("auth", null)], [bob], -5],
    ["world:other", [entry("world", "other")], [], -114],
    ["world with a null id", [entry("world", null)], [], -5],
    ["auth with the address only", [entry("auth", "")], [ip], -114],
    ["auth with super only", [entry("auth", "")], [ip, superId], -114],
    ["digest with a null id", [entry("digest", null)], [], -5],
    ["ip with a null id", [entry("ip", null)], [], -5],
    ["digest without a colon", [entry("digest", "a")], [], -114],
    ["a host name", [entry("ip", "localhost")], [], -114],
    ["super", [entry("super", "")], [superId], -114],
    ["an unknown scheme", [entry("foo", "a")], [], -114],
    ["an unknown scheme with a null id", [entry("foo", null)], [], -114],
    ["ensemble", [entry("ensemble", "a")], [], -114],
    ["a sasl name with two @", [entry("sasl", "a@b@c")], [], -114],
    ["no X.500 name", [entry("x509", "bob")], [], -114],
    ["a good and a bad entry", [entry("world", "anyone"), entry("ip", "")], [], -114],
  ];
  for (const [title, acl, ids, expected] of bad) {
    it(`answers ${expected} to ${title}`, () => expect(access(all).fixAcl(acl, ids)).to.equal(expected));
  }

  it("refuses sasl and x509 entries without their providers, and an empty list with skipACL", () => {
    expect(access().fixAcl([entry("sasl", "bob")], [saslBob])).to.equal(-114);
    expect(access().fixAcl([entry("auth", "")], [saslBob])).to.equal(-114);
    expect(access().fixAcl([entry("x509", "CN=a")], [])).to.equal(-114);
    expect(access({ skipAcl: true }).fixAcl([], [])).to.equal(-114);
  });
});

describe("AccessControl.mask and userName", () => {
  it("hides digest hashes only, from the first colon on", () => {
    const acl = [
      entry("digest", "a:b:c", 1),
      entry("sasl", "a:b", 2),
      entry("digest", "a", 3),
      entry("digest", null),
    ];
    expect(access().mask(acl)).to.deep.equal([entry("digest", "a:x", 1), ...acl.slice(1)]);
  });

  it("names users by scheme", () => {
    expect(access().userName(bob)).to.equal("bob");
    expect(access().userName(ip)).to.equal("127.0.0.1");
    expect(access().userName(superId)).to.equal(null);
    expect(access().userName(saslBob)).to.equal(null);
    expect(access({ registeredProviders: registered }).userName(saslBob)).to.equal("bob");
  });
});

describe("AccessControl.authenticate", () => {
  const connection = { remoteAddress: "127.0.0.1", authIds: [ip] };
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  const superHash = "super:D/InIHSb7yEEbrWz8b9l71RjZJU=";

  it("refuses schemes without a provider, sasl, and null data for digest", () => {
    for (const scheme of [null, "", "world", "auth", "super", "sasl", "x509", "ensemble", "foo"]) {
      expect(access().authenticate(scheme, bytes("a"), connection), String(scheme)).to.deep.equal({
        ok: false,
      });
    }
    expect(access().authenticate("digest", null, connection)).to.deep.equal({ ok: false });
    const full = access({ registeredProviders: registered });
    expect(full.authenticate("sasl", bytes("a"), connection)).to.deep.equal({ ok: false });
    expect(full.authenticate("x509", bytes("a"), connection)).to.deep.equal({ ok: false });
  });

  it("accepts ip with anything, adding nothing", () => {
    for (const data of [null, bytes("10.0.0.1")]) {
      expect(access().authenticate("ip", data, connection)).to.deep.equal({ ok: true, add: [] });
    }
  });

  const digests: [string, string, string?][] = [
    ["super:test", superHash],
    ["bob", "bob:SBgazSKz7a68ikR4aKfffOYpkgo="],
    ["", ":2jmj7l5rSw0yVb/vlWAYkK/YBwk="],
    ["super:test", "super:cRy/KPYuDpW/dtsepniTMpuiuupnWgdU9txltIfv3hA=", "SHA3-256"],
  ];
  for (const [text, expected, digestAlg] of digests) {
    it(`gives ${expected} for ${JSON.stringify(text)}`, () => {
      const settings = digestAlg === undefined ? {} : { digestAlg };
      const result = access(settings).authenticate("digest", bytes(text), connection);
      expect(result.ok && result.add.map(({ id }) => id)).to.deep.equal([expected]);
    });
  }

  it("adds super for the super digest, and nothing twice", () => {
    const control = access({ superDigest: superHash });
    const first = control.authenticate("digest", bytes("super:test"), connection);
    const digestId = { scheme: "digest", id: superHash };
    expect(first).to.deep.equal({ ok: true, add: [superId, digestId] });
    const again = { ...connection, authIds: [ip, superId, digestId] };
    expect(control.authenticate("digest", bytes("super:test"), again)).to.deep.equal({ ok: true, add: [] });
  });

  it("hashes malformed text as what it was read as", () => {
    const broken = access().authenticate("digest", new Uint8Array([0xff]), connection);
    expect(broken).to.deep.equal(access().authenticate("digest", bytes("\ufffd"), connection));
  });

  it("lets ensemble names pass, or cuts the connection without a word", () => {
    const control = access({ registeredProviders: registered, ensembleAuthNames: ["a", "b"] });
    expect(control.authenticate("ensemble", bytes("b"), connection)).to.include({ ok: true });
    expect(control.authenticate("ensemble", null, connection)).to.include({ metric: "ensembleAuthSkip" });
    expect(control.authenticate("ensemble", bytes("c"), connection)).to.deep.equal({
      ok: false,
      silent: true,
      metric: "ensembleAuthFail",
    });
    const open = access({ registeredProviders: registered });
    expect(open.authenticate("ensemble", bytes("c"), connection)).to.include({ ok: true });
  });
});

describe("authentication settings", () => {
  it("refuses unknown classes and hash functions by name", () => {
    const provider = (name: string): Partial<AuthSettings> => ({
      registeredProviders: [{ key: "authProvider.1", className: name }],
    });
    expect(() => access(provider("com.example.Own"))).to.throw(/authProvider\.1.*com\.example\.Own/);
    expect(() => access(provider(className("Key")))).to.throw(/authProvider\.1.*\/key/);
    expect(() => access({ digestAlg: "SHA9" })).to.throw(/digestAlg.*SHA9/);
    expect(access({ digestAlg: "SHA9", digestEnabled: false }).hasScheme("digest")).to.equal(false);
    expect(access(provider(className("SASL"))).hasScheme("sasl")).to.equal(true);
  });
});

describe("withAuthIds", () => {
  it("returns the same array when nothing is new", () => {
    const ids = [ip, bob];
    expect(withAuthIds(ids, [{ ...bob }])).to.equal(ids);
    expect(withAuthIds(ids, [superId, superId])).to.have.deep.members([ip, bob, superId]);
  });

  // Recorded with Java 17: a set on a ConcurrentHashMap of Apache's Id, the ip first, then user0, user1 and so on.
  for (const [last, order] of [
    [4, "1 0 ip 3 2 4"],
    [10, "7 6 9 8 10 1 0 ip 3 2 5 4"],
    [11, "7 6 9 8 11 10 1 0 ip 3 2 5 4"],
    [29, "7 28 6 29 9 26 8 27 24 25 22 23 20 21 1 0 ip 3 2 5 4 17 18 15 16 13 14 11 12 10 19"],
  ] as const)
    it(`keeps the order of Apache's set with ${last + 2} identities`, () => {
      let ids: readonly AuthId[] = [ip];
      for (let i = 0; i <= last; i++) ids = withAuthIds(ids, [{ scheme: "digest", id: `user${i}` }]);
      const shown = ids.map(({ scheme, id }) => (scheme === "ip" ? "ip" : id.slice(4)));
      expect(shown.join(" ")).to.equal(order);
    });
});
