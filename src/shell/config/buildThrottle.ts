import { connectionThrottleDefaults } from "../../core/throttle/connectionThrottle.ts";
import { connectionWeightDefaults } from "../../core/throttle/connectionWeights.ts";
import { requestThrottleDefaults } from "../../core/throttle/requestThrottle.ts";
import type { ConnectionThrottleConfig, ThrottleConfig } from "./serverConfig.ts";
import type { Settings } from "./settings.ts";

/** Reads the keys of RequestThrottler and BlueThrottle. */
export function buildThrottle(settings: Settings): ThrottleConfig {
  const defaults = requestThrottleDefaults;
  return {
    requests: {
      maxRequests: settings.int("request_throttle_max_requests", defaults.maxRequests),
      stallTimeMs: settings.int("request_throttle_stall_time", defaults.stallTimeMs),
      dropStale: settings.boolean("request_throttle_drop_stale", defaults.dropStale),
      staleLatencyCheck: settings.boolean("request_stale_latency_check", defaults.staleLatencyCheck),
      staleConnectionCheck: settings.boolean("request_stale_connection_check", defaults.staleConnectionCheck),
      shutdownTimeoutMs: settings.int("request_throttler.shutdownTimeout", 10_000),
    },
    connections: buildConnectionThrottle(settings),
    throttledOpWaitTimeMs: settings.int("throttled_op_wait_time", defaults.throttledOpWaitTimeMs),
  };
}

const GLOBAL = "connection_throttle_global_session_weight";
const RENEW = "connection_throttle_renew_session_weight";
const LOCAL = "connection_throttle_local_session_weight";

/** Weights below a local session's, or not positive, are corrected; the tokens are meant for global sessions. */
function buildConnectionThrottle(settings: Settings): ConnectionThrottleConfig {
  const weightEnabled = settings.boolean("connection_throttle_weight_enabled", false);
  const defaults = connectionThrottleDefaults;
  const weights = connectionWeightDefaults;
  const local = settings.int(LOCAL, weights.local);
  const globalSessionWeight = weight(settings, GLOBAL, weights.global, local);
  const factor = weightEnabled ? globalSessionWeight : 1;
  return {
    tokens: factor * settings.int("connection_throttle_tokens", defaults.maxTokens),
    fillTimeMs: settings.int("connection_throttle_fill_time", defaults.fillTimeMs),
    fillCount: factor * settings.int("connection_throttle_fill_count", defaults.fillCount),
    freezeTimeMs: settings.int("connection_throttle_freeze_time", defaults.freezeTimeMs),
    dropIncrease: strictDouble(settings, "connection_throttle_drop_increase", defaults.dropIncrease),
    dropDecrease: strictDouble(settings, "connection_throttle_drop_decrease", defaults.dropDecrease),
    decreaseRatio: strictDouble(settings, "connection_throttle_decrease_ratio", defaults.decreaseRatio),
    weightEnabled,
    globalSessionWeight,
    renewSessionWeight: weight(settings, RENEW, weights.renew, local),
    localSessionWeight: local <= 0 ? settings.replace(LOCAL, weights.local, "must be positive") : local,
  };
}

function weight(settings: Settings, name: string, fallback: number, local: number): number {
  const value = settings.int(name, fallback);
  if (value <= 0) return settings.replace(name, fallback, "must be positive");
  if (value < local) return settings.replace(name, local, "must not be less than a local session's weight");
  return value;
}

/** A text that is no number keeps Apache from starting, unlike other properties. */
function strictDouble(settings: Settings, name: string, fallback: number): number {
  const value = settings.double(name, Number.NaN);
  if (!Number.isNaN(value)) return value;
  if (settings.find(name) !== undefined) throw settings.refusal(name, "must be a number");
  settings.note(name, String(fallback));
  return fallback;
}
