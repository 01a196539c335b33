import type { ServerOptions } from "../core/server/serverOptions.ts";
import { globalOutstandingLimitShare } from "../core/throttle/outstandingRequests.ts";
import type { ServerConfig } from "./config/serverConfig.ts";

/** Most bytes that may wait for a client that does not read, beyond one reply. */
const outboundBytesMax = 64 * 1024 * 1024;

/** The part of the configuration that the core goes by. */
export function serverOptions(
  config: ServerConfig,
  auth: Pick<ServerOptions, "access" | "enforcement" | "sasl">,
): ServerOptions {
  const { sessions, limits, throttle, tree, containers, network } = config;
  const { requests, connections } = throttle;
  return {
    ...auth,
    sessionServerId: config.ensemble === null ? 1 : Number(BigInt.asUintN(8, config.ensemble.sid)),
    localSessionsEnabled: sessions.localSessionsEnabled,
    localSessionsUpgradingEnabled: sessions.localSessionsUpgradingEnabled,
    tickTimeMs: sessions.tickTimeMs,
    minSessionTimeoutMs: sessions.minSessionTimeoutMs,
    maxSessionTimeoutMs: sessions.maxSessionTimeoutMs,
    sessionlessCnxnTimeoutMs: network.sessionlessCnxnTimeoutMs,
    juteLengthMax: limits.juteMaxBufferBytes + limits.juteMaxBufferExtraBytes,
    maxClientCnxns: limits.maxClientCnxns,
    maxCnxns: limits.maxCnxns,
    globalOutstandingLimit: globalOutstandingLimitShare(
      limits.globalOutstandingLimit,
      config.ensemble?.config.votingMembers.size ?? 1,
    ),
    largeRequestThresholdBytes: limits.largeRequestThresholdBytes,
    largeRequestMaxBytes: limits.largeRequestMaxBytes,
    requestThrottle: {
      maxRequests: requests.maxRequests,
      stallTimeMs: requests.stallTimeMs,
      dropStale: requests.dropStale,
      staleConnectionCheck: requests.staleConnectionCheck,
      staleLatencyCheck: requests.staleLatencyCheck,
      throttledOpWaitTimeMs: throttle.throttledOpWaitTimeMs,
    },
    connectionThrottle: { ...connections, maxTokens: connections.tokens },
    connectionWeights: connections.weightEnabled
      ? {
          global: connections.globalSessionWeight,
          local: connections.localSessionWeight,
          renew: connections.renewSessionWeight,
        }
      : null,
    containerCheckIntervalMs: containers.checkIntervalMs,
    containersPerMinuteMax: containers.maxPerMinute,
    containerMaxNeverUsedMs: containers.maxNeverUsedIntervalMs,
    outboundBytesMax,
    prep: {
      skipAcl: config.auth.skipAcl,
      enforceQuota: tree.enforceQuota,
      extendedTypesEnabled: tree.extendedTypesEnabled,
      emulate353TTLNodes: tree.emulate353TTLNodes,
      reconfigEnabled: config.misc.reconfigEnabled,
      closeSessionTxnEnabled: sessions.closeSessionTxnEnabled,
      txnBytesMax: limits.juteMaxBufferBytes,
      digestEnabled: tree.digestEnabled,
    },
  };
}
