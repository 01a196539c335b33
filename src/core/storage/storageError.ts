/** Why the data on disk cannot be used, or can no longer be written. */
export type StorageErrorCode =
  | "DAMAGED_LOG"
  | "DAMAGED_SNAPSHOT"
  | "NO_SNAPSHOT"
  | "MISSING_FOLDER"
  | "MIXED_FOLDERS"
  | "GAP"
  | "EPOCHS"
  | "NO_DATABASE"
  | "IN_USE"
  | "WRITE_FAILED";

/**
 * Exit code of a start refused since what is on disk is damaged or incomplete. DIFFERS: Apache leaves with 1, as for any
 * fault of a start; whoever restarts servers by themselves should be able to tell that this one will not help.
 */
export const damagedDataExitCode = 21;

/** Ends the start or the server; the message names file, place and remedy. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;
  /** Exit code of the process (docs/configuration.md). */
  readonly exitCode: number;

  constructor(code: StorageErrorCode, exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StorageError";
    this.code = code;
    this.exitCode = exitCode;
  }
}
