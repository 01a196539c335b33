/** One logical line of a properties file. */
export interface PropertyEntry {
  readonly key: string;
  /** Escapes undone; blanks at the end are kept, as in Java (the reader of zoo.cfg trims). */
  readonly value: string;
  /** Where the logical line starts, from 1. */
  readonly line: number;
  /** Lines of earlier entries with the same key, which this one replaces. */
  readonly replacedLines: readonly number[];
}

/** A `\u` that four hexadecimal digits do not follow; Java refuses the whole file too. */
export class PropertiesSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = "PropertiesSyntaxError";
    this.line = line;
  }
}

interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

/**
 * Reads the bytes (ISO-8859-1) of a Java properties file: comments by # and !, lines continued by an odd number of
 * backslashes, =, : or blanks between key and value. One entry per key, in the order of first appearance; a later
 * duplicate gives its value. Source: `java.util.Properties.load`.
 */
export function parseJavaProperties(bytes: Uint8Array): PropertyEntry[] {
  const entries = new Map<string, PropertyEntry>();
  for (const logical of logicalLines(Buffer.from(bytes).toString("latin1"))) {
    const { key, value } = splitEntry(logical);
    const before = entries.get(key);
    const replacedLines = before === undefined ? [] : [...before.replacedLines, before.line];
    entries.set(key, { key, value, line: logical.line, replacedLines });
  }
  return [...entries.values()];
}

function logicalLines(text: string): LogicalLine[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  const logical: LogicalLine[] = [];
  let joined = "";
  let line = 0;
  let continued = false;
  for (const [index, natural] of lines.entries()) {
    const rest = dropLeadingBlanks(natural);
    // Nothing but lone backslashes so far: Java still looks for comments and empty lines.
    if (joined === "") {
      if (rest === "" || rest.startsWith("#") || rest.startsWith("!")) {
        continued = false;
        continue;
      }
      line = index + 1;
    }
    continued = isContinued(rest);
    joined += continued ? rest.slice(0, -1) : rest;
    if (continued) continue;
    logical.push({ text: joined, line });
    joined = "";
  }
  // A backslash that ends the file ends a line too, an empty one if nothing stands before it (not before CR LF).
  if (continued && (joined !== "" || !text.endsWith("\r\n"))) logical.push({ text: joined, line });
  return logical;
}

/** Java's blanks here are these three alone; `trim` would take more. */
function dropLeadingBlanks(text: string): string {
  return text.replace(/^[ \t\f]+/, "");
}

function isContinued(text: string): boolean {
  let backslashes = 0;
  while (text[text.length - 1 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

function splitEntry({ text, line }: LogicalLine): { key: string; value: string } {
  let end = 0;
  while (end < text.length && !"=: \t\f".includes(text[end])) end += text[end] === "\\" ? 2 : 1;
  end = Math.min(end, text.length);
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(text.slice(end))?.[0] ?? "";
  return {
    key: unescape(text.slice(0, end), line),
    value: unescape(text.slice(end + separator.length), line),
  };
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescape(text: string, line: number): string {
  return text.replace(/\\(u.{0,4}|[\s\S]|$)/g, (_, escaped: string) => {
    if (!escaped.startsWith("u")) return ESCAPES[escaped] ?? escaped;
    if (!/^u[0-9A-Fa-f]{4}$/.test(escaped)) {
      throw new PropertiesSyntaxError(line, `\\${escaped} is no \\u with four hexadecimal digits`);
    }
    return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  });
}
