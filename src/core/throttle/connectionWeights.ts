/** connection_throttle_{global,local,renew}_session_weight: tokens that a connect costs, by what it asks for. */
export interface ConnectionWeights {
  readonly global: number;
  readonly local: number;
  readonly renew: number;
}

/** Apache's defaults. */
export const connectionWeightDefaults: ConnectionWeights = { global: 3, local: 1, renew: 2 };

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
