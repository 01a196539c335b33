import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { loadConfig, type LoadedConfig } from "../../../../src/shell/config/config.ts";

const module = "org.apache.zookeeper.server.auth.DigestLoginModule required";
const both = `QuorumServer { ${module} user_member="secret"; };\nQuorumLearner { ${module} username="member" password="secret"; };`;
const enabled = "quorum.auth.enableSasl=true\nfips-mode=false\n";
const required = `${enabled}quorum.auth.learnerRequireSasl=true\nquorum.auth.serverRequireSasl=true\n`;

describe("how servers know each other", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zabra-quorum-security-"));
    writeFileSync(join(folder, "myid"), "1");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** @param jaas Null: the configuration names no file. */
  function load(text: string, { host = "127.0.0.1", jaas = both as string | null } = {}): LoadedConfig {
    const file = join(folder, "zoo.cfg");
    const lines = [1, 2, 3].map((sid) => `server.${sid}=${host}:${sid * 2}:${sid * 2 + 1}`);
    if (jaas !== null) {
      writeFileSync(join(folder, "jaas"), jaas);
      lines.push(`java.security.auth.login.config=${join(folder, "jaas")}`);
    }
    const usual = `dataDir=${folder}\nclientPort=2181\ninitLimit=5\nsyncLimit=5\n`;
    writeFileSync(file, `${usual}${lines.join("\n")}\n${text}`);
    return loadConfig({ file });
  }

  it("is not asked unless somebody says so", () => {
    const { ensemble } = load("ssl.quorum.keyStore.location=/k.pem").config;
    expect([ensemble?.tls, ensemble?.sasl]).to.deep.equal([null, null]);
  });

  it("is read from ssl.quorum.*, with other defaults than the client port's", () => {
    const tls = load(
      "sslQuorum=true\nsslQuorumReloadCertFiles=true\nssl.quorum.keyStore.location=/k.p12\nssl.quorum.keyStore.password=p\n" +
        "ssl.quorum.clientAuth=want\nssl.quorum.handshakeDetectionTimeoutMillis=9\nssl.keyStore.location=/other",
    ).config.ensemble?.tls;
    expect(tls).to.deep.include({ dials: true, takesPlain: false, reload: true });
    expect(tls?.settings).to.deep.include({
      prefix: "ssl.quorum.",
      keyStore: { location: "/k.p12", password: "p", passwordPath: undefined, type: undefined },
      clientAuth: "want",
      handshakeDetectionTimeoutMs: 9,
      hostnameVerification: true,
      clientHostnameVerification: true,
      allowReverseDnsLookup: true,
    });
    const unified = load("portUnification=true").config.ensemble?.tls;
    expect(unified).to.deep.include({ dials: false, takesPlain: true });
  });

  it("is read from the sections of the JAAS file", () => {
    const users = new Map([["member", "secret"]]);
    const learner = { user: "member", password: "secret" };
    expect(load(enabled).config.ensemble?.sasl).to.deep.equal({ learner: null, users, isRequired: false });
    expect(load(required).config.ensemble?.sasl).to.deep.equal({ learner, users, isRequired: true });
    const jaas = both.replace("QuorumServer", "Ours").replace("QuorumLearner", "Mine");
    const names = "quorum.auth.server.saslLoginContext=Ours\nquorum.auth.learner.saslLoginContext=Mine\n";
    expect(load(names + required, { jaas }).config.ensemble?.sasl).to.deep.equal({
      learner,
      users,
      isRequired: true,
    });
  });

  it("is no matter of fips-mode for those that log in nowhere", () => {
    expect(load("quorum.auth.enableSasl=true").config.ensemble?.sasl?.learner).to.equal(null);
  });

  const open = /others can reach the ports 2 and 3 of server\.1.*neither certificates .* nor logins/;
  for (const [text, warns] of [
    ["", true],
    ["sslQuorum=true\nportUnification=true", true],
    ["portUnification=true", true],
    ["sslQuorum=true", false],
    ["sslQuorum=true\nssl.quorum.clientAuth=need", false],
    ["sslQuorum=true\nssl.quorum.clientAuth=WANT", true],
    ["sslQuorum=true\nssl.quorum.clientAuth=none", true],
    [enabled, true],
    [`${enabled}quorum.auth.learnerRequireSasl=true`, true],
    [required, false],
  ] as const) {
    it(`${warns ? "warns" : "does not warn"} of ports that others can reach with ${JSON.stringify(text)}`, () => {
      const { warnings } = load(text, { host: "192.0.2.1" });
      expect(warnings.filter((warning) => open.test(warning))).to.have.length(warns ? 1 : 0);
      expect(
        load(text).warnings.filter((warning) => open.test(warning)),
        "on the loopback",
      ).to.deep.equal([]);
    });
  }

  for (const [name, text, jaas, message] of [
    ["without a JAAS file", enabled, null, /enableSasl=true: needs java\.security\.auth\.login\.config/],
    ["without the server's section", enabled, both.replace("QuorumServer", "X"), /no section QuorumServer/],
    [
      "without the learner's section",
      required,
      both.replace("QuorumLearner", "X"),
      /no section QuorumLearner/,
    ],
    ["without users", enabled, both.replace("user_member", "x"), /QuorumServer has no user_<name>/],
    ["without a name to log in by", required, both.replace("username", "x"), /no username and password/],
    [
      "with Kerberos",
      enabled,
      both.replace(module, "com.sun.security.auth.module.Krb5LoginModule required"),
      /QuorumServer logs in by Kerberos, which does not exist here/,
    ],
    [
      "with a class",
      enabled,
      both.replace(module, "my.Module required"),
      /line 1: the class my\.Module cannot run/,
    ],
    ["that does not parse", enabled, "QuorumServer {", /jaas:1: found the end of the file/],
    [
      "in fips-mode, which is the default",
      required.replace("fips-mode=false", ""),
      both,
      /learnerRequireSasl=true: .*set fips-mode=false/,
    ],
  ] as const) {
    it(`refuses logins ${name}`, () => {
      expect(() => load(text, { jaas }))
        .to.throw(message)
        .and.not.match(/secret/);
    });
  }
});
