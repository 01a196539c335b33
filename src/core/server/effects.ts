import type { ClientConnection } from "./clientConnection.ts";

/** Something worth a line in the log; the core never logs by itself. */
export interface Report {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * All that the core may ask of the world. Calls are made while an input is handled and must not call back into the
 * core: what follows from them comes later, as an input of its own.
 */
export interface Effects {
  /** `connection.out` went from empty to not empty: write it out before the turn ends. */
  flush(connection: ClientConnection): void;
  /** Write out what is in `connection.out`, then close. The core has forgotten the connection already. */
  close(connection: ClientConnection, reason: string): void;
  /** Stop handing over frames of this connection until `resume`. */
  pause(connection: ClientConnection): void;
  resume(connection: ClientConnection): void;
  /**
   * Add a transaction to the log. `body` is valid during the call only. `ZooKeeperServer.logged(zxid)` says when it
   * and all before it are on disk; nothing is acknowledged earlier.
   */
  append(zxid: bigint, body: Uint8Array): void;
  report(report: Report): void;
}

/** Clocks, set by the shell before it hands in anything: the core reads no clock of its own. */
export interface Clock {
  /** Milliseconds of a clock that never jumps: sessions, latencies. */
  monotonicMs: number;
  /** Milliseconds since 1970: times of transactions. */
  wallMs: number;
}
