import { JaasError } from "./jaasError.ts";
import { readJaasTokens, type JaasToken } from "./jaasTokens.ts";

/** The control flags of a login module, in the spelling of the Java documentation. */
export const jaasFlags = ["required", "requisite", "sufficient", "optional"] as const;
export type JaasFlag = (typeof jaasFlags)[number];

/** One `<module class> <flag> <option>=<value> ... ;`. */
export interface JaasEntry {
  readonly moduleClass: string;
  /** Known modules by what they do: passwords of DIGEST-MD5, or a Kerberos ticket, which callers must refuse. */
  readonly kind: "digest" | "kerberos" | "other";
  readonly flag: JaasFlag;
  readonly options: ReadonlyMap<string, string>;
  /** Where the entry starts; from 1. */
  readonly line: number;
}

/** A login configuration: entries by section name. An empty file has no sections. */
export interface JaasFile {
  readonly fileName: string;
  readonly sections: ReadonlyMap<string, readonly JaasEntry[]>;
}

/**
 * Reads a file of the form that the JVM's java.security.auth.login.config names. `${name}` in the value of an option
 * is a Java property, looked up in `properties`. A section without entries is as good as none. Throws JaasError, also
 * for an unknown property. Kinder than the JDK, which takes no `#` comment, single quote or number without quotes.
 */
export function parseJaas(
  text: string,
  fileName: string,
  properties: ReadonlyMap<string, string> = new Map(),
): JaasFile {
  const cursor = new Cursor(readJaasTokens(text, fileName), fileName, properties);
  const sections = new Map<string, readonly JaasEntry[]>();
  while (!cursor.atEnd) {
    const name = cursor.word("the name of a section");
    if (sections.has(name.text))
      throw cursor.error(name, "each section once; join the two sections of this name");
    cursor.symbol("{", "behind the name of a section");
    const entries: JaasEntry[] = [];
    while (!cursor.takes("}")) entries.push(readEntry(cursor));
    cursor.symbol(";", "behind the `}` of a section");
    if (entries.length > 0) sections.set(name.text, entries);
  }
  return { fileName, sections };
}

/** Passwords by user: the options `user_<name>="<password>"` of all digest entries of a section. */
export function digestPasswords(entries: readonly JaasEntry[]): ReadonlyMap<string, string> {
  const passwords = new Map<string, string>();
  for (const { kind, options } of entries) {
    if (kind !== "digest") continue;
    for (const [name, value] of options) {
      if (name.startsWith("user_")) passwords.set(name.slice("user_".length), value);
    }
  }
  return passwords;
}

function readEntry(cursor: Cursor): JaasEntry {
  const moduleClass = cursor.word("the class of a login module, or `}`");
  const flagToken = cursor.word(`a flag, one of ${jaasFlags.join(", ")},`);
  const flag = jaasFlags.find((known) => known === flagToken.text.toLowerCase());
  if (flag === undefined) throw cursor.error(flagToken, `a flag, one of ${jaasFlags.join(", ")}`);
  const options = new Map<string, string>();
  while (!cursor.takes(";")) {
    const key = cursor.word("an option, or `;` behind the last one");
    cursor.symbol("=", `behind the option ${key.text}`);
    const value = cursor.word(`the value of ${key.text}, in quotes if it is more than a word,`);
    options.set(key.text, cursor.expand(value));
  }
  return {
    moduleClass: moduleClass.text,
    kind: kindOf(moduleClass.text),
    flag,
    options,
    line: moduleClass.line,
  };
}

function kindOf(moduleClass: string): JaasEntry["kind"] {
  if (moduleClass === "org.apache.zookeeper.server.auth.DigestLoginModule") return "digest";
  return moduleClass.endsWith(".Krb5LoginModule") ? "kerberos" : "other";
}

class Cursor {
  readonly #tokens: readonly JaasToken[];
  readonly #fileName: string;
  readonly #properties: ReadonlyMap<string, string>;
  #at = 0;

  constructor(tokens: readonly JaasToken[], fileName: string, properties: ReadonlyMap<string, string>) {
    this.#tokens = tokens;
    this.#fileName = fileName;
    this.#properties = properties;
  }

  get atEnd(): boolean {
    return this.#tokens[this.#at].kind === "end";
  }

  takes(symbol: string): boolean {
    const token = this.#tokens[this.#at];
    const found = token.kind === "symbol" && token.text === symbol;
    if (found) this.#at++;
    return found;
  }

  symbol(symbol: string, place: string): void {
    if (!this.takes(symbol)) throw this.error(this.#tokens[this.#at], `\`${symbol}\` ${place}`);
  }

  word(what: string): JaasToken {
    const token = this.#tokens[this.#at];
    if (token.kind !== "word") throw this.error(token, what);
    this.#at++;
    return token;
  }

  /** PropertyExpander of the JDK: `${/}` is a slash, `${{...}}` stays as it is, and so does what has no end. */
  expand(token: JaasToken): string {
    return token.text.replace(/\$\{(?:\{[^]*?\}\}|([^{}][^}]*|)\})/g, (all, name: string | undefined) => {
      if (name === undefined) return all;
      const value = name === "/" ? "/" : this.#properties.get(name);
      // The value may hold a password, so it stays out of the message.
      if (value === undefined) {
        throw new JaasError(
          `${this.#fileName}:${token.line}: found \${${name}}, which is no known Java property; write its value instead`,
        );
      }
      return value;
    });
  }

  error(token: JaasToken, wanted: string): JaasError {
    const found = token.kind === "end" ? "the end of the file" : JSON.stringify(token.text);
    return new JaasError(
      `${this.#fileName}:${token.line}: found ${found}, but wanted ${wanted.replace(/,$/, "")}`,
    );
  }
}
