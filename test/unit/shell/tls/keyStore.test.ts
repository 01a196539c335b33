import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { loadKeyStore, loadTrustStore, readPassword } from "../../../../src/shell/tls/keyStore.ts";
import { TlsError } from "../../../../src/shell/tls/tlsError.ts";
import type { TlsErrorCode } from "../../../../src/shell/tls/tlsError.ts";
import type { StoreSettings } from "../../../../src/shell/tls/tlsSettings.ts";

const folder = fileURLToPath(new URL("../../../fixtures/tls/", import.meta.url));
const readFile = (path: string): Uint8Array => readFileSync(path);

function store(file: string, rest: Partial<StoreSettings> = {}): StoreSettings {
  return { location: folder + file, password: "changeit", ...rest };
}

function subjects(pem: string): string[] {
  return (pem.match(/-----BEGIN[^]+?END CERTIFICATE-----/g) ?? []).map(
    (one) => /CN=(.*)/.exec(new X509Certificate(one).subject)?.[1] ?? "",
  );
}

function refusal(run: () => unknown): { code: TlsErrorCode; message: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof TlsError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("was accepted");
}

describe("loadKeyStore", () => {
  const serverChain = ["localhost", "Test Intermediate", "Test CA"];
  const cases: [string, string[], Partial<StoreSettings>?][] = [
    ["server.pem", serverChain.slice(0, 2), { password: "" }],
    ["server.pem", serverChain.slice(0, 2), { password: "not needed" }],
    ["server-encrypted.pem", serverChain.slice(0, 2)],
    ["server-encrypted-3des.pem", serverChain.slice(0, 1)],
    ["server-sec1.pem", serverChain.slice(0, 1)],
    ["rsa-pkcs1.pem", ["rsa"]],
    ["server.p12", serverChain],
    ["server.p12", serverChain, { type: "pkcs12" }],
    ["server.p12", serverChain, { type: "JKS" }],
    ["server-legacy.p12", serverChain],
    ["server-openssl.p12", serverChain],
    ["server-openssl-empty.p12", serverChain, { password: undefined }],
    ["server.jks", serverChain],
    ["server.jks", serverChain, { password: "wrong", passwordPath: `${folder}password.txt` }],
    ["server-unicode.jks", serverChain, { password: "pässwörd" }],
    ["server-pkcs12.jks", serverChain],
  ];
  for (const [file, chain, rest] of cases) {
    it(`reads ${file} ${JSON.stringify(rest ?? {})}`.replace(folder, ""), () => {
      const [entry, ...more] = loadKeyStore(store(file, rest), readFile, "ssl.keyStore");
      expect(more).to.deep.equal([]);
      expect(subjects(entry.cert)).to.deep.equal(chain);
      expect(new X509Certificate(entry.cert).checkPrivateKey(createPrivateKey(entry.key))).to.equal(true);
    });
  }

  it("gives one entry for each kind of key", () => {
    const entries = loadKeyStore(store("two-keys.p12"), readFile, "ssl.keyStore");
    expect(entries.map((entry) => subjects(entry.cert)[0]).sort()).to.deep.equal(["localhost", "rsa"]);
  });

  const refused: [string, Partial<StoreSettings>, TlsErrorCode, string][] = [
    ["server.jks", { password: "s3cr3t" }, "ERR_TLS_PASSWORD", "password is wrong"],
    ["server.p12", { password: "s3cr3t" }, "ERR_TLS_PASSWORD", "password is wrong"],
    ["server.p12", { password: "" }, "ERR_TLS_PASSWORD", "password is wrong"],
    ["server-legacy.p12", { password: "s3cr3t" }, "ERR_TLS_PASSWORD", "password is wrong"],
    ["server-encrypted.pem", { password: "s3cr3t" }, "ERR_TLS_PASSWORD", "does not open its private key"],
    ["server-encrypted.pem", { password: "" }, "ERR_TLS_PASSWORD", "no password is set"],
    ["server-keypass.jks", {}, "ERR_TLS_PASSWORD", "another password than the store"],
    ["server.pem", { type: "JKS" }, "ERR_TLS_STORE", "set ssl.keyStore.type=PEM"],
    ["server.p12", { type: "PEM" }, "ERR_TLS_STORE", "set ssl.keyStore.type=PKCS12"],
    ["server.p12", { type: "ZIP" }, "ERR_TLS_SETTING", "set JKS, PEM or PKCS12"],
    ["server.jceks", { type: "JKS" }, "ERR_TLS_STORE", "JCEKS"],
    ["server.jceks", {}, "ERR_TLS_SETTING", "set ssl.keyStore.type"],
    ["store.bcfks", {}, "ERR_TLS_STORE", "BCFKS"],
    ["absent.pem", {}, "ERR_TLS_FILE", "ENOENT"],
    ["server.jks", { passwordPath: `${folder}absent.txt` }, "ERR_TLS_FILE", "passwordPath"],
    ["trust.jks", {}, "ERR_TLS_STORE", "no private key"],
    ["trust.p12", {}, "ERR_TLS_STORE", "no private key"],
    ["ca.pem", {}, "ERR_TLS_STORE", "no private key"],
    ["mismatch.pem", {}, "ERR_TLS_STORE", "does not belong to its certificate"],
    ["password.txt", { type: "PKCS12" }, "ERR_TLS_STORE", "holds no PKCS12 store"],
  ];
  for (const [file, rest, code, text] of refused) {
    it(`refuses ${file} ${JSON.stringify(rest)}`.replace(folder, ""), () => {
      const error = refusal(() => loadKeyStore(store(file, rest), readFile, "ssl.keyStore"));
      expect(error.code).to.equal(code);
      expect(error.message)
        .to.include(text)
        .and.include("ssl.keyStore")
        .and.include(rest.passwordPath ?? file);
      expect(error.message).not.to.match(/s3cr3t|changeit|another-password/);
    });
  }

  it("answers with a TlsError to every damage", () => {
    for (const file of ["server.jks", "trust-plain.p12", "server-openssl.p12", "server.pem"]) {
      const bytes = readFileSync(folder + file);
      for (let at = 0; at < bytes.length; at += file === "trust-plain.p12" ? 1 : 37) {
        for (const broken of [bytes.subarray(0, at), Buffer.from(bytes)]) {
          if (broken.length === bytes.length) broken[at] ^= 0x41;
          const read = (): Uint8Array => broken;
          try {
            loadKeyStore(store(file), read, "ssl.keyStore");
          } catch (error) {
            expect(error, `${file} at ${at}`).to.be.instanceOf(TlsError);
          }
        }
      }
    }
  }).timeout(60_000);
});

