const COLOURS: Readonly<Record<string, string>> = {
  trace: "\u001b[90m",
  debug: "\u001b[90m",
  info: "\u001b[32m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
  fatal: "\u001b[1;31m",
};
const DIM = "\u001b[90m";
const PLAIN = "\u001b[0m";

/**
 * A JSON line of the log as a short one for a terminal: local time, level, message, other fields as name=value; stacks
 * below it for errors that carry one. A line that is no JSON object is given back as it is.
 */
export function formatLogLine(line: string): string {
  const record = parseRecord(line);
  if (record === null) return line;
  const { level, time, msg, err, ...fields } = record;
  const name = String(level);
  const head = `${DIM}${clock(String(time))}${PLAIN} ${COLOURS[name] ?? ""}${name.toUpperCase().padEnd(5)}${PLAIN}`;
  const pairs = Object.entries(fields).map(([key, value]) => ` ${DIM}${key}=${PLAIN}${fieldText(value)}`);
  return `${head} ${printable(typeof msg === "string" ? msg : "")}${pairs.join("")}${errorText(err)}\n`;
}

function parseRecord(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function clock(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const two = (part: number): string => String(part).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

function fieldText(value: unknown): string {
  return typeof value === "string" && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
}

/** Text from clients must not move the cursor or colour the terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]/gu, "?");
}

function errorText(err: unknown): string {
  if (typeof err !== "object" || err === null) return "";
  const stack = "stack" in err ? String(err.stack) : JSON.stringify(err);
  return `\n${printable(stack)}`;
}
