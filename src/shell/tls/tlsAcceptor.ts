import { Socket } from "node:net";
import { Server as TlsServer, TLSSocket, createSecureContext } from "node:tls";
import type { SecureContextOptions } from "node:tls";
import type { X509Certificate } from "node:crypto";

import { checkPeerName, reverseDnsLookup } from "./peerName.ts";
import type { NamesLookup, ReverseLookup } from "./peerName.ts";
import type { ClientAuth, TlsServerOptions } from "./secureContext.ts";
import { TlsError, errorText } from "./tlsError.ts";
import type { TlsLog } from "./tlsError.ts";
import type { TlsSettings } from "./tlsSettings.ts";
import { certificateError, chainOf, handshakeError } from "./peerCertificate.ts";
import { x509Identities } from "./x509Identity.ts";
import type { TlsIdentity } from "./x509Identity.ts";

/** A connection that may be read from and written to. Its owner must listen to `error` before it returns. */
export interface AcceptedSocket {
  readonly socket: Socket;
  /** False: a plain connection on a port with unification. */
  readonly secure: boolean;
  /** DER, the peer's own certificate first; empty without one. A resumed session has only the first. */
  readonly chain: readonly Uint8Array[];
  /** Ids to put on the connection, in this order. */
  readonly identities: readonly TlsIdentity[];
}

export interface TlsAcceptorOptions {
  readonly server: TlsServerOptions;
  readonly settings: TlsSettings;
  /** `netty.server.outstandingHandshake.limit`; 0 or less: none. */
  readonly outstandingHandshakeLimit: number;
  readonly log: TlsLog;
  /** Until when a handshake must be over; 10000, as Netty's. */
  readonly handshakeTimeoutMs?: number;
  /** Names of an address to compare a certificate with, before the DNS is asked for one. */
  readonly namesOf?: NamesLookup;
  /** For tests. */
  readonly reverseLookup?: ReverseLookup;
}

/** Exactly one of the two is called, once, for each accepted socket. */
type OnReady = (accepted: AcceptedSocket) => void;
type OnError = (error: TlsError) => void;

interface Pending {
  readonly raw: Socket;
  readonly address: string;
  readonly onReady: OnReady;
  readonly onError: OnError;
  readonly onClose: () => void;
}

/** Content type of a TLS handshake record; a ZooKeeper frame that starts so would be longer than 352 MiB. */
const TLS_HANDSHAKE = 0x16;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const DETECTION_TIMEOUT_MS = 5_000;

/**
 * Turns accepted TCP connections into ready ones: TLS at once (secureClientPort), or TLS or plain by the first byte
 * (port unification). Failures cost their connection only, and one short line in the log.
 */
export class TlsAcceptor {
  readonly #server: TlsServer;
  readonly #settings: TlsSettings;
  readonly #clientAuth: ClientAuth;
  readonly #limit: number;
  readonly #detectionTimeoutMs: number;
  readonly #log: TlsLog;
  readonly #reverseLookup: ReverseLookup;
  readonly #namesOf: NamesLookup | undefined;
  readonly #pendingByRaw = new Map<Socket, Pending>();
  #unsuccessfulHandshakes = 0;
  #handshakesExceeded = 0;

