import type { Clock, Timer } from '../ports/clock.ts';
import type { PooledEnvironment } from './pooled-environment.ts';

/** How often environments are checked for having been idle too long. */
const EXPIRY_CHECK_MS = 1_000;

/**
 * Freezes environments that stay idle and gives up those that stay so for long, if they were not provisioned. One timer
 * serves all of them: setting one per invocation would cost the warm path more than the freeze itself.
 */
export class IdleSweeper {
  readonly #clock: Clock;
  readonly #freezeAfterMs: number;
  readonly #idleTimeoutMs: number;
  readonly #expire: (entry: PooledEnvironment) => void;
  readonly #running = new Set<PooledEnvironment>();
  readonly #frozen = new Set<PooledEnvironment>();
  #freezeTimer: Timer | undefined;
  #expiryTimer: Timer | undefined;

  constructor(clock: Clock, freezeAfterMs: number, idleTimeoutMs: number, expire: (entry: PooledEnvironment) => void) {
    this.#clock = clock;
    this.#freezeAfterMs = freezeAfterMs;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#expire = expire;
  }

  /** The environment has become idle. */
  idle(entry: PooledEnvironment): void {
    this.#running.add(entry);
    this.#freezeTimer ??= this.#clock.setTimeout(() => this.#freezeIdle(), this.#freezeAfterMs);
  }

  /** The environment is in use again, or gone. */
  busy(entry: PooledEnvironment): void {
    if (!this.#running.delete(entry)) this.#frozen.delete(entry);
  }

  /** No environment is frozen or given up any more. */
  stop(): void {
    this.#freezeTimer?.cancel();
    this.#expiryTimer?.cancel();
    this.#running.clear();
    this.#frozen.clear();
  }

  #freezeIdle(): void {
    this.#freezeTimer = undefined;
    const due = this.#clock.monotonic() - this.#freezeAfterMs;
    let oldest = Number.POSITIVE_INFINITY;
    for (const entry of this.#running) {
      if (entry.idleSinceMs <= due) {
        this.#running.delete(entry);
        if (!entry.isProvisioned) this.#frozen.add(entry);
        entry.environment.freeze();
      } else oldest = Math.min(oldest, entry.idleSinceMs);
    }
    if (oldest !== Number.POSITIVE_INFINITY) {
      this.#freezeTimer = this.#clock.setTimeout(() => this.#freezeIdle(), Math.max(1, oldest - due));
    }
    if (this.#frozen.size > 0) this.#expiryTimer ??= this.#clock.setTimeout(() => this.#expireIdle(), EXPIRY_CHECK_MS);
  }

  #expireIdle(): void {
    this.#expiryTimer = undefined;
    const due = this.#clock.monotonic() - this.#idleTimeoutMs;
    for (const entry of [...this.#frozen]) if (entry.idleSinceMs <= due) this.#expire(entry);
    if (this.#frozen.size > 0) this.#expiryTimer = this.#clock.setTimeout(() => this.#expireIdle(), EXPIRY_CHECK_MS);
  }
}
