import type { ServerConfig } from "../config/serverConfig.ts";
import type { Log } from "../log.ts";
import type { ExitCode } from "./exitCodes.ts";

/** How a server ended: as asked, or by an error that it has logged. */
export interface ServerEnd {
  readonly exitCode: ExitCode;
}

/** A server that serves. */
export interface RunningServer {
  /** Stops accepting, answers what is in flight, syncs, closes; settles when all is done. */
  stop(): Promise<void>;
  /** Settles once, when the server has ended for whatever reason; never rejects. */
  readonly closed: Promise<ServerEnd>;
}

/** What src/server.ts exports; it rejects with an Error that may carry `exitCode` if it cannot start. */
export interface ServerModule {
  runServer(config: ServerConfig, hooks: { readonly log: Log }): Promise<RunningServer>;
}
