import type { Clock } from '../../ports/clock.ts';

/** Lets loops wait for each other. Being woken says only that it is time to look again. */
export class Wake {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends every waiting there is. */
  wake(): void {
    for (const end of [...this.#waiting]) end();
  }

  /** Resolves when woken, when the signal says so, or after the time if one is given. */
  wait(signal: AbortSignal, delayMs?: number): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer?.cancel();
        this.#waiting.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = delayMs === undefined ? undefined : this.#clock.setTimeout(end, delayMs);
      this.#waiting.add(end);
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
