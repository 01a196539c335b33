import { createServer, isIPv6, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import type { ConnectionOrigin } from "../../core/server/clientConnection.ts";
import type { ListenAddress, ServerConfig } from "../config/serverConfig.ts";
import type { Log } from "../log.ts";
import type { CertReload } from "../tls/certReload.ts";
import { needsTls, openClientStores, readStoreFile } from "./clientTls.ts";
import { EarlyClient, type EarlyHost } from "./earlyClient.ts";
import type { AcceptedSocket, TlsAcceptor } from "../tls/tlsAcceptor.ts";
import type { TlsError } from "../tls/tlsError.ts";

/** A connection that may speak, with what is known of its client. */
export interface AcceptedClient {
  readonly socket: Socket;
  readonly secure: boolean;
  readonly origin: ConnectionOrigin;
}

/** The plain, the TLS and the unified client port. Connections are taken from `open` on. */
export class ClientPorts {
  readonly #config: ServerConfig;
  readonly #log: Log;
  readonly #onAccept: (accepted: AcceptedClient) => void;
  readonly #onTlsFailed: (error: TlsError) => void;
  #plain: NetServer | null = null;
  #onPlain: ((socket: Socket) => void) | null = null;
  #secure: NetServer | null = null;
  #tls: TlsAcceptor | null = null;
  #reload: CertReload | null = null;
  readonly #earlyHost: EarlyHost;
  #open = false;
  /** Clients that came before `open`. */
  readonly #early = new Set<EarlyClient>();
  /** Sockets in a TLS handshake or a look at their first byte, which nobody else would close. */
  readonly #handshaking = new Set<Socket>();

  constructor(
    config: ServerConfig,
    log: Log,
    earlyHost: EarlyHost,
    onAccept: (accepted: AcceptedClient) => void,
    onTlsFailed: (error: TlsError) => void,
  ) {
    this.#config = config;
    this.#log = log;
    this.#earlyHost = earlyHost;
    this.#onAccept = onAccept;
    this.#onTlsFailed = onTlsFailed;
  }

  get outstandingHandshakes(): number {
    return this.#tls?.outstandingHandshakes ?? 0;
  }

  get address(): { readonly host: string; readonly port: number; readonly securePort: number } {
    const plain = addressOf(this.#plain);
    const secure = addressOf(this.#secure);
    return {
      host: (plain ?? secure)?.address ?? "",
      port: plain?.port ?? -1,
      securePort: secure?.port ?? -1,
    };
  }

  /** Binds what is configured; rejects when a port is taken, or with ConfigError if a store cannot be used. */
  async listen(): Promise<void> {
    const { network } = this.#config;
    if (needsTls(this.#config)) await this.#setUpTls();
    if (network.clientAddress !== null) {
      const unified = network.portUnification ? this.#tls : null;
      this.#onPlain = (socket) => {
        if (unified === null) this.#ready(socket, { socket, secure: false, chain: [], identities: [] });
        else this.#handshake(socket, (done) => unified.acceptUnified(socket, done.ready, done.failed));
      };
      this.#plain = await this.#bind(network.clientAddress, this.#onPlain);
    }
    const tls = this.#tls;
    if (network.secureClientAddress !== null && tls !== null) {
      this.#secure = await this.#bind(network.secureClientAddress, (socket) => {
        this.#handshake(socket, (done) => tls.acceptTls(socket, done.ready, done.failed));
      });
    }
  }

  /** The plain port is another one from now on; connections stay. Rejects if it is taken, and the old one stays. */
  async move(address: ListenAddress): Promise<void> {
    const before = this.#plain;
    const onSocket = this.#onPlain;
    if (before === null || onSocket === null) return;
    this.#plain = await this.#bind(address, onSocket);
    before.close();
  }

  /** Lets clients in. */
  open(): void {
    this.#open = true;
    for (const early of Array.from(this.#early)) {
      const accepted = early.handOver();
      if (accepted !== null) this.#serve(accepted);
    }
    this.#early.clear();
  }

  /** Clients that come from now on wait, as before `open`. */
  shut(): void {
    this.#open = false;
  }

  /** No new connections; those that stand go on. */
  async stopAccepting(): Promise<void> {
    this.#open = false;
    // A server's close waits for its connections, which are closed later.
    this.#plain?.close();
    this.#secure?.close();
    await Promise.resolve();
  }

  async close(): Promise<void> {
    this.#reload?.close();
    this.#tls?.close();
    for (const socket of this.#handshaking) socket.destroy();
    for (const early of Array.from(this.#early)) early.end();
    await Promise.all([closed(this.#plain), closed(this.#secure)]);
  }

  async #setUpTls(): Promise<void> {
    const { tls, network } = this.#config;
    const [server, { TlsAcceptor }, { CertReload }] = await Promise.all([
      openClientStores(this.#config),
      import("../tls/tlsAcceptor.ts"),
      import("../tls/certReload.ts"),
    ]);
    for (const warning of server.warnings) this.#log.warn(warning);
    const log = {
      info: (text: string) => this.#log.info(text),
      warn: (text: string) => this.#log.warn(text),
      error: (text: string) => this.#log.error(text),
    };
    const acceptor = new TlsAcceptor({
      server,
      settings: tls.settings,
      outstandingHandshakeLimit: network.outstandingHandshakeLimit,
      log,
    });
    this.#tls = acceptor;
    if (!tls.certReload) return;
    this.#reload = new CertReload({
      settings: tls.settings,
      readFile: readStoreFile,
      apply: (options) => acceptor.setContext(options.context),
      log,
    });
  }

  #bind(address: ListenAddress, onSocket: (socket: Socket) => void): Promise<NetServer> {
    const { clientPortListenBacklog, clientTcpKeepAlive } = this.#config.network;
    const options = { noDelay: true, keepAlive: clientTcpKeepAlive, pauseOnConnect: false };
    const server = createServer(options, onSocket);
    return new Promise((resolveBound, reject) => {
      const onFailure = (error: Error): void => {
        reject(
          new Error(
            `cannot listen on ${address.host ?? "all addresses"}, port ${address.port}: ${error.message}; ` +
              "stop what uses the port or choose another",
            { cause: error },
          ),
        );
      };
      server.once("error", onFailure);
      const backlog = clientPortListenBacklog > 0 ? clientPortListenBacklog : 511;
      const host = address.host ?? undefined;
      server.listen({ port: address.port, backlog, ...(host === undefined ? {} : { host }) }, () => {
        server.off("error", onFailure);
        // One connection that the system has no memory for: it is lost, the port is not.
        server.on("error", (error) => this.#log.warn(`a connection could not be accepted: ${error.message}`));
        resolveBound(server);
      });
    });
  }

  #handshake(
    socket: Socket,
    start: (done: { ready: (accepted: AcceptedSocket) => void; failed: (error: TlsError) => void }) => void,
  ): void {
    this.#handshaking.add(socket);
    socket.once("close", () => this.#handshaking.delete(socket));
    start({
      ready: (accepted) => {
        this.#handshaking.delete(socket);
        this.#ready(socket, accepted);
      },
      failed: (error) => {
        this.#handshaking.delete(socket);
        this.#onTlsFailed(error);
      },
    });
  }

  #ready(raw: Socket, { socket, secure, identities }: AcceptedSocket): void {
    const remoteAddress = plainAddress(raw.remoteAddress ?? socket.remoteAddress);
    if (remoteAddress === null) {
      socket.on("error", () => undefined);
      socket.destroy();
      return;
    }
    const remotePort = raw.remotePort ?? socket.remotePort ?? 0;
    const accepted = { socket, secure, origin: { remoteAddress, remotePort, secure, authIds: identities } };
    if (this.#open) return this.#serve(accepted);
    const { sessionlessCnxnTimeoutMs } = this.#config.network;
    const gone = (early: EarlyClient): void => void this.#early.delete(early);
    this.#early.add(new EarlyClient(accepted, this.#earlyHost, sessionlessCnxnTimeoutMs, gone));
  }

  #serve(accepted: AcceptedClient): void {
    this.#onAccept(accepted);
    if (!accepted.secure) accepted.socket.resume();
  }
}

function addressOf(server: NetServer | null): AddressInfo | null {
  const address = server?.address() ?? null;
  return typeof address === "string" ? null : address;
}

function closed(server: NetServer | null): Promise<void> {
  if (server === null) return Promise.resolve();
  return new Promise((resolveClosed) => {
    if (!server.listening) server.once("close", () => resolveClosed());
    server.close(() => resolveClosed());
  });
}

/** An IPv4 address that came in by a socket of both families shows, and counts, as IPv4. IPv6 in Java's eight groups. */
export function plainAddress(address: string | undefined): string | null {
  if (address === undefined) return null;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1];
  return isIPv6(address) ? eightGroups(address) : address;
}

function eightGroups(address: string): string {
  const [plain, zone] = address.split("%");
  const [left, right] = plain.split("::");
  const groups = (part: string | undefined): string[] =>
    part === undefined || part === "" ? [] : part.split(":");
  const head = groups(left);
  const tail = groups(right);
  const zeros = right === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => "0");
  const text = [...head, ...zeros, ...tail].map((group) => parseInt(group, 16).toString(16)).join(":");
  return zone === undefined ? text : `${text}%${zone}`;
}
