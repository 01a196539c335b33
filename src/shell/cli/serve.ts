import { loadConfig } from "../config/config.ts";
import type { LoadedConfig } from "../config/config.ts";
import { ConfigError } from "../config/configError.ts";
import type { Log } from "../log.ts";
import { parseLogLevel } from "../logLevel.ts";
import type { LogLevel } from "../logLevel.ts";
import type { Command } from "./command.ts";
import { ExitCode, exitCodeOf } from "./exitCodes.ts";
import type { RunningServer, ServerModule } from "./runningServer.ts";

type ServeCommand = Extract<Command, { kind: "serve" }>;

/** Checks, prints or serves a configuration; settles with the exit code when there is nothing left to do. */
export async function serve(
  command: ServeCommand,
  loadServer: () => Promise<ServerModule>,
): Promise<ExitCode> {
  let loaded: LoadedConfig;
  let level: LogLevel;
  const { checkConfig, printConfig } = command.options;
  try {
    loaded = loadCommandConfig(command);
    level = logLevel(command.options.logLevel, loaded);
    if (checkConfig === true) await check(loaded);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`zabra: ${error.message}\n`);
    return error.exitCode;
  }
  if (printConfig === true) {
    const { printedConfig } = await import("./printConfig.ts");
    process.stdout.write(printedConfig(loaded));
  }
  if (checkConfig === true || printConfig === true) return ExitCode.EXECUTION_FINISHED;
  return runUntilClosed(loaded, level, loadServer);
}

/** Prints what a start would warn of; throws the ConfigError that it would end with. */
async function check({ config, notices }: LoadedConfig): Promise<void> {
  const [{ checkStart }, { printedNotices }] = await Promise.all([
    import("./checkStart.ts"),
    import("./printConfig.ts"),
  ]);
  process.stdout.write(printedNotices(notices));
  const warnings = await checkStart(config);
  process.stdout.write(printedNotices(warnings.map((text) => ({ level: "warn", text }))));
}

function loadCommandConfig({ positional, options, defines }: ServeCommand): LoadedConfig {
  return loadConfig({
    file: positional.length === 1 ? positional[0] : undefined,
    args: positional.length > 1 ? positional : undefined,
    overrides: { port: options.port, host: options.host, dataDir: options.dataDir, memory: options.memory },
    defines,
    env: process.env,
  });
}

/** The option, else the property zookeeper.log.level, else LOG_LEVEL, else info. A bad name stops the start. */
function logLevel(option: string | undefined, { properties }: LoadedConfig): LogLevel {
  const places: readonly (readonly [string, string | undefined])[] = [
    ["--log-level", option],
    ["zookeeper.log.level", properties.get("zookeeper.log.level")?.value],
    ["LOG_LEVEL", process.env["LOG_LEVEL"]],
  ];
  for (const [place, text] of places) {
    if (text === undefined || text === "") continue;
    const level = parseLogLevel(text);
    if (level !== undefined) return level;
    throw new ConfigError(
      ExitCode.INVALID_INVOCATION,
      `${place}: ${text} is no level; write trace, debug, info, warn, error, fatal or silent`,
    );
  }
  return "info";
}

async function runUntilClosed(
  loaded: LoadedConfig,
  level: LogLevel,
  loadServer: () => Promise<ServerModule>,
): Promise<ExitCode> {
  const [{ createLog }, { runServer }] = await Promise.all([import("../log.ts"), loadServer()]);
  const log = createLog({ level, terminal: process.stdout.isTTY });
  for (const { level: noticeLevel, text } of loaded.notices) log[noticeLevel](text);
  const starting = runServer(loaded.config, { log });
  const signals = stopOnSignals(starting, log);
  try {
    const server = await Promise.race([starting, signals.leaving]);
    if (server === null) return ExitCode.EXECUTION_FINISHED;
    const { exitCode } = await server.closed;
    return exitCode;
  } catch (error) {
    log.fatal(
      { err: error },
      `the server could not start: ${error instanceof Error ? error.message : String(error)}`,
    );
    return exitCodeOf(error, ExitCode.UNEXPECTED_ERROR);
  } finally {
    signals.forget();
  }
}

interface StopSignals {
  /** Settles if a signal comes before the server serves. */
  readonly leaving: Promise<null>;
  /** Takes the handlers away again. */
  forget(): void;
}

/**
 * The first signal stops a server that serves. One that is still loading its data has told nobody anything, and what it
 * mends on disk may be cut short anywhere, so it is not waited for. The second signal ends the process where it stands.
 */
function stopOnSignals(starting: Promise<RunningServer>, log: Log): StopSignals {
  let server: RunningServer | null = null;
  let stopping = false;
  let leave: (nothing: null) => void = () => undefined;
  const leaving = new Promise<null>((resolve) => (leave = resolve));
  starting.then(
    (started) => (server = started),
    () => undefined, // whoever waits for the start reports it
  );
  const onSignal = (signal: "SIGTERM" | "SIGINT"): void => {
    if (stopping) {
      log.warn(`${signal} again: leaving at once`);
      process.exit(signal === "SIGTERM" ? ExitCode.TERMINATED_TWICE : ExitCode.INTERRUPTED_TWICE);
    }
    stopping = true;
    log.info(server === null ? `${signal} during the start: leaving` : `${signal}: stopping`);
    if (server === null) leave(null);
    else void stopServer(server, log);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  // Whoever has forked this process is gone: nobody is left to end it.
  const onOrphaned = (): void => onSignal("SIGTERM");
  process.on("disconnect", onOrphaned);
  const forget = (): void => {
    process.off("disconnect", onOrphaned);
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
  };
  return { leaving, forget };
}

async function stopServer(server: RunningServer, log: Log): Promise<void> {
  try {
    await server.stop();
  } catch (error) {
    log.error({ err: error }, "the server did not stop cleanly");
  }
}
