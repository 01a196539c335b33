/**
 * What the process leaves with. Names and numbers up to 14 are Apache's `ExitCode`; a quorum's are listed since scripts
 * know them. A stop by SIGTERM or SIGINT leaves with 0 once everything is synced (DIFFERS: Apache leaves with 143).
 */
export const ExitCode = {
  /** Stopped as asked, or a command that only prints did so. */
  EXECUTION_FINISHED: 0,
  /** A client port that is taken, no data where db.autocreate is false, a bug, anything not named below. */
  UNEXPECTED_ERROR: 1,
  /** Bad arguments, or a configuration that cannot be used: also the key stores and login files that it names. */
  INVALID_INVOCATION: 2,
  /** The data folder is missing, is no folder, is in use, holds what belongs elsewhere, or cannot be written to. */
  UNABLE_TO_ACCESS_DATADIR: 3,
  ERROR_STARTING_ADMIN_SERVER: 4,
  /** A snapshot could not be written. */
  TXNLOG_ERROR_TAKING_SNAPSHOT: 10,
  UNMATCHED_TXN_COMMIT: 12,
  QUORUM_PACKET_ERROR: 13,
  UNABLE_TO_BIND_QUORUM_PORT: 14,
  /** Ours: a write or sync of the transaction log failed; nothing after it was acknowledged. */
  TXNLOG_WRITE_FAILED: 20,
  /** Ours: what is on disk is damaged or incomplete, and a start would lose what clients were told of. */
  DATA_DAMAGED: 21,
  /** A second SIGINT while stopping (128 + 2). */
  INTERRUPTED_TWICE: 130,
  /** A second SIGTERM while stopping (128 + 15). */
  TERMINATED_TWICE: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What an error that carries an `exitCode` ends the process with; any other one with `otherwise`. */
export function exitCodeOf(error: unknown, otherwise: ExitCode): ExitCode {
  if (!(error instanceof Error && "exitCode" in error)) return otherwise;
  return Object.values(ExitCode).find((code) => code === error.exitCode) ?? otherwise;
}
