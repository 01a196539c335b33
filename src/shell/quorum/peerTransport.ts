import { connect, type Socket } from "node:net";
import type { PeerTls } from "./peerTls.ts";
import type { QuorumSasl } from "./quorumSasl.ts";

export interface DialTarget {
  readonly host: string;
  readonly port: number;
}

/** How much a failure tells: `debug`, nothing; `info`, the other server may be down; `warn`, one of the two refuses the other. */
export type FailureLevel = "debug" | "info" | "warn";

/** What becomes of a dial, or of a connection that was accepted; one of the two, once. */
export interface TransportEnd {
  ready(socket: Socket): void;
  failed(reason: string, level: FailureLevel): void;
}

/** The way from server to server, on both ports: TCP, and TLS and a login where they are configured. */
export class PeerTransport {
  readonly #tls: PeerTls | null;
  readonly #sasl: QuorumSasl | null;
  readonly #keepAlive: boolean;

  /** @param keepAlive Whether the system asks a silent peer whether it is still there (tcpKeepAlive). */
  constructor(tls: PeerTls | null, sasl: QuorumSasl | null, keepAlive = false) {
    this.#tls = tls;
    this.#sasl = sasl;
    this.#keepAlive = keepAlive;
  }

  /** Connects, the name resolved anew; answers how to give it up, after which nothing more is said. */
  dial({ host, port }: DialTarget, patienceMs: number, end: TransportEnd): () => void {
    const socket = connect({ host, port, noDelay: true, keepAlive: this.#keepAlive });
    let giveUp = (): void => leave();
    const leave = (): void => {
      clearTimeout(timer);
      socket.off("error", onError).off("connect", onConnect);
      discard(socket);
    };
    const fail = (reason: string): void => {
      leave();
      end.failed(reason, "info");
    };
    const onError = (error: Error): void => fail(error.message);
    const onConnect = (): void => {
      clearTimeout(timer);
      socket.off("error", onError).off("connect", onConnect);
      if (this.#tls?.dials !== true) return end.ready(socket);
      giveUp = this.#tls.connect(socket, host, patienceMs, end);
    };
    const timer = setTimeout(() => fail("timeout"), patienceMs);
    socket.on("error", onError).on("connect", onConnect);
    return () => giveUp();
  }

  /** A connection that somebody has made to a port of ours. */
  accept(socket: Socket, end: TransportEnd): void {
    if (this.#keepAlive) socket.setKeepAlive(true);
    if (this.#tls === null) end.ready(socket);
    else this.#tls.accept(socket, end);
  }

  /** The dialler shows who it is; what the other side says behind it stays on the socket. */
  prove(socket: Socket, end: TransportEnd): void {
    if (this.#sasl === null) goOn(socket, end);
    else this.#sasl.prove(socket, { ...end, ready: () => goOn(socket, end) });
  }

  /** Who has dialled shows who it is, where that is asked for. */
  check(socket: Socket, end: TransportEnd): void {
    if (this.#sasl === null) goOn(socket, end);
    else this.#sasl.check(socket, { ...end, ready: () => goOn(socket, end) });
  }

  close(): void {
    this.#tls?.close();
  }
}

/** Away with it; an error that comes late must not end the process. */
export function discard(socket: Socket): void {
  socket.on("error", () => undefined);
  socket.destroy();
}

/** What was read too much lies on the socket, which waits until somebody listens. */
function goOn(socket: Socket, end: TransportEnd): void {
  end.ready(socket);
  socket.resume();
}
