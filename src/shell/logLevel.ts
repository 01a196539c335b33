/** From most to least; `silent` is none. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names that Java's loggers use for the same. */
const OTHER_NAMES: Readonly<Record<string, LogLevel>> = { all: "trace", warning: "warn", off: "silent" };

/** A level by name in any case; undefined for a name that is none. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const lower = text.trim().toLowerCase();
  return LOG_LEVELS.find((level) => level === lower) ?? OTHER_NAMES[lower];
}
