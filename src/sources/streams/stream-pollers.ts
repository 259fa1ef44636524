import type { FilteredSource, RecordFilter } from '../../model/event-filter/record-filter.ts';
import type { Checkpoints } from '../../ports/checkpoints.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { FunctionDirectory } from '../../ports/function-directory.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Invoker } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MappingDirectory, MappingPlace, StreamMapping, StreamService } from '../../ports/mapping-directory.ts';
import type { MappingProgress } from '../../ports/mapping-progress.ts';
import type { MetricSink } from '../../ports/metric-sink.ts';
import type { StreamSource } from '../../ports/record-stream.ts';
import { eventCountsOf } from '../mappings/event-counts.ts';
import { MappingFollower } from '../mappings/mapping-follower.ts';
import { tellDestination } from './failure-destination.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { StreamPoller } from './stream-poller.ts';

/** What reading streams needs. */
export interface StreamPollersDependencies {
  /** Mappings of other services are left alone. */
  readonly sources: Readonly<Partial<Record<StreamService, StreamSource>>>;
  readonly mappings: Pick<MappingDirectory, 'streams' | 'isThere'>;
  readonly checkpoints: Checkpoints;
  /** Holder of leases: see {@link LeaseKeeper}. */
  readonly owner: string;
  readonly directory: FunctionDirectory;
  readonly invoke: Invoker['invoke'];
  /** Where records of failures wait for their delivery. */
  readonly queue: EventQueue;
  readonly filterOf: (source: FilteredSource, patterns: readonly string[]) => RecordFilter;
  readonly metrics: MetricSink;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Reads the stream of every mapping that is enabled, and follows their changes. */
export class StreamPollers implements MappingProgress {
  readonly #given: StreamPollersDependencies;
  readonly #leases: LeaseKeeper;
  readonly #follower: MappingFollower<StreamMapping>;
  /** By mapping, and gone with it. */
  readonly #results = new Map<string, string>();

  constructor(given: StreamPollersDependencies) {
    const { mappings, clock, logger } = given;
    this.#given = given;
    this.#leases = new LeaseKeeper(given);
    this.#follower = new MappingFollower({
      mappings: mappings.streams,
      pollerOf: (mapping) => this.#pollerOf(mapping),
      // A shard has one reader, and a checkpoint one writer.
      mayOverlap: false,
      onLeft: (place) => this.#forgetGone(place),
      clock,
      logger,
    });
  }

  /** Begins to read, and forgets the positions of mappings that were deleted while nobody looked. */
  async start(): Promise<void> {
    const { checkpoints } = this.#given;
    for (const place of await checkpoints.mappings()) await this.#forgetGone(place);
    await this.#follower.start();
  }

  /** Reads nothing more; resolves when every batch is through and every shard given back, or the time is over. */
  async close(graceMs: number): Promise<void> {
    await this.#follower.close(graceMs);
  }

  lastResult(place: MappingPlace): string | undefined {
    return this.#results.get(idOf(place));
  }

  #pollerOf(mapping: StreamMapping): StreamPoller | undefined {
    const { sources, checkpoints, directory, invoke, queue, filterOf, metrics, clock, ids, logger } = this.#given;
    const source = sources[mapping.service];
    if (!source) return undefined;
    const { batchInfo, filters } = source;
    const id = idOf(mapping);
    return new StreamPoller({
      mapping,
      source,
      checkpoints,
      leases: this.#leases,
      directory,
      invoke,
      matches: filterOf(filters, mapping.filterPatterns),
      tellDestination: (shardId, failure) => tellDestination({ mapping, batchInfo, queue, clock, ids }, shardId, failure),
      count: eventCountsOf(metrics, mapping),
      metrics,
      onResult: (result) => void this.#results.set(id, result),
      clock,
      ids,
      logger,
    });
  }

  /** A mapping that is not read is disabled, and keeps its positions, or is gone, and so are they. */
  async #forgetGone(place: MappingPlace): Promise<void> {
    const { mappings, checkpoints } = this.#given;
    if (await mappings.isThere(place)) return;
    await checkpoints.forget(place);
    this.#results.delete(idOf(place));
  }
}

function idOf({ account, region, uuid }: MappingPlace): string {
  return `${account}/${region}/${uuid}`;
}
