import type { ConnectionThrottleSettings } from "./connectionThrottle.ts";

/** connection_throttle_{global,local,renew}_session_weight: tokens that a connect costs, by what it asks for. */
export interface ConnectionWeights {
  readonly global: number;
  readonly local: number;
  readonly renew: number;
}

/** Apache's defaults. */
export const connectionWeightDefaults: ConnectionWeights = { global: 3, local: 1, renew: 2 };

/**
 * The weights as Apache takes them: what is not positive becomes its default, and global and renew are at least the
 * local weight as it was configured (static part of BlueThrottle).
 */
export function effectiveConnectionWeights(configured: ConnectionWeights): ConnectionWeights {
  const { global, local, renew } = configured;
  const defaults = connectionWeightDefaults;
  return {
    global: global <= 0 ? defaults.global : Math.max(global, local),
    local: local <= 0 ? defaults.local : local,
    renew: renew <= 0 ? defaults.renew : Math.max(renew, local),
  };
}

/** Settings for connection_throttle_weight_enabled: the configured tokens then count global sessions. */
export function weighSettings(
  settings: ConnectionThrottleSettings,
  weights: ConnectionWeights,
): ConnectionThrottleSettings {
  return {
    ...settings,
    maxTokens: settings.maxTokens * weights.global,
    fillCount: settings.fillCount * weights.global,
  };
}

/**
 * Tokens that a connect needs: 1 without weights (null), else by kind; a renewal names a session, a new session is a
 * local one wherever local sessions are enabled (ZooKeeperServer.processConnectRequest).
 */
export function connectTokens(
  weights: ConnectionWeights | null,
  isRenewal: boolean,
  localSessionsEnabled: boolean,
): number {
  if (weights === null) return 1;
  if (isRenewal) return weights.renew;
  return localSessionsEnabled ? weights.local : weights.global;
}
