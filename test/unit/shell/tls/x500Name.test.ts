import { readFileSync } from "node:fs";

import { expect } from "chai";

import { parsePem } from "../../../../src/shell/tls/pem.ts";
import { commonName, nameRfc2253, subjectRfc2253 } from "../../../../src/shell/tls/x500Name.ts";
import { x509Identities } from "../../../../src/shell/tls/x509Identity.ts";

const fixtures = new URL("../../../fixtures/tls/", import.meta.url);

function certificate(name: string): Uint8Array {
  return parsePem(readFileSync(new URL(`${name}.pem`, fixtures), "latin1")).certificates[0];
}

describe("x500Name", () => {
  it("prints every name as Java does", () => {
    const cases = JSON.parse(readFileSync(new URL("names.json", fixtures), "utf8")) as {
      der: string;
      name: string;
    }[];
    expect(cases.length).to.be.greaterThan(100);
    for (const { der, name } of cases) expect(nameRfc2253(Buffer.from(der, "hex")), der).to.equal(name);
  });

  it("prints the subjects of certificates as Java does", () => {
    const lines = readFileSync(new URL("subjects.tsv", fixtures), "utf8").trim().split("\n");
    expect(lines).to.have.length(3);
    for (const line of lines) {
      const [name, subject] = line.split("\t");
      expect(subjectRfc2253(certificate(name))).to.equal(subject);
    }
  });

  it("finds the common name", () => {
    expect(commonName(certificate("client"))).to.equal("zk client");
  });

  it("refuses what is no certificate, at any length", () => {
    const der = certificate("client");
    for (let length = 0; length < 250; length++) {
      expect(() => subjectRfc2253(der.subarray(0, length))).to.throw("byte");
    }
  });

  it("gives the ids that Apache's provider gives", () => {
    const subject = subjectRfc2253(certificate("client"));
    expect(x509Identities(certificate("client"), undefined)).to.deep.equal([{ scheme: "x509", id: subject }]);
    expect(x509Identities(certificate("client"), subject)).to.deep.equal([
      { scheme: "super", id: subject },
      { scheme: "x509", id: subject },
    ]);
    expect(x509Identities(certificate("client"), "CN=zk client")).to.have.length(1);
    expect(x509Identities(undefined, subject)).to.deep.equal([]);
  });
});
