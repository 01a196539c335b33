import { inJavaMapOrder } from "../../core/java/javaMapOrder.ts";
import { longHex } from "../../core/stats/javaNumber.ts";
import type { ExpiryView, ServerView, SessionsView } from "../../core/stats/serverView.ts";
import { javaDateText } from "./javaDateText.ts";

/** `dump`: sessions and connections by the time they expire, and ephemeral nodes by session. */
export function dump(view: ServerView): string {
  return (
    `SessionTracker dump:\n${sessionsText(view.sessions())}` +
    `ephemeral nodes dump:\n${ephemeralsText(view.ephemeralsBySession())}` +
    `Connections dump:\nConnections ${expiryText(
      view.connectionsByExpiry(),
      (each) => `ip: /${each.remoteAddress}:${each.remotePort} sessionId: 0x${longHex(each.sessionId)}`,
    )}`
  );
}

function sessionsText({ local, global }: SessionsView): string {
  const byExpiry = (view: ExpiryView<bigint>): string =>
    `Session ${expiryText(view, (sessionId) => `0x${longHex(sessionId)}`)}`;
  const localText = local === null ? "" : `Local ${byExpiry(local)}`;
  if ("buckets" in global) return `${localText}${local === null ? "" : "Global "}${byExpiry(global)}`;
  const { timeoutMsBySession } = global;
  const sorted = [...timeoutMsBySession].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.map(([sessionId, timeoutMs]) => `0x${longHex(sessionId)}\t${timeoutMs}ms\n`);
  return `${localText}Global Sessions(${sorted.length}):\n${lines.join("")}`;
}

function expiryText<T>({ buckets, memberCount }: ExpiryView<T>, memberText: (member: T) => string): string {
  let text = `Sets (${buckets.length})/(${memberCount}):\n`;
  for (const { timeMs, members } of buckets) {
    text += `${members.length} expire at ${javaDateText(timeMs)}:\n`;
    for (const member of members) text += `\t${memberText(member)}\n`;
  }
  return text;
}

function ephemeralsText(pathsBySession: ReadonlyMap<bigint, Iterable<string>>): string {
  let text = `Sessions with Ephemerals (${pathsBySession.size}):\n`;
  for (const sessionId of inJavaMapOrder(pathsBySession.keys(), "ConcurrentHashMap")) {
    text += `0x${longHex(sessionId)}:\n`;
    for (const path of pathsBySession.get(sessionId) ?? []) text += `\t${path}\n`;
  }
  return text;
}
