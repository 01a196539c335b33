import type { AccessControl } from "../auth/accessControl.ts";
import type { AuthEnforcement } from "../auth/enforcement.ts";
import type { SaslNegotiation } from "../auth/sasl/saslNegotiation.ts";
import type { PrepSettings } from "../prep/prepContext.ts";
import type { ConnectionThrottleSettings } from "../throttle/connectionThrottle.ts";
import type { ConnectionWeights } from "../throttle/connectionWeights.ts";
import type { RequestThrottleSettings } from "../throttle/requestThrottle.ts";

/** Everything that decides how a server behaves towards its clients; the shell fills it from the configuration. */
export interface ServerOptions {
  /** Top byte of new session ids: myid, 1 on a lone server. */
  readonly sessionServerId: number;
  readonly tickTimeMs: number;
  /** In an ensemble: new sessions are local. A server alone has none. */
  readonly localSessionsEnabled: boolean;
  readonly localSessionsUpgradingEnabled: boolean;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly sessionlessCnxnTimeoutMs: number;
  /** Longest buffer or string in a request: jute.maxbuffer plus extrasize. */
  readonly juteLengthMax: number;
  /** Connections of one address; 0 is no limit. */
  readonly maxClientCnxns: number;
  /** Connections in all; 0 is no limit. */
  readonly maxCnxns: number;
  readonly globalOutstandingLimit: number;
  readonly largeRequestThresholdBytes: number;
  readonly largeRequestMaxBytes: number;
  readonly requestThrottle: RequestThrottleSettings;
  readonly connectionThrottle: ConnectionThrottleSettings;
  /** Null when connects are not weighed. */
  readonly connectionWeights: ConnectionWeights | null;
  readonly containerCheckIntervalMs: number;
  readonly containersPerMinuteMax: number;
  readonly containerMaxNeverUsedMs: number;
  /** Most bytes that may wait for a client that does not read before its connection is closed. */
  readonly outboundBytesMax: number;
  readonly prep: PrepSettings;
  readonly access: AccessControl;
  readonly enforcement: AuthEnforcement;
  readonly sasl: SaslNegotiation;
}