  constructor({ server, settings, outstandingHandshakeLimit, log, ...rest }: TlsAcceptorOptions) {
    this.#settings = settings;
    this.#clientAuth = server.clientAuth;
    this.#limit = outstandingHandshakeLimit;
    // As Apache, which takes no time below 1 ms.
    const { handshakeDetectionTimeoutMs } = settings;
    this.#detectionTimeoutMs =
      handshakeDetectionTimeoutMs < 1 ? DETECTION_TIMEOUT_MS : handshakeDetectionTimeoutMs;
    this.#log = log;
    this.#reverseLookup = rest.reverseLookup ?? reverseDnsLookup;
    this.#namesOf = rest.namesOf;
    this.#server = new TlsServer({
      requestCert: server.clientAuth !== "NONE",
      rejectUnauthorized: server.clientAuth === "NEED",
      handshakeTimeout: rest.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
    });
    this.setContext(server.context);
    this.#server.on("secureConnection", (socket) => void this.#onSecure(socket));
    this.#server.on("tlsClientError", (error, socket) => {
      const pending = this.#pendingOf(socket);
      if (pending !== undefined) this.#fail(pending, handshakeError(error, socket));
    });
  }

  /** Connections whose handshake, or the look at their first byte, is not over (`outstanding_tls_handshake`). */
  get outstandingHandshakes(): number {
    return this.#pendingByRaw.size;
  }

  /** `unsuccessful_handshake`. */
  get unsuccessfulHandshakes(): number {
    return this.#unsuccessfulHandshakes;
  }

  /** `tls_handshake_exceeded`. */
  get handshakesExceeded(): number {
    return this.#handshakesExceeded;
  }

  /** Keys, certificates and trust for handshakes from now on; connections that stand are left alone. */
  setContext(context: SecureContextOptions): void {
    this.#server.setSecureContext(context);
    // Node 20 drops this one option in setSecureContext. Should the private field go, trust gets narrower, not wider.
    if (context.allowPartialTrustChain === true) {
      Reflect.set(this.#server, "_sharedCreds", createSecureContext(context));
    }
  }

  /** For secureClientPort: the handshake must start at once. */
  acceptTls(socket: Socket, onReady: OnReady, onError: OnError): void {
    const pending = this.#begin(socket, onReady, onError);
    if (pending !== undefined) this.#server.emit("connection", socket);
  }

  /**
   * For port unification: a first byte of 0x16 means TLS. Anything else, or silence for
   * `ssl.handshakeDetectionTimeoutMillis`, means plain; then `socket` itself is handed over with nothing in between.
   * The caller must not have read from it.
   */
  acceptUnified(socket: Socket, onReady: OnReady, onError: OnError): void {
    const pending = this.#begin(socket, onReady, onError);
    if (pending === undefined) return;
    const stopLooking = (): void => {
      clearTimeout(timer);
      socket.off("readable", onReadable);
      socket.off("close", onGone);
    };
    const onGone = (): void => {
      stopLooking();
      this.#fail(pending, new TlsError("ERR_TLS_GONE", "closed before its first byte"));
    };
    const onPlain = (): void => {
      stopLooking();
      this.#end(pending);
      onReady({ socket, secure: false, chain: [], identities: [] });
    };
    const onReadable = (): void => {
      const first: unknown = socket.read();
      if (!Buffer.isBuffer(first)) {
        onGone();
        return;
      }
      socket.unshift(first);
      if (first[0] !== TLS_HANDSHAKE) {
        onPlain();
        return;
      }
      stopLooking();
      this.#server.emit("connection", socket);
    };
    const timer = setTimeout(onPlain, this.#detectionTimeoutMs);
    socket.on("readable", onReadable);
    socket.on("close", onGone);
  }

  /** Ends all connections that are not ready yet. Those handed over belong to their owners. */
  close(): void {
    const error = new TlsError("ERR_TLS_GONE", "the server stops");
    for (const pending of this.#pendingByRaw.values()) this.#fail(pending, error);
  }

  #begin(raw: Socket, onReady: OnReady, onError: OnError): Pending | undefined {
    raw.on("error", ignore);
    if (this.#limit > 0 && this.#pendingByRaw.size >= this.#limit) {
      this.#handshakesExceeded++;
      raw.destroy();
      onError(new TlsError("ERR_TLS_HANDSHAKE_LIMIT", `${this.#limit} handshakes are outstanding already`));
      return undefined;
    }
    const onClose = (): void => {
      // After what node:tls has to say about the same event, which tells more.
      setImmediate(() =>
        this.#fail(pending, new TlsError("ERR_TLS_HANDSHAKE", "closed before the handshake ended")),
      );
    };
    const pending = { raw, address: raw.remoteAddress ?? "unknown address", onReady, onError, onClose };
    this.#pendingByRaw.set(raw, pending);
    raw.once("close", onClose);
    return pending;
  }

  /** False if it was over already. */
  #end(pending: Pending): boolean {
    pending.raw.off("close", pending.onClose);
    pending.raw.off("error", ignore);
    return this.#pendingByRaw.delete(pending.raw);
  }

  #fail(pending: Pending, error: TlsError): void {
    if (!this.#end(pending)) return;
    pending.raw.on("error", ignore);
    pending.raw.destroy();
    if (error.code !== "ERR_TLS_GONE") {
      this.#unsuccessfulHandshakes++;
      this.#log.warn(`TLS connection from ${pending.address} refused: ${error.message}`);
    }
    pending.onError(error);
  }

  /** The record of a TLSSocket. `_parent` is Node's own link to the socket below; without it nobody gets in. */
  #pendingOf(socket: TLSSocket): Pending | undefined {
    const raw: unknown = Reflect.get(socket, "_parent");
    return raw instanceof Socket ? this.#pendingByRaw.get(raw) : undefined;
  }

  async #onSecure(socket: TLSSocket): Promise<void> {
    const pending = this.#pendingOf(socket);
    if (pending === undefined) {
      socket.destroy();
      return;
    }
    socket.on("error", ignore);
    let accepted: AcceptedSocket;
    try {
      const certificate = this.#trustedCertificate(socket);
      if (certificate !== undefined && this.#checksNames()) {
        await checkPeerName(certificate, pending.address, this.#dnsLookup(), this.#namesOf);
      }
      const chain = chainOf(certificate);
      accepted = {
        socket,
        secure: true,
        chain,
        identities: x509Identities(chain[0], this.#settings.superUser),
      };
    } catch (error) {
      socket.destroy();
      this.#fail(pending, error instanceof TlsError ? error : new TlsError("ERR_TLS_PEER", errorText(error)));
      return;
    }
    // Gone while the DNS was asked.
    if (!this.#end(pending)) return;
    pending.raw.on("error", ignore);
    pending.onReady(accepted);
    socket.off("error", ignore);
  }

  /** The peer's certificate if it gave one; with WANT nobody has refused a bad one yet. */
  #trustedCertificate(socket: TLSSocket): X509Certificate | undefined {
    if (this.#clientAuth === "NONE") return undefined;
    const certificate = socket.getPeerX509Certificate();
    if (certificate !== undefined && socket.authorized) return certificate;
    if (certificate === undefined && this.#clientAuth === "WANT") return undefined;
    throw certificateError(socket);
  }

  #checksNames(): boolean {
    return this.#settings.hostnameVerification && this.#settings.clientHostnameVerification;
  }

  /**
   * In fips-mode Java's own check stands in for Apache's on the client port, and that one never asks the DNS.
   * DIFFERS: between servers Apache's check is off altogether in fips-mode, the default; here it is Apache's in any mode.
   */
  #dnsLookup(): ReverseLookup | undefined {
    const { allowReverseDnsLookup, fipsMode, prefix } = this.#settings;
    const isOff = fipsMode && prefix === "ssl.";
    return allowReverseDnsLookup && !isOff ? this.#reverseLookup : undefined;
  }
}

function ignore(): void {
  // The close that follows says all.
}
