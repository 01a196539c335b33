/**
 * The timeout of a session in ms: what the client asks for, raised to the minimum, then cut to the maximum; not
 * rounded. Should the minimum exceed the maximum, the maximum wins (ZooKeeperServer.processConnectRequest).
 */
export function negotiateTimeout(
  requestedMs: number,
  minSessionTimeoutMs: number,
  maxSessionTimeoutMs: number,
): number {
  return Math.min(Math.max(requestedMs, minSessionTimeoutMs), maxSessionTimeoutMs);
}
