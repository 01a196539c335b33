import type { ConfigNotices } from "./notices.ts";
import type { OriginatedValue } from "./settings.ts";

/** System properties by whole name, as `-Dname=value` words give them; the last word for a name wins. */
export type SystemProperties = Map<string, OriginatedValue>;

/** Words of one place, as the command line or SERVER_JVMFLAGS. */
export interface FlagWords {
  readonly origin: string;
  readonly words: readonly string[];
}

/**
 * Splits a variable as a shell splits a command line: blanks between words, '…' and "…" keep blanks. A backslash is
 * kept unless it stands before a blank, a quote or a backslash, since an unquoted variable keeps it too.
 */
export function splitShellWords(text: string): string[] {
  const words: string[] = [];
  for (const [raw] of text.matchAll(/(?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\s])+/g)) {
    const word = raw.replace(
      /\\([\s'"\\])|'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"/g,
      (_, escaped, single, double) => {
        if (typeof escaped === "string") return escaped;
        if (typeof single === "string") return single;
        return String(double).replace(/\\(["\\])/g, "$1");
      },
    );
    words.push(word);
  }
  return words;
}

/**
 * The places where people write JVM options, in the order in which zkServer.sh hands them to Java: SERVER_JVMFLAGS,
 * then JVMFLAGS. ZOO_DATADIR_AUTOCREATE_DISABLE stands for the property that the script makes of it.
 */
export function environmentFlags(env: Readonly<Record<string, string | undefined>>): FlagWords[] {
  const places: FlagWords[] = [];
  if (env["ZOO_DATADIR_AUTOCREATE_DISABLE"]) {
    places.push({
      origin: "ZOO_DATADIR_AUTOCREATE_DISABLE",
      words: ["-Dzookeeper.datadir.autocreate=false"],
    });
  }
  for (const origin of ["SERVER_JVMFLAGS", "JVMFLAGS"]) {
    const text = env[origin];
    if (text) places.push({ origin, words: splitShellWords(text) });
  }
  return places;
}

/** Takes the -D words of all places, later ones first in rank, and says what becomes of the other words. */
export function collectSystemProperties(
  places: readonly FlagWords[],
  notices: ConfigNotices,
): SystemProperties {
  const properties: SystemProperties = new Map();
  for (const { origin, words } of places) {
    const ignored: string[] = [];
    for (const word of words) {
      const define = /^-D([^=]+)(?:=([\s\S]*))?$/.exec(word);
      if (define === null) ignored.push(word);
      else properties.set(define[1], { value: define[2] ?? "", origin: `-D${define[1]} in ${origin}` });
    }
    warnIgnoredFlags(origin, ignored, notices);
  }
  if ([...properties.keys()].some((name) => name.startsWith("com.sun.management.jmxremote"))) {
    notices.warn(
      "JMX properties have no effect: there is no JVM; watch the server by four-letter words instead",
    );
  }
  return properties;
}

function warnIgnoredFlags(origin: string, words: readonly string[], notices: ConfigNotices): void {
  const memory = words.filter((word) => word.startsWith("-X"));
  const other = words.filter((word) => !memory.includes(word));
  if (memory.length > 0) {
    notices.warn(
      `${origin}: ${memory.join(" ")} set a JVM's memory and have no effect; use NODE_OPTIONS=--max-old-space-size=MB`,
    );
  }
  if (other.length > 0) notices.warn(`${origin}: ${other.join(" ")} are JVM options and have no effect`);
}

const JMX_VARIABLES = ["JMXPORT", "JMXAUTH", "JMXSSL", "JMXLOG4J", "JMXHOSTNAME", "JMXLOCALONLY"];

/** Says that variables of the start scripts that configure JMX do nothing here. */
export function warnJmxVariables(
  env: Readonly<Record<string, string | undefined>>,
  notices: ConfigNotices,
): void {
  const set = JMX_VARIABLES.filter((name) => env[name]);
  if (set.length > 0) notices.warn(`${set.join(", ")}: JMX needs a JVM; the variables have no effect`);
}
