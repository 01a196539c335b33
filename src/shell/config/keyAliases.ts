/**
 * Names in Apache's documentation that Apache itself never reads from zoo.cfg, since their property is called
 * otherwise; they work here. Value: the spelling that works in both.
 */
export const DOCUMENTED_ALIASES: ReadonlyMap<string, string> = new Map([
  ["connectionMaxTokens", "connection_throttle_tokens"],
  ["connectionTokenFillTime", "connection_throttle_fill_time"],
  ["connectionTokenFillCount", "connection_throttle_fill_count"],
  ["connectionFreezeTime", "connection_throttle_freeze_time"],
  ["connectionDropIncrease", "connection_throttle_drop_increase"],
  ["connectionDropDecrease", "connection_throttle_drop_decrease"],
  ["connectionDecreaseRatio", "connection_throttle_decrease_ratio"],
  ["requestThrottleLimit", "request_throttle_max_requests"],
  ["requestThrottleStallTime", "request_throttle_stall_time"],
  ["requestThrottleDropStale", "request_throttle_drop_stale"],
  ["requestStaleLatencyCheck", "request_stale_latency_check"],
  ["requestStaleConnectionCheck", "request_stale_connection_check"],
  ["advancedFlowControlEnabled", "netty.advancedFlowControl.enabled"],
  ["throttledOpWaitTime", "throttled_op_wait_time"],
  ["maxConcurrentSnapSyncs", "leader.maxConcurrentSnapSyncs"],
  ["maxConcurrentDiffSyncs", "leader.maxConcurrentDiffSyncs"],
]);
