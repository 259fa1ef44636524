import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';

/** What is to be done again and again. */
export interface Work {
  /** For the log. */
  readonly name: string;
  readonly everyMs: number;
  /** Does what there is to do. It is to look at `isClosed` between its steps. */
  readonly run: (isClosed: () => boolean) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Does something now and then, and when it is woken; never twice at the same time. */
export class PeriodicWork {
  readonly #work: Work;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #isWoken = false;
  #isClosed = true;

  constructor(work: Work) {
    this.#work = work;
  }

  start(): void {
    this.#isClosed = false;
    this.wake();
  }

  /** It runs as soon as it can. Before it was started nothing happens. */
  wake(): void {
    if (this.#isClosed) return;
    this.#isWoken = true;
    this.#running ??= this.#runAll().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #runAll(): Promise<void> {
    this.#timer?.cancel();
    while (this.#isWoken && !this.#isClosed) {
      this.#isWoken = false;
      try {
        await this.#work.run(() => this.#isClosed);
      } catch (error) {
        this.#work.logger.error({ error: String(error) }, `${this.#work.name} failed and is tried again later`);
      }
    }
    if (!this.#isClosed) this.#timer = this.#work.clock.setTimeout(() => this.wake(), this.#work.everyMs);
  }
}
