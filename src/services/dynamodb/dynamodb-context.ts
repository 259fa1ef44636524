import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { ItemStore } from '../../ports/item-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ShardReads } from '../../sources/dynamodb/shard-reads.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { TableCatalogue } from './tables/table-catalogue.ts';

/** What every operation gets besides its input. */
export interface DynamoDb {
  readonly items: ItemStore;
  readonly tables: TableCatalogue;
  readonly shards: ShardReads;
  /** Told when an index is to be filled or removed, or a table's items are. */
  readonly workWaits: () => void;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** An input as it came: a JSON object of which nothing is known. */
export type Input = Readonly<Record<string, unknown>>;

/** One operation of DynamoDB or its streams. Throws ServiceErrors with the API's names. */
export type DynamoDbOperation = (dynamodb: DynamoDb, input: Input, context: RequestContext) => Promise<object>;
