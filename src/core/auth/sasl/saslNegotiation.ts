import { ErrorCode } from "../../../../protocol/errors.ts";
import type { AuthId } from "../authId.ts";
import type { Digests } from "../digests.ts";
import { DigestMd5Server, responseBytesMax } from "./digestMd5Server.ts";

/** What decides about the SASL of clients. */
export interface SaslOptions {
  /** Users of the JAAS section with their passwords; null for a server without SASL. */
  readonly passwords: ReadonlyMap<string, string> | null;
  /** AuthSettings.saslSuperUsers */
  readonly superUsers: readonly string[];
  /** AuthSettings.allowSaslFailedClients */
  readonly allowFailedClients: boolean;
  /** AuthEnforcement.saslRequired */
  readonly required: boolean;
  readonly digests: Digests;
  /** Fresh random text for each exchange; 40 characters of base64 in Java. */
  readonly nextNonce: () => string;
}

/**
 * What to do about one sasl packet, in this order: add the ids, keep `state` on the connection, answer with `err`,
 * zxid 0 and a body of `token` (null included), close if told to. With `silent` there is no answer before the close.
 * `reason` says for the log why an exchange failed.
 */
export interface SaslDecision {
  readonly err: ErrorCode;
  readonly token: Uint8Array | null;
  readonly close: boolean;
  readonly silent: boolean;
  readonly add: readonly AuthId[];
  readonly state: DigestMd5Server | null;
  readonly reason: string | null;
}

const carryOn = {
  err: ErrorCode.OK,
  token: null,
  close: false,
  silent: false,
  add: [],
  reason: null,
} as const;

/** Opcode 102 as ZooKeeperServer.processSasl handles it. Holds no connection: the exchange is the caller's to keep. */
export class SaslNegotiation {
  readonly #options: SaslOptions;

  constructor(options: SaslOptions) {
    this.#options = options;
  }

  /** `state` is the connection's exchange, null before its first packet. The token is not kept. */
  decide(state: DigestMd5Server | null, token: Uint8Array | null): SaslDecision {
    const { passwords, digests } = this.#options;
    // Apache asks a null token for its length before anything else, and loses the connection over it.
    if (token === null) return { ...carryOn, close: true, silent: true, state, reason: "null token" };
    // Apache goes on without an error when it has no exchange to turn to.
    if (passwords === null) return { ...carryOn, state };
    if (state !== null) return this.#respond(state, token);
    // Any other first token is ignored.
    if (token.length > responseBytesMax)
      return this.#refuse(null, `first token of ${token.length} bytes is too long`);
    const exchange = new DigestMd5Server({
      protocol: "zookeeper",
      serverName: "zk-sasl-md5",
      passwords,
      digests,
      nonce: this.#options.nextNonce(),
    });
    return { ...carryOn, token: exchange.challenge(), state: exchange };
  }

  #respond(exchange: DigestMd5Server, token: Uint8Array): SaslDecision {
    const result = exchange.respond(token);
    if (result.ok) {
      return { ...carryOn, token: result.token, add: this.#ids(result.user), state: exchange };
    }
    const { reason } = result;
    if (result.unchecked) return { ...carryOn, close: true, silent: true, state: exchange, reason };
    return this.#refuse(exchange, reason);
  }

  #refuse(state: DigestMd5Server | null, reason: string): SaslDecision {
    const { required, allowFailedClients } = this.#options;
    if (allowFailedClients && !required) return { ...carryOn, state, reason };
    const err = required ? ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH : ErrorCode.AUTHFAILED;
    return { ...carryOn, err, close: true, state, reason };
  }

  #ids(user: string): readonly AuthId[] {
    const id = { scheme: "sasl", id: user };
    return user !== "" && this.#options.superUsers.includes(user) ? [id, { scheme: "super", id: "" }] : [id];
  }
}

/**
 * The passwords to check against: SASLAuthenticationProvider.superPassword, if set, replaces the password of the user
 * `super`, but does not create that user (SaslServerCallbackHandler).
 */
export function effectivePasswords(
  users: ReadonlyMap<string, string>,
  superPassword: string | null,
): ReadonlyMap<string, string> {
  if (superPassword === null || !users.has("super")) return users;
  return new Map(users).set("super", superPassword);
}
