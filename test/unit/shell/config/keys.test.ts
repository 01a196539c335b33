import { readFileSync } from "node:fs";
import { expect } from "chai";
import { DOCUMENTED_ALIASES } from "../../../../src/shell/config/keyAliases.ts";
import { findKey, isForeignKey, KEYS, knownKey, propertyName } from "../../../../src/shell/config/keys.ts";

const golden = readFileSync(new URL("../../../golden/keys.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1);

describe("the table of keys", () => {
  it("has every row of keys.tsv and no other", () => {
    const rows = KEYS.map((key) => [key.name, key.kind, key.defaultText, key.keyClass].join("\t"));
    expect(rows.toSorted()).to.deep.equal(golden.toSorted());
  });

  it("gives a reason for every key that is refused or without effect", () => {
    const silent = KEYS.filter(
      (key) => (key.keyClass === "W" || key.keyClass === "R") && key.reason === undefined,
    );
    expect(silent.map((key) => key.name)).to.deep.equal([]);
  });

  it("marks passwords and digests as secret, not the path of a password", () => {
    const secrets = KEYS.filter((key) => key.secret).map((key) => key.name);
    expect(secrets.toSorted()).to.deep.equal([
      "DigestAuthenticationProvider.superDigest",
      "SASLAuthenticationProvider.superPassword",
      "ssl.keyStore.password",
      "ssl.quorum.keyStore.password",
      "ssl.quorum.trustStore.password",
      "ssl.trustStore.password",
    ]);
  });

  it("knows the keys that stand for many", () => {
    expect(findKey("server.3")?.name).to.equal("server.N");
    expect(findKey("group.1")?.name).to.equal("group.N");
    expect(findKey("weight.1")?.name).to.equal("weight.N");
    expect(findKey("authProvider.sasl")?.name).to.equal("authProvider.X");
    expect(findKey("serverX")).to.equal(undefined);
  });

  it("tells a server's keys from other names", () => {
    expect(findKey("clientPortAddress")?.kind).to.equal("cfg");
    expect(findKey("sasl.client")).to.equal(undefined);
    expect(isForeignKey("sasl.client")).to.equal(true);
    expect(isForeignKey("clientPort")).to.equal(false);
  });

  it("names the property", () => {
    expect(propertyName(knownKey("snapCount"))).to.equal("zookeeper.snapCount");
    expect(propertyName(knownKey("jute.maxbuffer"))).to.equal("jute.maxbuffer");
    expect(propertyName(knownKey("authProvider.1"), "authProvider.1")).to.equal("zookeeper.authProvider.1");
  });

  it("leads every documented alias to a property, and none is itself a key", () => {
    for (const [alias, name] of DOCUMENTED_ALIASES) {
      expect(findKey(name)?.kind, name).to.equal("prop");
      expect(findKey(alias), alias).to.equal(undefined);
    }
  });
});
