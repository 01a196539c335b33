import { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, createSecureContext, type SecureContext } from "node:tls";
import { readStoreFile } from "../net/clientTls.ts";
import type { QuorumTlsConfig } from "../config/serverConfig.ts";
import { CertReload } from "../tls/certReload.ts";
import { certificateIsFor, checkPeerName, reverseDnsLookup } from "../tls/peerName.ts";
import { buildSecureContextOptions, type TlsServerOptions } from "../tls/secureContext.ts";
import { TlsAcceptor } from "../tls/tlsAcceptor.ts";
import { errorText, type TlsLog } from "../tls/tlsError.ts";
import type { TransportEnd } from "./peerTransport.ts";

/** TLS between servers (`ssl.quorum.*`): both sides show a certificate that is for their address, unless told otherwise. */
export class PeerTls {
  /** Whether this server dials with it; else it only takes it from others. */
  readonly dials: boolean;
  readonly #config: QuorumTlsConfig;
  readonly #acceptor: TlsAcceptor;
  readonly #reload: CertReload | null;
  #context: SecureContext;

  /** Throws TlsError where a store cannot be used. */
  constructor(config: QuorumTlsConfig, log: TlsLog) {
    this.dials = config.dials;
    this.#config = config;
    const options = buildSecureContextOptions(config.settings, readStoreFile);
    for (const warning of options.warnings) log.warn(warning);
    this.#context = createSecureContext(options.context);
    this.#acceptor = new TlsAcceptor({
      server: options,
      settings: config.settings,
      outstandingHandshakeLimit: 0,
      log,
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

  /** Makes TLS of a connection that stands. */
  connect(raw: Socket, host: string, patienceMs: number, end: TransportEnd): void {
    const address = raw.remoteAddress ?? host;
    const socket = connect({
      socket: raw,
      secureContext: this.#context,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: true,
      // Looked at below, where there is time to ask for the name of an address.
      checkServerIdentity: () => undefined,
    });
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      socket.destroy();
      end.failed(`TLS: ${reason}`);
    };
    const timer = setTimeout(() => fail("no handshake in time"), patienceMs);
    socket.once("error", (error) => fail(error.message));
    socket.once("close", () => fail("closed before the handshake ended"));
    socket.once("secureConnect", () => {
      this.#checkName(socket.getPeerX509Certificate(), host, address).then(
        () => {
          clearTimeout(timer);
          if (socket.destroyed) return;
          socket.removeAllListeners("error").removeAllListeners("close");
          end.ready(socket);
        },
        (error: unknown) => fail(errorText(error)),
      );
    });
  }

  async #checkName(certificate: X509Certificate | undefined, host: string, address: string): Promise<void> {
    const { hostnameVerification, allowReverseDnsLookup } = this.#config.settings;
    if (!hostnameVerification || certificate === undefined) return;
    if (certificateIsFor(certificate, host)) return;
    await checkPeerName(certificate, address, allowReverseDnsLookup ? reverseDnsLookup : undefined);
  }

  accept(socket: Socket, end: TransportEnd): void {
    const ready = (accepted: { readonly socket: Socket }): void => end.ready(accepted.socket);
    const failed = (error: Error): void => end.failed(error.message);
    if (this.#config.takesPlain) this.#acceptor.acceptUnified(socket, ready, failed);
    else this.#acceptor.acceptTls(socket, ready, failed);
  }

  close(): void {
    this.#reload?.close();
    this.#acceptor.close();
  }
}
