import { readFileSync } from "node:fs";
import { createSecureContext, getCiphers } from "node:tls";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { DEFAULT_CIPHERSUITES, toOpensslSuites } from "../../../../src/shell/tls/cipherSuites.ts";
import { buildSecureContextOptions } from "../../../../src/shell/tls/secureContext.ts";
import type { TlsServerOptions } from "../../../../src/shell/tls/secureContext.ts";
import { protocolOptions } from "../../../../src/shell/tls/tlsProtocols.ts";
import { defaultTlsSettings } from "../../../../src/shell/tls/tlsSettings.ts";
import type { TlsPrefix, TlsSettings } from "../../../../src/shell/tls/tlsSettings.ts";

const folder = fileURLToPath(new URL("../../../fixtures/tls/", import.meta.url));

function build(settings: Partial<TlsSettings>, prefix: TlsPrefix = "ssl."): TlsServerOptions {
  const stores = {
    keyStore: { location: `${folder}server.pem` },
    trustStore: { location: `${folder}ca.pem` },
  };
  return buildSecureContextOptions({ ...defaultTlsSettings(prefix), ...stores, ...settings }, (path) =>
    readFileSync(path),
  );
}

describe("buildSecureContextOptions", () => {
  it("has Apache's defaults", () => {
    const { context, clientAuth, warnings } = build({});
    expect(clientAuth).to.equal("NEED");
    expect(warnings).to.deep.equal([]);
    expect(context).to.include({ minVersion: "TLSv1.3", maxVersion: "TLSv1.3", honorCipherOrder: true });
    expect(context.allowPartialTrustChain).to.equal(false);
    createSecureContext(context);
  });

  it("presents each kind of key", () => {
    const { context } = build({ keyStore: { location: `${folder}two-keys.p12`, password: "changeit" } });
    expect(context.key).to.have.length(2);
    createSecureContext(context);
  });

  it("warns when nobody can be trusted", () => {
    expect(build({ trustStore: undefined }).warnings.join()).to.include("ssl.trustStore.location is not set");
    expect(build({ trustStore: undefined, clientAuth: "none" }).warnings).to.deep.equal([]);
  });

  const protocols: [TlsPrefix, Partial<TlsSettings>, string, string, number][] = [
    ["ssl.", {}, "TLSv1.3", "TLSv1.3", 0],
    ["ssl.", { protocol: "TLSv1.2" }, "TLSv1.2", "TLSv1.2", 0],
    ["ssl.", { enabledProtocols: "TLSv1.2,TLSv1.3" }, "TLSv1.2", "TLSv1.3", 0],
    ["ssl.", { enabledProtocols: "TLSv1.3,TLSv1.1,TLSv1" }, "TLSv1.3", "TLSv1.3", 2],
    ["ssl.", { protocol: "TLSv1.2", enabledProtocols: "TLSv1.3" }, "TLSv1.3", "TLSv1.3", 0],
    ["ssl.quorum.", {}, "TLSv1.2", "TLSv1.3", 0],
    ["ssl.quorum.", { protocol: "TLSv1.3" }, "TLSv1.2", "TLSv1.3", 0],
    ["ssl.quorum.", { protocol: "TLSv1.2" }, "TLSv1.2", "TLSv1.2", 0],
  ];
  for (const [prefix, settings, minVersion, maxVersion, warnings] of protocols) {
    it(`${prefix} ${JSON.stringify(settings)} means ${minVersion} to ${maxVersion}`, () => {
      const options = protocolOptions({ ...defaultTlsSettings(prefix), ...settings });
      expect(options).to.include({ minVersion, maxVersion });
      expect(options.warnings).to.have.length(warnings);
    });
  }

  const refused: [Partial<TlsSettings>, string][] = [
    [{ keyStore: undefined }, "ssl.keyStore.location is not set"],
    [{ crl: true }, "ssl.crl=true"],
    [{ ocsp: true }, "ssl.ocsp=true"],
    [{ authProvider: "mine" }, "ssl.authProvider=mine"],
    [{ clientAuth: "MAYBE" }, "use NEED, WANT or NONE"],
    [{ protocol: "TLSv9" }, 'the protocol "TLSv9" is unknown'],
    [{ enabledProtocols: "TLSv1.2, TLSv1.3" }, "no blanks"],
    [{ enabledProtocols: "" }, "ssl.enabledProtocols="],
    [{ enabledProtocols: "TLSv1,SSLv3" }, "only protocols that are switched off"],
    [{ ciphersuites: "TLS_RSA_WITH_RC4_128_SHA" }, "TLS_RSA_WITH_RC4_128_SHA is unknown"],
    [{ ciphersuites: "ECDHE-RSA-AES128-SHA" }, "names are the JVM's"],
    [{ ciphersuites: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" }, "none of its suites fits"],
    [{ protocol: "TLSv1.2", ciphersuites: "TLS_AES_256_GCM_SHA384" }, "none of its suites fits"],
  ];
  for (const [settings, text] of refused) {
    it(`refuses ${JSON.stringify(settings)}`, () => expect(() => build(settings)).to.throw(text));
  }

  it("takes the names in any case that Apache takes", () => {
    expect(build({ authProvider: "x509", clientAuth: "wAnT" }).clientAuth).to.equal("WANT");
    expect(build({ authProvider: "", clientAuth: "" }).clientAuth).to.equal("NEED");
  });
});

describe("toOpensslSuites", () => {
  const known = new Set(getCiphers().map((name) => name.toUpperCase()));

  it("knows Apache's default list, in its order", () => {
    const { tls13, tls12 } = toOpensslSuites(DEFAULT_CIPHERSUITES, "x");
    expect(tls12).to.have.length(12);
    expect(tls12.slice(0, 5)).to.deep.equal([
      "ECDHE-ECDSA-AES128-GCM-SHA256",
      "ECDHE-RSA-AES128-GCM-SHA256",
      "ECDHE-ECDSA-AES256-GCM-SHA384",
      "ECDHE-RSA-AES256-GCM-SHA384",
      "ECDHE-ECDSA-AES128-SHA256",
    ]);
    expect(tls13).to.deep.equal([
      "TLS_AES_256_GCM_SHA384",
      "TLS_AES_128_GCM_SHA256",
      "TLS_CHACHA20_POLY1305_SHA256",
    ]);
    for (const name of [...tls13, ...tls12]) expect(known).to.include(name);
  });

  it("translates to names that OpenSSL has, or refuses", () => {
    let translated = 0;
    for (const keyExchange of ["ECDHE_ECDSA", "ECDHE_RSA", "DHE_RSA", "RSA", "ECDH_RSA", "DHE_DSS"]) {
      for (const cipher of (
        "AES_128_GCM_SHA256 AES_256_GCM_SHA384 CHACHA20_POLY1305_SHA256 AES_128_CBC_SHA256 AES_256_CBC_SHA384 " +
        "AES_256_CBC_SHA256 AES_128_CBC_SHA AES_256_CBC_SHA 3DES_EDE_CBC_SHA"
      ).split(" ")) {
        try {
          const { tls12 } = toOpensslSuites([`TLS_${keyExchange}_WITH_${cipher}`], "x");
          expect(known).to.include(tls12[0]);
          translated++;
        } catch (error) {
          expect(String(error)).to.include("cipher suite TLS_");
        }
      }
    }
    expect(translated).to.equal(27);
  });

  it("passes over the signalling value", () => {
    expect(toOpensslSuites(["TLS_EMPTY_RENEGOTIATION_INFO_SCSV"], "x")).to.deep.equal({
      tls13: [],
      tls12: [],
    });
  });
});
