import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import { type ItemStore, ItemStoreBusy } from '../../ports/item-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
import type { StreamSource } from '../../ports/record-stream.ts';
import { dynamodbSource } from '../../sources/dynamodb/dynamodb-source.ts';
import { ShardReads } from '../../sources/dynamodb/shard-reads.ts';
import { type AwsJsonHandler, awsJsonService } from '../../wire/aws-json/aws-json-service.ts';
import { fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import { DYNAMODB_OPERATIONS } from '../../wire/generated/dynamodb.ts';
import { DYNAMODBSTREAMS_OPERATIONS } from '../../wire/generated/dynamodbstreams.ts';
import type { Service } from '../../wire/service.ts';
import type { DynamoDb, DynamoDbOperation } from './dynamodb-context.ts';
import { dynamodbError } from './dynamodb-errors.ts';
import { DYNAMODB_FIDELITY, DYNAMODBSTREAMS_FIDELITY } from './dynamodb-fidelity.ts';
import { DYNAMODB_BUILT, DYNAMODBSTREAMS_BUILT } from './dynamodb-operations.ts';
import { TokenWork } from './items/transaction-tokens.ts';
import { PeriodicWork } from './periodic-work.ts';
import { TrimWork } from './streams/trim-work.ts';
import { ExpiryWork } from './tables/expiry-work.ts';
import { TableCatalogue } from './tables/table-catalogue.ts';
import { TableWork } from './tables/table-work.ts';
import { validation } from './values/validation.ts';

/** What DynamoDB is made of. */
export interface DynamoDbDependencies {
  /** Tables and streams are documents in it. */
  readonly store: MetadataStore;
  readonly items: ItemStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** The embedded DynamoDB and its streams. */
export interface EmbeddedDynamoDb {
  readonly service: Service;
  readonly streamsService: Service;
  /** Its streams, for event source mappings. */
  readonly source: StreamSource;
  /** Whether there is such a stream. */
  exists(streamArn: string): Promise<boolean>;
  /** Reads which tables there are, and begins to do what they need in the background. Nothing is answered before. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const EVERY_MS = 60_000;
/** Items are removed soon after their time is over, not days later as on AWS. */
const EXPIRY_EVERY_MS = 10_000;
/** What BatchWriteItem may have, as JSON. */
const BODY_BYTES_MAX = 25_165_824;

/** Puts DynamoDB together. The stores belong to the caller. */
export function createDynamoDb({ store, items, clock, ids, logger }: DynamoDbDependencies): EmbeddedDynamoDb {
  const tables = new TableCatalogue(store);
  const shards = new ShardReads(items, clock);
  const tableWork = new TableWork(tables, items);
  const expiryWork = new ExpiryWork(tables, items, clock);
  const trimWork = new TrimWork(tables, items, clock);
  const tokenWork = new TokenWork(items, clock);
  const given = { clock, logger };
  const works = {
    tables: new PeriodicWork({ name: 'the work of tables', everyMs: EVERY_MS, run: (end) => tableWork.run(end), ...given }),
    expiry: new PeriodicWork({
      name: 'removing items whose time is over',
      everyMs: EXPIRY_EVERY_MS,
      run: (end) => expiryWork.run(end),
      ...given,
    }),
    trim: new PeriodicWork({ name: 'removing old records', everyMs: EVERY_MS, run: (end) => trimWork.run(end), ...given }),
    tokens: new PeriodicWork({
      name: 'forgetting tokens of transactions',
      everyMs: EVERY_MS,
      run: (isClosed) => tokenWork.run(isClosed),
      ...given,
    }),
  };
  const dynamodb: DynamoDb = { items, tables, shards, workWaits: () => works.tables.wake(), clock, ids, logger };
  const json = { contentType: 'application/x-amz-json-1.0', bodyBytesMax: BODY_BYTES_MAX, logger } as const;
  return {
    service: awsJsonService({
      name: 'dynamodb',
      targetPrefix: 'DynamoDB_20120810.',
      operations: DYNAMODB_OPERATIONS,
      handlers: handlersOf(dynamodb, DYNAMODB_BUILT),
      fidelity: fidelityCheck(DYNAMODB_FIDELITY, validation, logger),
      ...json,
    }),
    streamsService: awsJsonService({
      name: 'dynamodbstreams',
      targetPrefix: 'DynamoDBStreams_20120810.',
      operations: DYNAMODBSTREAMS_OPERATIONS,
      handlers: handlersOf(dynamodb, DYNAMODBSTREAMS_BUILT),
      fidelity: fidelityCheck(DYNAMODBSTREAMS_FIDELITY, validation, logger),
      ...json,
    }),
    source: dynamodbSource(shards, (arn) => tables.stream(arn), clock),
    exists: async (arn) => tables.stream(arn) !== undefined,
    start: async () => {
      await tables.load();
      for (const work of Object.values(works)) work.start();
    },
    close: async () => {
      await Promise.all(Object.values(works).map((work) => work.close()));
    },
  };
}

function handlersOf(
  dynamodb: DynamoDb,
  operations: Readonly<Record<string, DynamoDbOperation>>,
): Readonly<Record<string, AwsJsonHandler>> {
  const handlers = Object.entries(operations).map(([name, run]): [string, AwsJsonHandler] => [
    name,
    async (input, context) => ({ output: await run(dynamodb, input, context).catch(throttled) }),
  ]);
  return Object.fromEntries(handlers);
}

/** Too much waits for the disk: clients are to come again. */
function throttled(error: unknown): never {
  if (!(error instanceof ItemStoreBusy)) throw error;
  throw dynamodbError('ThrottlingException', 'Throughput exceeds what the disk can take. Consider retrying later.');
}
