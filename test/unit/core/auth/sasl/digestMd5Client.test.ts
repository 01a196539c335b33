import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { QuorumAuthPacket } from "../../../../../protocol/records/quorum.ts";
import type { Digests } from "../../../../../src/core/auth/digests.ts";
import { DigestMd5Client } from "../../../../../src/core/auth/sasl/digestMd5Client.ts";
import { DigestMd5Server } from "../../../../../src/core/auth/sasl/digestMd5Server.ts";

const digests: Digests = {
  digest: (algorithm, bytes) => createHash(algorithm.toLowerCase()).update(bytes).digest(),
};
const names = { protocol: "zookeeper-quorum", serverName: "zk-quorum-sasl-md5", digests };

/** Tokens of each login that Apache's servers were seen to make with each other. */
function recordedLogins(): string[][] {
  const file = new URL("../../../../golden/peer/quorum_sasl_digest.jsonl", import.meta.url);
  const tokens = new Map<number, string[]>();
  for (const line of readFileSync(file, "utf8").split("\n").slice(1)) {
    if (line === "") continue;
    const { type, conn, hex } = JSON.parse(line) as { type: string; conn: number; hex: string };
    if (type !== "QUORUMAUTH") continue;
    const { token } = QuorumAuthPacket.decode(Buffer.from(hex, "hex"));
    tokens.set(conn, [...(tokens.get(conn) ?? []), Buffer.from(token ?? []).toString()]);
  }
  return [...tokens.values()].filter(({ length }) => length === 4);
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

function client(password: string, cnonce = "c"): DigestMd5Client {
  return new DigestMd5Client({ ...names, user: "test", password, cnonce });
}

describe("DIGEST-MD5 between servers", () => {
  const logins = recordedLogins();

  it("was recorded", () => {
    expect(logins).to.have.length.above(5);
  });

  it("answers a challenge byte for byte as Apache's learner, and believes its leader's proof", () => {
    for (const [, challenge, response, proof] of logins) {
      const learner = client("mypassword", /cnonce="([^"]*)"/.exec(response)?.[1]);
      expect(Buffer.from(learner.respond(bytes(challenge)) ?? []).toString()).to.equal(response);
      expect(learner.isProved(bytes(proof))).to.equal(true);
      expect(learner.isProved(bytes("rspauth=00000000000000000000000000000000"))).to.equal(false);
    }
  });

  it("proves itself byte for byte as Apache's leader", () => {
    for (const [, challenge, response, proof] of logins) {
      const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? "";
      const passwords = new Map([["test", "mypassword"]]);
      const leader = new DigestMd5Server({ ...names, passwords, nonce });
      expect(Buffer.from(leader.challenge()).toString()).to.equal(challenge);
      const result = leader.respond(bytes(response));
      expect(result.ok && Buffer.from(result.token).toString()).to.equal(proof);
    }
  });

  it("believes nobody who does not know the password", () => {
    const learner = client("mypassword");
    const challenge = logins[0][1];
    learner.respond(bytes(challenge));
    const other = client("guessed");
    other.respond(bytes(challenge));
    const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? "";
    const leader = new DigestMd5Server({ ...names, passwords: new Map([["test", "guessed"]]), nonce });
    const result = leader.respond(other.respond(bytes(challenge)) ?? new Uint8Array(0));
    expect(result.ok).to.equal(true);
    expect(result.ok && learner.isProved(result.token)).to.equal(false);
  });

  it("answers no challenge that is none", () => {
    for (const text of ["", "realm=x", 'nonce="a"x'])
      expect(client("p").respond(bytes(text)), text).to.equal(null);
  });

  it("quotes a name that needs it", () => {
    const learner = new DigestMd5Client({ ...names, user: 'a"b\\c', password: "p", cnonce: "c" });
    const response = learner.respond(bytes('realm="zk-quorum-sasl-md5",nonce="n"')) ?? new Uint8Array(0);
    const passwords = new Map([['a"b\\c', "p"]]);
    const result = new DigestMd5Server({ ...names, passwords, nonce: "n" }).respond(response);
    expect(result.ok && result.user).to.equal('a"b\\c');
  });
});
