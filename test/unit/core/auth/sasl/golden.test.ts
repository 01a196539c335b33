import { expect } from "chai";
import type { AuthId } from "../../../../../src/core/auth/authId.ts";
import { defaultAuthSettings } from "../../../../../src/core/auth/authSettings.ts";
import { AuthEnforcement } from "../../../../../src/core/auth/enforcement.ts";
import type { DigestMd5Server } from "../../../../../src/core/auth/sasl/digestMd5Server.ts";
import { SaslNegotiation, type SaslDecision } from "../../../../../src/core/auth/sasl/saslNegotiation.ts";
import { goldenText } from "../../../../support/golden.ts";
import { nodeDigests } from "../nodeDigests.ts";

interface Packet {
  readonly conn: number;
  readonly dir: "c2s" | "s2c";
  readonly hex: string;
  readonly note: string;
}

function packets(name: string): Packet[] {
  const lines = goldenText(`wire/${name}.jsonl`).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Packet);
}

/** A nullable buffer at an offset. */
function bufferAt(frame: Buffer, offset: number): Buffer | null {
  const length = frame.readInt32BE(offset);
  return length < 0 ? null : frame.subarray(offset + 4, offset + 4 + length);
}

function replyTo(all: readonly Packet[], request: number): Buffer {
  const { conn } = all[request];
  const sent = all.slice(request + 1).find((other) => other.conn === conn && other.dir === "s2c");
  return Buffer.from(sent?.hex ?? "", "hex");
}

/** Plays the sasl packets of a recording to the negotiation and compares each answer with Apache's. */
function replay(name: string, users: ReadonlyMap<string, string> | null, required = false): SaslDecision[] {
  const all = packets(name);
  const states = new Map<number, DigestMd5Server | null>();
  const decisions: SaslDecision[] = [];
  for (const [i, packet] of all.entries()) {
    const request = Buffer.from(packet.hex, "hex");
    if (packet.dir !== "c2s" || request.length < 16 || request.readInt32BE(8) !== 102) continue;
    const reply = replyTo(all, i);
    const nonce = /nonce="([^"]*)"/.exec(reply.toString("latin1"))?.[1] ?? "none";
    const negotiation = new SaslNegotiation({
      passwords: users,
      superUsers: [],
      allowFailedClients: false,
      required,
      digests: nodeDigests,
      nextNonce: () => nonce,
    });
    const decision = negotiation.decide(states.get(packet.conn) ?? null, bufferAt(request, 12));
    states.set(packet.conn, decision.state);
    decisions.push(decision);
    if (decision.silent) {
      expect(reply.length, packet.note).to.equal(0);
      continue;
    }
    expect(decision.err, packet.note).to.equal(reply.readInt32BE(16));
    const token = bufferAt(reply, 20);
    expect(decision.token && Buffer.from(decision.token).toString(), packet.note).to.equal(
      token && token.toString(),
    );
  }
  return decisions;
}

describe("SASL as Apache answered it", () => {
  const passwords = new Map([
    ["bob", "bobsecret"],
    ["alice", "alicesecret"],
    ["super", "supersecret"],
  ]);

  it("lets bob in (sasl_digest_md5)", () => {
    const decisions = replay("sasl_digest_md5", passwords);
    const added = decisions.flatMap(({ add }) => add);
    expect(added).to.deep.include({ scheme: "sasl", id: "bob" });
    expect(decisions.every(({ close }) => !close)).to.equal(true);
  });

  it("refuses wrong passwords, users and tokens (sasl_failures)", () => {
    const decisions = replay("sasl_failures", passwords);
    expect(decisions.map(({ close }) => close)).to.deep.equal([false, true, false, true, false, false, true]);
    expect(decisions.flatMap(({ add }) => add)).to.deep.equal([]);
  });

  it("has nothing to say without users (sasl_not_configured)", () => {
    expect(replay("sasl_not_configured", null)).to.not.have.length(0);
  });

  it("cuts off requests before authentication (enforce_auth)", () => {
    const decisions = replay("enforce_auth", passwords, true);
    expect(decisions.map(({ err }) => err)).to.deep.equal([0, -124, 0, 0]);
    const settings = { ...defaultAuthSettings, sessionRequireClientSASLAuth: true };
    const enforcement = new AuthEnforcement(settings, () => true);
    const all = packets("enforce_auth");
    const ids = new Map<number, AuthId[]>();
    let compared = 0;
    for (const [i, packet] of all.entries()) {
      const request = Buffer.from(packet.hex, "hex");
      if (packet.dir !== "c2s" || packet.note === "ConnectRequest" || request.length < 12) continue;
      const reply = replyTo(all, i);
      const type = request.readInt32BE(8);
      if (type === 100) ids.set(packet.conn, [{ scheme: "digest", id: "a:b" }]);
      if (type === 102 && reply.includes("rspauth=")) ids.set(packet.conn, [{ scheme: "sasl", id: "bob" }]);
      if (type === 100 || type === 102 || reply.length < 20) continue;
      const refused = enforcement.refuses(type, [
        { scheme: "ip", id: "127.0.0.1" },
        ...(ids.get(packet.conn) ?? []),
      ]);
      expect(refused, packet.note).to.equal(reply.readInt32BE(16) === -124);
      compared++;
    }
    expect(compared).to.equal(8);
  });
});
