import type { ExitCode } from "../cli/exitCodes.ts";

/**
 * The configuration cannot be used. The message names the file and line or the option, what was found and what to do;
 * `exitCode` is the one Apache leaves with: INVALID_INVOCATION, or UNABLE_TO_ACCESS_DATADIR for a data folder.
 */
export class ConfigError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ConfigError";
    this.exitCode = exitCode;
  }
}
