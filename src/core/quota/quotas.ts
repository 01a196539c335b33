/** Names of the znodes that hold quotas (Quotas). */
export const quotaRoot = "/zookeeper/quota";
export const limitNodeName = "zookeeper_limits";
export const statNodeName = "zookeeper_stats";

/** The znode with the limits of the quota on `path`. */
export function limitsPath(path: string): string {
  return `${quotaRoot}${path}/${limitNodeName}`;
}

/** The znode with the running counts of the quota on `path`. */
export function statsPath(path: string): string {
  return `${quotaRoot}${path}/${statNodeName}`;
}

/** The path whose quota lives at `quotaPath`, which starts with `quotaRoot`. */
export function trimQuotaPath(quotaPath: string): string {
  return quotaPath.slice(quotaRoot.length);
}
