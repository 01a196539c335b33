import type { X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext } from "node:tls";
import { readStoreFile } from "../net/clientTls.ts";
import type { QuorumTlsConfig } from "../config/serverConfig.ts";
import { CertReload } from "../tls/certReload.ts";
import { certificateIsFor, checkPeerName, reverseDnsLookup } from "../tls/peerName.ts";
import { handshakeError } from "../tls/peerCertificate.ts";
import { buildSecureContextOptions, type TlsServerOptions } from "../tls/secureContext.ts";
import { TlsAcceptor } from "../tls/tlsAcceptor.ts";
import { errorText, type TlsError, type TlsLog } from "../tls/tlsError.ts";
import { discard, type TransportEnd } from "./peerTransport.ts";

/** Connections whose handshake is not over; far above any ensemble's size. */
const handshakesMax = 1000;

/** Host names of the servers in the configuration, as it stands. */
export type KnownHosts = () => Iterable<string>;

/** TLS between servers (`ssl.quorum.*`): both sides show a certificate that is for their address, unless told otherwise. */
export class PeerTls {
  /** Whether this server dials with it; else it only takes it from others. */
  readonly dials: boolean;
  readonly #config: QuorumTlsConfig;
  readonly #acceptor: TlsAcceptor;
  readonly #reload: CertReload | null;
  #context: SecureContext;

  /** Throws TlsError where a store cannot be used. */
  constructor(config: QuorumTlsConfig, log: TlsLog, knownHosts: KnownHosts) {
    this.dials = config.dials;
    this.#config = config;
    const options = buildSecureContextOptions(config.settings, readStoreFile);
    for (const warning of options.warnings) log.warn(warning);
    this.#context = createSecureContext(options.context);
    this.#acceptor = new TlsAcceptor({
      server: options,
      settings: config.settings,
      outstandingHandshakeLimit: handshakesMax,
      // Whose port it is says itself what became of a connection.
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      namesOf: (address) => namesOf(address, knownHosts()),
    });
    this.#reload = config.reload
      ? new CertReload({
          settings: config.settings,
          readFile: readStoreFile,
          apply: (changed) => this.#apply(changed),
          log,
        })
      : null;
  }

  #apply(options: TlsServerOptions): void {
    this.#context = createSecureContext(options.context);
    this.#acceptor.setContext(options.context);
  }

  /** Makes TLS of a connection that stands; answers how to give it up, after which nothing more is said. */
  connect(raw: Socket, host: string, patienceMs: number, end: TransportEnd): () => void {
    const address = raw.remoteAddress ?? host;
    const socket = connect({
      socket: raw,
      secureContext: this.#context,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: true,
      // Looked at below, where there is time to ask for the name of an address.
      checkServerIdentity: () => undefined,
    });
    let isOver = false;
    const leave = (): void => {
      isOver = true;
      clearTimeout(timer);
      socket.off("error", onError).off("close", onClose).off("secureConnect", onSecure);
    };
    const giveUp = (): void => {
      leave();
      discard(socket);
      raw.destroy();
    };
    const fail = (reason: string): void => {
      if (isOver) return;
      giveUp();
      end.failed(`TLS: ${reason}`, "warn");
    };
    const onError = (error: Error): void =>
      fail(inWords(handshakeError(error, socket), "neither sslQuorum nor portUnification is on there"));
    const onClose = (): void => fail("closed before the handshake ended");
    const onSecure = (): void => {
      this.#checkName(socket.getPeerX509Certificate(), host, address).then(
        () => {
          if (isOver) return;
          leave();
          end.ready(socket);
        },
        (error: unknown) => fail(errorText(error)),
      );
    };
    const timer = setTimeout(() => fail("no handshake in time"), patienceMs);
    socket.on("error", onError).on("close", onClose).on("secureConnect", onSecure);
    return giveUp;
  }

  async #checkName(certificate: X509Certificate | undefined, host: string, address: string): Promise<void> {
    const { hostnameVerification, allowReverseDnsLookup } = this.#config.settings;
    if (!hostnameVerification) return;
    if (certificate === undefined) throw new Error("it shows no certificate");
    if (certificateIsFor(certificate, host)) return;
    try {
      await checkPeerName(certificate, address, allowReverseDnsLookup ? reverseDnsLookup : undefined);
    } catch (error) {
      const tried = isIP(host) === 0 ? `${errorText(error)}, nor for ${host}` : errorText(error);
      throw new Error(`${tried} (ssl.quorum.hostnameVerification)`, { cause: error });
    }
  }

  accept(socket: Socket, end: TransportEnd): void {
    const ready = (accepted: { readonly socket: Socket }): void => end.ready(accepted.socket);
    const failed = (error: TlsError): void => {
      // Who only looks whether the port is open is no news.
      const level = error.code === "ERR_TLS_GONE" ? "debug" : "warn";
      end.failed(`TLS: ${inWords(error, "sslQuorum asks for it")}`, level);
    };
    if (this.#config.takesPlain) this.#acceptor.acceptUnified(socket, ready, failed);
    else this.#acceptor.acceptTls(socket, ready, failed);
  }

  close(): void {
    this.#reload?.close();
    this.#acceptor.close();
  }
}

/** OpenSSL's reason; what it says of anything that is no TLS at all is put in plain words. */
function inWords({ message }: Error, hint: string): string {
  if (message.startsWith("its certificate is not for "))
    return `${message} (ssl.quorum.clientHostnameVerification)`;
  return /^(wrong version number|packet length too long)$/.test(message)
    ? `it speaks no TLS: ${hint}`
    : message;
}

/** Those of the hosts that lead to this address: a name that stands in the configuration needs no reverse DNS. */
async function namesOf(address: string, hosts: Iterable<string>): Promise<string[]> {
  const names = [...new Set(hosts)].filter((host) => isIP(host) === 0);
  const leadHere = await Promise.all(
    names.map((host) =>
      lookup(host, { all: true }).then(
        (entries) => entries.some((entry) => entry.address === address),
        () => false,
      ),
    ),
  );
  return names.filter((_, i) => leadHere[i]);
}
