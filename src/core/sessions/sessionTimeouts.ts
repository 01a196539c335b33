import { OpCode } from "../../../protocol/opcodes.ts";
import type { SessionTracker } from "./sessionTracker.ts";

/**
 * The replicated part of the sessions: timeout in ms by id, as logged by createSession. It is what a snapshot holds;
 * a reconnect with another timeout does not change it.
 */
export type SessionTimeouts = Map<bigint, number>;

/** Carries a logged transaction over to the map; types other than createSession and closeSession do nothing. */
export function applySessionTxn(
  timeouts: SessionTimeouts,
  type: number,
  sessionId: bigint,
  timeoutMs: number,
): void {
  if (type === OpCode.createSession) timeouts.set(sessionId, timeoutMs);
  else if (type === OpCode.closeSession) timeouts.delete(sessionId);
}

/** Tracks all sessions after a start, each with its whole timeout from now. */
export function trackAll<Connection extends object>(
  tracker: SessionTracker<Connection>,
  timeouts: SessionTimeouts,
  nowMs: number,
): void {
  for (const [id, timeoutMs] of timeouts) tracker.create(id, timeoutMs, nowMs);
}
