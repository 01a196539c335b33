import { expect } from "chai";
import type { DigestMd5Server } from "../../../../../src/core/auth/sasl/digestMd5Server.ts";
import { digestMd5Response } from "../../../../../src/core/auth/sasl/digestMd5Response.ts";
import {
  effectivePasswords,
  SaslNegotiation,
  type SaslDecision,
  type SaslOptions,
} from "../../../../../src/core/auth/sasl/saslNegotiation.ts";
import { nodeDigests } from "../nodeDigests.ts";

const passwords = new Map([
  ["bob", "bobsecret"],
  ["b\u00e4r", "p\u00e4ss"],
  ["\u4e2d", "\u6587"],
  ["a@b@c", "x"],
  ["", "x"],
]);
const empty = new Uint8Array(0);

function negotiation(options: Partial<SaslOptions> = {}): SaslNegotiation {
  return new SaslNegotiation({
    passwords,
    superUsers: [],
    allowFailedClients: false,
    required: false,
    digests: nodeDigests,
    nextNonce: () => "N",
    ...options,
  });
}

function start(sasl: SaslNegotiation): DigestMd5Server {
  const { state } = sasl.decide(null, empty);
  if (state === null) throw new Error("no exchange");
  return state;
}

/** A right response, except for what `change` does to its text. */
function response(user: string, change: (text: string) => string = (text) => text): Uint8Array {
  const input = {
    user,
    realm: "zk-sasl-md5",
    password: passwords.get(user) ?? "other",
    nonce: Buffer.from("N"),
    cnonce: Buffer.from("C"),
    digestUri: "zookeeper/zk-sasl-md5",
    authzid: null,
  };
  const hash = digestMd5Response(nodeDigests, "AUTHENTICATE", input);
  const text =
    `charset=utf-8,username="${user}",realm="zk-sasl-md5",nonce="N",nc=00000001,cnonce="C",` +
    `digest-uri="zookeeper/zk-sasl-md5",maxbuf=65536,response=${hash},qop=auth`;
  return Buffer.from(change(text));
}

function outcome({ err, token, close, silent }: SaslDecision): unknown {
  return { err, token: token === null ? null : Buffer.from(token).toString().slice(0, 8), close, silent };
}
const accepted = { err: 0, token: "rspauth=", close: false, silent: false };
const failed = { err: -115, token: null, close: true, silent: false };
const dropped = { err: 0, token: null, close: true, silent: true };
const ignored = { err: 0, token: null, close: false, silent: false };

