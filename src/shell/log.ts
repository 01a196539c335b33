import { writeSync } from "node:fs";
import { pino } from "pino";
import { formatLogLine } from "./logLine.ts";
import type { LogLevel } from "./logLevel.ts";

/** A message, and fields that go beside it; `err` is an Error. A secret has no place in either. */
export interface LogMethod {
  (message: string): void;
  (fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What the shell logs to. A level that is off costs a call of an empty function. */
export interface Log {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
}

/** Where whole lines go; each call is one line with its line end. */
export interface LogDestination {
  write(line: string): void;
}

/** Fields whose values never reach a line, at the top and one level down. A net below careful calls, not instead. */
const SECRET_FIELDS = [
  "password",
  "passwd",
  "superDigest",
  "superPassword",
  "digest",
  "auth",
  "sessionPasswd",
];

/** `user:<base64 of a SHA-1>` in any text: the id of the digest scheme, as good as a password for guessing. */
const DIGEST_ID = /([\w.@-]+):[A-Za-z0-9+/]{27}=/g;

/**
 * The log of one process: JSON lines, or short coloured ones on a terminal. Lines are written synchronously, so none is
 * lost when the process ends, and a reader that blocks the pipe blocks the server: log what is worth that.
 */
export function createLog(options: {
  readonly level: LogLevel;
  /** Short lines for people in the place of JSON. */
  readonly terminal: boolean;
  /** Standard output if absent. */
  readonly destination?: LogDestination;
}): Log {
  const destination = options.destination ?? standardOutput;
  const stream = options.terminal
    ? { write: (line: string): void => destination.write(formatLogLine(line)) }
    : destination;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "…" },
      hooks: { streamWrite: (line) => line.replace(DIGEST_ID, "$1:…") },
    },
    stream,
  );
}

const standardOutput: LogDestination = { write: (line) => writeWhole(1, Buffer.from(line)) };

/** Writes all bytes; a full pipe is tried again, a closed one ends the attempt, since there is nobody to tell. */
function writeWhole(fd: number, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
