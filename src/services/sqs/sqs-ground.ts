import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';

/** What SQS stands on. */
export interface SqsGround {
  readonly store: MetadataStore;
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}