describe("SaslNegotiation", () => {
  it("answers any first token with the challenge", () => {
    for (const token of [empty, Buffer.from("garbage"), new Uint8Array(4096)]) {
      const decision = negotiation().decide(null, token);
      expect(Buffer.from(decision.token ?? empty).toString()).to.equal(
        'realm="zk-sasl-md5",nonce="N",charset=utf-8,algorithm=md5-sess',
      );
      expect(decision.state).to.not.equal(null);
    }
    expect(outcome(negotiation().decide(null, new Uint8Array(4097)))).to.deep.equal(failed);
  });

  it("closes on a null token, and without users says nothing", () => {
    expect(outcome(negotiation().decide(null, null))).to.deep.equal(dropped);
    expect(outcome(negotiation({ passwords: null }).decide(null, null))).to.deep.equal(dropped);
    expect(outcome(negotiation({ passwords: null }).decide(null, Buffer.from("x")))).to.deep.equal(ignored);
  });

  it("closes with -115, or -124 where SASL is required, or keeps a client if told to", () => {
    const wrong = response("nobody");
    const run = (options: Partial<SaslOptions>): unknown => {
      const sasl = negotiation(options);
      return outcome(sasl.decide(start(sasl), wrong));
    };
    expect(run({})).to.deep.equal(failed);
    expect(run({ required: true })).to.deep.equal({ ...failed, err: -124 });
    expect(run({ allowFailedClients: true })).to.deep.equal(ignored);
    expect(run({ allowFailedClients: true, required: true })).to.deep.equal({ ...failed, err: -124 });
  });

  it("takes one response for an exchange", () => {
    const sasl = negotiation();
    const state = start(sasl);
    expect(outcome(sasl.decide(state, response("bob")))).to.deep.equal(accepted);
    expect(outcome(sasl.decide(state, response("bob")))).to.deep.equal(failed);
    const kept = negotiation({ allowFailedClients: true });
    const broken = start(kept);
    expect(outcome(kept.decide(broken, empty))).to.deep.equal(ignored);
    expect(outcome(kept.decide(broken, response("bob")))).to.deep.equal(ignored);
  });

  it("adds the sasl id, and super for super users", () => {
    const add = (superUsers: string[]): unknown => {
      const sasl = negotiation({ superUsers });
      return sasl.decide(start(sasl), response("bob")).add;
    };
    expect(add(["al"])).to.deep.equal([{ scheme: "sasl", id: "bob" }]);
    expect(add(["al", "bob"])).to.deep.equal([
      { scheme: "sasl", id: "bob" },
      { scheme: "super", id: "" },
    ]);
  });

  // What the JDK's server (Java 17) and Apache's callback handler made of the same tokens.
  const swap =
    (from: string, to: string) =>
    (text: string): string =>
      text.replace(from, to);
  const judged: [string, Uint8Array, unknown][] = [
    ["a Latin-1 user", response("b\u00e4r"), accepted],
    ["a user beyond Latin-1", response("\u4e2d"), accepted],
    ["any nc", response("bob", swap("nc=00000001", "nc=zz,nc=2")), accepted],
    ["a wrong nonce-count", response("bob", (text) => `${text},nonce-count=2`), failed],
    ["a nonce-count that is no number", response("bob", (text) => `${text},nonce-count=zz`), dropped],
    ["a maxbuf that is no number", response("bob", swap("65536", "x")), dropped],
    ["a malformed principal", response("a@b@c"), dropped],
    ["an empty user", response(""), dropped],
    ["charset in capitals", response("bob", swap("utf-8", "UTF-8")), failed],
    ["no charset", response("bob", swap("charset=utf-8,", "")), accepted],
    ["no qop", response("bob", swap(",qop=auth", "")), accepted],
    ["qop auth-int", response("bob", swap("qop=auth", "qop=auth-int")), failed],
    ["a quoted pair", response("bob", swap("qop=auth", 'qop="au\\th"')), accepted],
    ["spaces for commas", response("bob", (text) => text.replaceAll(",", " , \t")), accepted],
    ["text behind a quote", response("bob", swap('nonce="N"', 'nonce="N"x')), failed],
    ["an open quote", response("bob", (text) => `${text},x="a`), failed],
    ["a bare key at the end", response("bob", (text) => `${text},x`), accepted],
    ["a known bare key at the end", response("bob", (text) => `${text},authzid`), failed],
    ["a known bare key twice", response("bob", (text) => `${text},charset`), failed],
    ["a bare key before others", response("bob", (text) => `x,${text}`), failed],
    ["a bare key and a space", response("bob", (text) => `${text},x `), failed],
    ["a key without a value", response("bob", (text) => `${text},x=`), failed],
    ["a directive twice", response("bob", (text) => `${text},qop=auth`), failed],
    ["an unknown directive twice", response("bob", (text) => `${text},x=1,x=2`), accepted],
    ["names in capitals", response("bob", swap("qop=", "QOP=")), accepted],
    ["digest-uri in other case", response("bob", swap("zookeeper/zk", "ZooKeeper/zk")), failed],
    ["another digest-uri", response("bob", swap("zookeeper/zk", "other/zk")), failed],
    ["no realm", response("bob", swap('realm="zk-sasl-md5",', "")), failed],
    ["another nonce", response("bob", swap('nonce="N"', 'nonce="M"')), failed],
    ["no cnonce", response("bob", swap('cnonce="C",', "")), failed],
    ["a wrong response", response("bob", swap("response=", "response=0")), failed],
    ["an empty token", empty, failed],
    ["too many bytes", response("bob", (text) => text.padEnd(4097)), failed],
    ["just not too many bytes", response("bob", (text) => text.padEnd(4096)), accepted],
  ];
  for (const [title, token, expected] of judged) {
    it(`judges ${title}`, () => {
      const sasl = negotiation();
      expect(outcome(sasl.decide(start(sasl), token))).to.deep.equal(expected);
    });
  }
});

describe("effectivePasswords", () => {
  it("replaces the password of a user super that is there", () => {
    expect(effectivePasswords(new Map([["super", "a"]]), "b").get("super")).to.equal("b");
    expect(effectivePasswords(new Map([["super", "a"]]), null).get("super")).to.equal("a");
    expect(effectivePasswords(new Map([["bob", "a"]]), "b").has("super")).to.equal(false);
  });
});
