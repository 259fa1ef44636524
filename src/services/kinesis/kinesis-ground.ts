import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
import type { RecordLog } from '../../ports/record-log.ts';

/** What Kinesis stands on. */
export interface KinesisGround {
  readonly store: MetadataStore;
  readonly log: RecordLog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Shards are held to the throughput that they have on AWS. */
  readonly limitsThroughput: boolean;
}
