import type { MappingFinder, QueueMapping } from '../../ports/mapping-directory.ts';
import type { MetricSink } from '../../ports/metric-sink.ts';
import { eventCountsOf } from '../mappings/event-counts.ts';
import { MappingFollower } from '../mappings/mapping-follower.ts';
import type { QueueRecord } from './queue-event.ts';
import { type PollerDependencies, QueuePoller } from './queue-poller.ts';

/** What polling queues needs. */
export interface QueuePollersDependencies extends Omit<PollerDependencies, 'mapping' | 'matches' | 'count'> {
  readonly mappings: MappingFinder<QueueMapping>;
  /** Compiles the patterns of a mapping into one question; true: the function gets the record. */
  readonly filterOf: (patterns: readonly string[]) => (record: QueueRecord) => boolean;
  readonly metrics: MetricSink;
}

/** Polls the queue of every mapping that is enabled, and follows their changes. */
export class QueuePollers {
  readonly #follower: MappingFollower<QueueMapping>;

  constructor(given: QueuePollersDependencies) {
    const { mappings, clock, logger, filterOf, metrics } = given;
    this.#follower = new MappingFollower({
      mappings,
      pollerOf: (mapping) =>
        new QueuePoller({
          ...given,
          mapping,
          matches: filterOf(mapping.filterPatterns),
          count: eventCountsOf(metrics, mapping),
        }),
      mayOverlap: true,
      clock,
      logger,
    });
  }

  /** Mappings that are polled now. */
  get polled(): number {
    return this.#follower.followed;
  }

  async start(): Promise<void> {
    await this.#follower.start();
  }

  /** Stops receiving; resolves when every batch is through, or the time is over. */
  async close(graceMs: number): Promise<void> {
    await this.#follower.close(graceMs);
  }
}
