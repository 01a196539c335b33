import { loadConfig } from "./shell/config/config.ts";
import { isWildcard } from "./shell/config/membership.ts";
import { createLog, type Log } from "./shell/log.ts";
import type { LogLevel } from "./shell/logLevel.ts";
import { runServer } from "./server.ts";

/** What a server embedded in a process is started with; all of it is optional. */
export interface StartOptions {
  /** Client port; 0, the default, takes any free one. */
  readonly port?: number;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Folder for logs and snapshots, made if it is missing. Without one the data lives in memory and ends with it. */
  readonly dataDir?: string;
  /**
   * Further keys as they would stand in zoo.cfg, such as `tickTime` or `extendedTypesEnabled`. `clientPort`,
   * `clientPortAddress` and `dataDir` count too where the option of the same meaning is absent.
   */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Least level that is logged to standard output; nothing by default. Or a log of your own. */
  readonly log?: LogLevel | Log;
}

const optionNames: ReadonlySet<string> = new Set(["port", "host", "dataDir", "config", "log"]);

/** How a server ended. */
export interface ServerClosed {
  /** 0 after `stop`; else the exit code that the program `zabra` would have left with. */
  readonly exitCode: number;
}

/** A server that serves. */
export interface StartedServer {
  /** `host:port`, as clients of this machine take it. */
  readonly connectString: string;
  /** Address that is listened on; `::` or `0.0.0.0` for all. */
  readonly host: string;
  readonly port: number;
  /** TLS port, or -1. */
  readonly securePort: number;
  /** Stops accepting, answers what is in flight, syncs, closes. May be called again. */
  stop(): Promise<void>;
  /** Settles when the server has ended, also by an error of its disk; never rejects. */
  readonly closed: Promise<ServerClosed>;
}

/**
 * Starts a server in this process and resolves when it serves: a write would succeed. Several may run side by side.
 * Rejects with an Error whose message names the key, file or port at fault. Nothing here ends the process.
 */
export async function startServer(options: StartOptions = {}): Promise<StartedServer> {
  refuseUnknown(options);
  const written = options.config ?? {};
  const keys = Object.entries(written).map(([key, value]) => [key, String(value)]);
  const { config, notices } = loadConfig({
    keys: Object.fromEntries(keys),
    overrides: {
      port: written["clientPort"] === undefined ? String(options.port ?? 0) : options.port?.toString(),
      host: options.host,
      dataDir: options.dataDir,
      memory: options.dataDir === undefined && written["dataDir"] === undefined,
    },
  });
  const { log: wanted = "silent" } = options;
  const log = typeof wanted === "string" ? createLog({ level: wanted, terminal: false }) : wanted;
  for (const { level, text } of notices) log[level](text);
  const server = await runServer(config, { log });
  const { host, port, securePort } = server.address;
  return {
    connectString: connectString(host, port),
    host,
    port,
    securePort,
    stop: () => server.stop(),
    closed: server.closed,
  };
}

/** Of a server that listens on all addresses the one that every client of this machine can connect to. */
function connectString(host: string, port: number): string {
  if (isWildcard(host)) return `127.0.0.1:${port}`;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** A misspelt `dataDir` would keep the data in memory, and nothing but its loss would tell. */
function refuseUnknown(options: StartOptions): void {
  const unknown = Object.keys(options).find((name) => !optionNames.has(name));
  if (unknown === undefined) return;
  const known = [...optionNames].join(", ");
  throw new Error(`startServer has no option ${unknown}, only ${known}; keys of zoo.cfg stand in config`);
}

export type { Log, LogLevel };