describe("loadTrustStore", () => {
  const cases: [string, string[], Partial<StoreSettings>?][] = [
    ["ca.pem", ["Test CA"]],
    ["server.pem", ["localhost", "Test Intermediate"]],
    ["trust.p12", ["Test CA"]],
    ["trust-legacy.p12", ["Test CA"]],
    ["trust-plain.p12", ["Test CA"]],
    ["trust-pkcs12.jks", ["Test CA"]],
    ["trust.jks", ["Test CA", "Test Intermediate"]],
  ];
  for (const [file, found, rest] of cases) {
    it(`reads ${file}`, () => {
      const certs = loadTrustStore(store(file, rest), readFile, "ssl.trustStore");
      expect(certs.flatMap(subjects).sort()).to.deep.equal([...found].sort());
    });
  }

  for (const file of ["server.p12", "server.jks", "trust-openssl.p12"]) {
    it(`trusts nothing in ${file}, as Java`, () => {
      const error = refusal(() => loadTrustStore(store(file), readFile, "ssl.trustStore"));
      expect(error.code).to.equal("ERR_TLS_STORE");
      expect(error.message).to.include("no trusted certificate");
    });
  }
});

describe("readPassword", () => {
  it("drops one newline at the end and nothing else", () => {
    const read = (text: string) => (): Uint8Array => Buffer.from(text);
    const settings = { location: "x", passwordPath: "p" };
    expect(readPassword(settings, read(" a \n\n"), "ssl.keyStore")).to.equal(" a \n");
    expect(readPassword(settings, read("ä"), "ssl.keyStore")).to.equal("ä");
    expect(readPassword({ location: "x", password: "b" }, read("a"), "ssl.keyStore")).to.equal("b");
  });
});
