/** Settings of `ConnectionThrottle`, by their property names; the defaults are `connectionThrottleDefaults`. */
export interface ConnectionThrottleSettings {
  /** connection_throttle_tokens: size of the bucket; 0 turns the throttle off. */
  readonly maxTokens: number;
  /** connection_throttle_fill_time: ms for `fillCount` tokens; below 1 counts as 1 (Apache would divide by 0). */
  readonly fillTimeMs: number;
  /** connection_throttle_fill_count: tokens that come back in `fillTimeMs`. */
  readonly fillCount: number;
  /** connection_throttle_freeze_time: least ms between two changes of the drop chance; -1 turns dropping off. */
  readonly freezeTimeMs: number;
  /** connection_throttle_drop_increase: added to the drop chance while the bucket is empty. */
  readonly dropIncrease: number;
  /** connection_throttle_drop_decrease: taken off it while the bucket is full enough. */
  readonly dropDecrease: number;
  /** connection_throttle_decrease_ratio: share of the bucket that may be missing for that, 0 to 1. */
  readonly decreaseRatio: number;
}

/** Apache's defaults: off. */
export const connectionThrottleDefaults: ConnectionThrottleSettings = {
  maxTokens: 0,
  fillTimeMs: 1,
  fillCount: 1,
  freezeTimeMs: -1,
  dropIncrease: 0.02,
  dropDecrease: 0.002,
  decreaseRatio: 0,
};

/**
 * Whether a ConnectRequest is heard: a token bucket, and before it a chance to be dropped that rises while the bucket
 * is empty and falls while it is full (BlueThrottle, after the BLUE queue management). Times are ms of the monotonic
 * clock, random numbers are in [0, 1); both come from the caller.
 */
export class ConnectionThrottle {
  readonly #settings: ConnectionThrottleSettings;
  #tokens: number;
  #filledMs: number;
  #dropChance = 0;
  #dropChanceSetMs: number;

  constructor(settings: ConnectionThrottleSettings, nowMs: number) {
    this.#settings = { ...settings, fillTimeMs: Math.max(1, settings.fillTimeMs) };
    this.#tokens = settings.maxTokens;
    this.#filledMs = nowMs;
    this.#dropChanceSetMs = nowMs;
  }

  /** Chance in [0, 1] that a connect is dropped (mntr's connection_drop_probability). */
  get dropChance(): number {
    return this.#dropChance;
  }

  /** Tokens that are missing (connection_token_deficit). */
  get deficit(): number {
    return this.#settings.maxTokens - this.#tokens;
  }

  /** Takes `need` tokens and answers true, or false: the connection has to be closed without an answer. */
  checkLimit(need: number, nowMs: number, random: number): boolean {
    if (this.#settings.maxTokens === 0) return true;
    this.#fill(nowMs);
    if (this.#settings.freezeTimeMs !== -1) {
      this.#adaptDropChance(nowMs);
      if (random < this.#dropChance) return false;
    }
    if (this.#tokens < need) return false;
    this.#tokens -= need;
    return true;
  }

  #fill(nowMs: number): void {
    const { maxTokens, fillTimeMs, fillCount } = this.#settings;
    const elapsedMs = nowMs - this.#filledMs;
    // Nothing comes back at exactly the fill time: Apache asks for more than it.
    if (elapsedMs <= fillTimeMs) return;
    const refill = Math.trunc((elapsedMs * fillCount) / fillTimeMs);
    this.#tokens = Math.min(this.#tokens + refill, maxTokens);
    if (this.#tokens < 0) this.#tokens = maxTokens;
    this.#filledMs = nowMs;
  }

  #adaptDropChance(nowMs: number): void {
    const { maxTokens, freezeTimeMs, dropIncrease, dropDecrease, decreaseRatio } = this.#settings;
    if (nowMs - this.#dropChanceSetMs <= freezeTimeMs) return;
    if (this.#tokens === 0 && this.#dropChance < 1) {
      this.#dropChance = Math.min(this.#dropChance + dropIncrease, 1);
    } else if (this.deficit <= Math.round(maxTokens * decreaseRatio) && this.#dropChance > 0) {
      this.#dropChance = Math.max(this.#dropChance - dropDecrease, 0);
    }
    this.#dropChanceSetMs = nowMs;
  }
}
