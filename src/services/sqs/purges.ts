import type { Clock } from '../../ports/clock.ts';

const PAUSE_MS = 60_000;

/** When queues were purged: once a minute is allowed. */
export class Purges {
  readonly #clock: Clock;
  readonly #lastMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the queue may be purged now; if so, not again for a minute. */
  begin(name: string): boolean {
    const now = this.#clock.monotonic();
    for (const [other, lastMs] of this.#lastMs) if (now - lastMs >= PAUSE_MS) this.#lastMs.delete(other);
    if (this.#lastMs.has(name)) return false;
    this.#lastMs.set(name, now);
    return true;
  }
}
