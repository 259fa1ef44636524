import type { Clock } from '../../ports/clock.ts';
import type { LeasedEvent } from '../../ports/event-queue.ts';

const KEPT_MS = 300_000;
const KEPT_MAX = 10_000;

/** What receive attempts of FIFO queues got, for five minutes, so that a repeated attempt gets the same again. */
export class ReceiveAttempts {
  readonly #clock: Clock;
  readonly #attempts = new Map<string, { readonly endMs: number; readonly events: readonly LeasedEvent[] }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the attempt got; undefined when it is new. */
  of(name: string, attemptId: string): readonly LeasedEvent[] | undefined {
    const found = this.#attempts.get(`${name} ${attemptId}`);
    return found && found.endMs > this.#clock.monotonic() ? found.events : undefined;
  }

  /** Remembers an attempt; the oldest one makes room when there are too many. */
  remember(name: string, attemptId: string, events: readonly LeasedEvent[]): void {
    const now = this.#clock.monotonic();
    for (const [key, { endMs }] of this.#attempts) {
      if (endMs > now && this.#attempts.size < KEPT_MAX) break;
      this.#attempts.delete(key);
    }
    this.#attempts.set(`${name} ${attemptId}`, { endMs: now + KEPT_MS, events });
  }
}
