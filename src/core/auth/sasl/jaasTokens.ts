import { JaasError } from "./jaasError.ts";

/** A piece of a login configuration; `line` is where it starts, from 1. The last one is of kind "end". */
export interface JaasToken {
  readonly kind: "word" | "symbol" | "end";
  /** A word without its quotes and escapes. */
  readonly text: string;
  readonly line: number;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  a: "\x07",
  v: "\v",
};

// Sticky patterns, tried in this order at each place.
const blank = /(?:\s|\/\/[^\n\r]*|\/\*[^]*?\*\/|#[^\n\r]*)+/y;
const symbol = /[{};=]/y;
const quoted = /"(?:[^"\\\n\r]|\\[^\n\r])*"|'(?:[^'\\\n\r]|\\[^\n\r])*'/y;
const word = /(?:[^\s{};="'/#]|\/(?![/*]))+/y;

/**
 * Cuts a file into words, quoted texts (as words) and the symbols `{ } ; =`; comments are `//`, `#` and the long form.
 * Throws JaasError for a quote or a long comment without an end.
 */
export function readJaasTokens(text: string, fileName: string): JaasToken[] {
  const tokens: JaasToken[] = [];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let line = 1;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  while (at < text.length) {
    let found = match(blank);
    if (found === null) {
      found = match(symbol);
      if (found !== null) tokens.push({ kind: "symbol", text: found, line });
    }
    if (found === null) {
      found = match(quoted);
      if (found !== null) tokens.push({ kind: "word", text: unescape(found.slice(1, -1)), line });
    }
    if (found === null) {
      found = match(word);
      if (found !== null) tokens.push({ kind: "word", text: found, line });
    }
    if (found === null) {
      const what = text.startsWith("/*", at)
        ? "a comment without an end; close it by `*/`"
        : `a quote (${text[at]}) without an end on its line; close it there`;
      throw new JaasError(`${fileName}:${line}: found ${what}`);
    }
    at += found.length;
    line += found.split("\n").length - 1;
  }
  tokens.push({ kind: "end", text: "", line });
  return tokens;
}

/** Escapes of java.io.StreamTokenizer: letters for control characters, up to three octal digits, else the next one. */
function unescape(text: string): string {
  return text.replace(/\\([0-3][0-7]{0,2}|[4-7][0-7]?|[^])/g, (_all, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  );
}
