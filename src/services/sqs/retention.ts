import type { Timer } from '../../ports/clock.ts';
import { numberOf } from './queue-attributes.ts';
import { everyQueue, eventQueueOf, QUEUE_KIND } from './queue-records.ts';
import type { SqsGround } from './sqs-ground.ts';

const SWEEP_MS = 60_000;

/** Removes messages that are older than their queue keeps them, once a minute; a receive never shows one in between. */
export class Retention {
  readonly #ground: SqsGround;
  #timer: Timer | undefined;

  constructor(ground: SqsGround) {
    this.#ground = ground;
  }

  start(): void {
    this.#timer = this.#ground.clock.setTimeout(() => {
      void this.#sweep().finally(() => {
        if (this.#timer) this.start();
      });
    }, SWEEP_MS);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #sweep(): Promise<void> {
    const { store, queue, clock, logger } = this.#ground;
    try {
      for (const scope of await store.scopes(QUEUE_KIND)) {
        for await (const record of everyQueue(store, scope)) {
          if (!this.#timer) return;
          await queue.expire(eventQueueOf(record), clock.now() - numberOf(record, 'MessageRetentionPeriod') * 1_000);
        }
      }
    } catch (error) {
      logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'old messages were not removed');
    }
  }
}
