import { connect, type Socket } from "node:net";
import type { PeerTls } from "./peerTls.ts";
import type { QuorumSasl } from "./quorumSasl.ts";

export interface DialTarget {
  readonly host: string;
  readonly port: number;
}

/** What becomes of a dial, or of a connection that was accepted; one of the two, once. */
export interface TransportEnd {
  ready(socket: Socket): void;
  failed(reason: string): void;
}

/** The way from server to server, on both ports: TCP, and TLS and a login where they are configured. */
export class PeerTransport {
  readonly #tls: PeerTls | null;
  readonly #sasl: QuorumSasl | null;

  constructor(tls: PeerTls | null, sasl: QuorumSasl | null) {
    this.#tls = tls;
    this.#sasl = sasl;
  }

  /** Connects, the name resolved anew; answers how to give it up, after which nothing more is said. */
  dial({ host, port }: DialTarget, patienceMs: number, end: TransportEnd): () => void {
    const socket = connect({ host, port, noDelay: true });
    let isOver = false;
    const close = (): void => {
      isOver = true;
      socket.removeAllListeners();
      // An error that comes late must not end the process.
      socket.on("error", () => undefined);
      socket.destroy();
    };
    const fail = (reason: string): void => {
      if (isOver) return;
      close();
      end.failed(reason);
    };
    socket.setTimeout(patienceMs, () => fail("timeout"));
    socket.once("error", (error) => fail(error.message));
    socket.once("connect", () => {
      socket.removeAllListeners();
      socket.setTimeout(0);
      const ready = (secured: Socket): void => {
        if (isOver) secured.destroy();
        else {
          isOver = true;
          end.ready(secured);
        }
      };
      if (this.#tls?.dials === true) this.#tls.connect(socket, host, patienceMs, { ready, failed: fail });
      else ready(socket);
    });
    return close;
  }

  /** A connection that somebody has made to a port of ours. */
  accept(socket: Socket, end: TransportEnd): void {
    if (this.#tls === null) end.ready(socket);
    else this.#tls.accept(socket, end);
  }

  /** The dialler shows who it is; what the other side says behind it stays on the socket. */
  prove(socket: Socket, end: TransportEnd): void {
    const ready = (): void => goOn(socket, end);
    if (this.#sasl === null) ready();
    else this.#sasl.prove(socket, { ready, failed: end.failed });
  }

  /** Who has dialled shows who it is, where that is asked for. */
  check(socket: Socket, end: TransportEnd): void {
    const ready = (): void => goOn(socket, end);
    if (this.#sasl === null) ready();
    else this.#sasl.check(socket, { ready, failed: end.failed });
  }

  close(): void {
    this.#tls?.close();
  }
}

/** What was read too much lies on the socket, which waits until somebody listens. */
function goOn(socket: Socket, end: TransportEnd): void {
  end.ready(socket);
  socket.resume();
}
