/** A rate with room for bursts: what was not taken is saved up to a capacity. Starts full. */
export class TokenBucket {
  #missing = 0;
  #atMs = 0;

  /**
   * Whether there is a token now. `nowMs` is monotonic; capacity and rate may differ from call to call, as limits are
   * changed.
   */
  has(nowMs: number, capacity: number, perSecond: number): boolean {
    this.#missing = Math.max(0, this.#missing - ((nowMs - this.#atMs) * perSecond) / 1_000);
    this.#atMs = nowMs;
    return this.#missing + 1 <= capacity;
  }

  /** Takes one token, if there is one. */
  take(nowMs: number, capacity: number, perSecond: number): boolean {
    if (!this.has(nowMs, capacity, perSecond)) return false;
    this.#missing += 1;
    return true;
  }

  /** True when nothing is missing at the moment, so that a new bucket would do as well. */
  isFull(nowMs: number, perSecond: number): boolean {
    return this.#missing <= ((nowMs - this.#atMs) * perSecond) / 1_000;
  }
}
