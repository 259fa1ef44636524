import type { Clock, Timer } from '../../../ports/clock.ts';
import type { Logger } from '../../../ports/logger.ts';

/** Pause between two warnings, however much is lost. */
const PAUSE_MS = 10_000;

/** Counts events that subscriptions did not get and warns of them: of the first at once, of others together. */
export class Losses {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #events = 0;
  #fields: Readonly<Record<string, unknown>> = {};
  #pause: Timer | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Fields say where and why; of losses that are told together, those of the last are. */
  add(events: number, fields: Readonly<Record<string, unknown>>): void {
    this.#events += events;
    this.#fields = fields;
    if (this.#pause === undefined) this.#tell();
  }

  /** Tells what was not told yet. */
  close(): void {
    this.#pause?.cancel();
    if (this.#events > 0) this.#tell();
    this.#pause?.cancel();
  }

  #tell(): void {
    this.#logger.warn({ events: this.#events, ...this.#fields }, 'log events were not delivered to a subscription');
    this.#events = 0;
    this.#pause = this.#clock.setTimeout(() => {
      this.#pause = undefined;
      if (this.#events > 0) this.#tell();
    }, PAUSE_MS);
  }
}
