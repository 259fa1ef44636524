import type { Clock } from '../../ports/clock.ts';
import type { StreamMapping } from '../../ports/mapping-directory.ts';
import type { BatchRunner } from './batch-runner.ts';
import type { HeldRecord } from './held-record.ts';
import type { Wake } from './wake.ts';

/** What takes records of a shard in their order, one batch at a time. */
export interface Lane {
  add(record: HeldRecord): void;
  /** No more records will be added. */
  end(): void;
  /** Resolves when everything is done after {@link Lane.end}, or after the signal. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** What lanes need. */
export interface LaneDependencies {
  readonly mapping: StreamMapping;
  readonly clock: Clock;
  readonly runner: BatchRunner;
  /** Woken when there are new records, when reading is blocked, and at the end. */
  readonly wake: Wake;
  /** Nothing is read until batches are done. */
  readonly isBlocked: () => boolean;
}
