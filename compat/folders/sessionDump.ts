import { askWord } from "../fourletter/rawClient.ts";

/** Which sessions a server knows, and what they own. */
export interface SessionDump {
  /** As hex, sorted. */
  readonly sessions: readonly string[];
  /** `<session>: <path> <path> …`, sorted by session, paths sorted. */
  readonly ephemerals: readonly string[];
}

/** Reads the answer to the word `dump`. */
export async function dumpSessions(port: number): Promise<SessionDump> {
  return parseSessionDump(await askWord(port, "dump"));
}

/** `text` is an answer to `dump` of a server alone; throws if its parts are not there. */
export function parseSessionDump(text: string): SessionDump {
  const parts = /Session Sets[^\n]*\n([^]*?)ephemeral nodes dump:\n([^]*?)(?:Connections dump:|$)/.exec(text);
  if (parts === null) throw new Error(`this is no session dump:\n${text}`);
  const sessions = [...parts[1].matchAll(/^\t(0x[0-9a-f]+)$/gm)].map((match) => match[1]);
  const pathsByOwner = new Map<string, string[]>();
  let paths: string[] = [];
  for (const line of parts[2].split("\n")) {
    if (line.startsWith("\t")) paths.push(line.slice(1));
    else if (line.startsWith("0x")) pathsByOwner.set(line.slice(0, -1), (paths = []));
  }
  const ephemerals = [...pathsByOwner].map(([owner, owned]) => `${owner}: ${owned.sort().join(" ")}`);
  return { sessions: sessions.sort(), ephemerals: ephemerals.sort() };
}

/** A line for each kind of thing that differs; empty if both servers know the same. */
export function sessionDifferences(
  [one, other]: readonly [SessionDump, SessionDump],
  [left, right]: readonly [string, string],
): string[] {
  const only = (what: string, a: readonly string[], b: readonly string[], name: string): string[] =>
    a.filter((text) => !b.includes(text)).map((text) => `${what} ${text}: only at ${name}`);
  return [
    ...only("session", one.sessions, other.sessions, left),
    ...only("session", other.sessions, one.sessions, right),
    ...only("ephemerals of", one.ephemerals, other.ephemerals, left),
    ...only("ephemerals of", other.ephemerals, one.ephemerals, right),
  ];
}
