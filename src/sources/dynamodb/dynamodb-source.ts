import type { Clock } from '../../ports/clock.ts';
import {
  type PageLimits,
  type RecordStream,
  StreamError,
  type StreamPage,
  type StreamPosition,
  type StreamRecord,
  type StreamShard,
  type StreamSource,
} from '../../ports/record-stream.ts';
import { type StoredRecord, timeOfSequence } from '../../ports/item-store.ts';
import type { ShardReads } from './shard-reads.ts';
import { eventRecord } from './stream-record.ts';
import {
  findShard,
  parseSequence,
  sequenceText,
  shardsOf,
  STREAM_RETENTION_MS,
  type TableShard,
  type TableStream,
} from './table-streams.ts';

/** Looking costs nothing while there is nothing: the ends of the lanes are in memory. */
const POLL_MS = 25;
const POLL_BUSY_MS = 1;

/** Finds a stream by its ARN. */
export type StreamFinder = (streamArn: string) => TableStream | undefined;

/** The streams of the embedded DynamoDB, for event source mappings. */
export function dynamodbSource(reads: ShardReads, find: StreamFinder, clock: Clock): StreamSource {
  return {
    filters: 'dynamodb',
    batchInfo: 'DDBStreamBatchInfo',
    pollMs: POLL_MS,
    pollBusyMs: POLL_BUSY_MS,
    open: (sourceArn) => new TableRecordStream(sourceArn, reads, find, clock),
  };
}

/** Iterators are `shard id/sequence number behind which to go on`, and good for ever. */
class TableRecordStream implements RecordStream {
  readonly seeksTime = false;
  readonly #arn: string;
  readonly #reads: ShardReads;
  readonly #find: StreamFinder;
  readonly #clock: Clock;

  constructor(arn: string, reads: ShardReads, find: StreamFinder, clock: Clock) {
    this.#arn = arn;
    this.#reads = reads;
    this.#find = find;
    this.#clock = clock;
  }

  async shards(): Promise<readonly StreamShard[]> {
    const shards = shardsOf(this.#stream(), this.#reads.lastSequence(), this.#clock.now());
    return shards.map(({ shardId, parentId }) => ({ shardId, parentIds: parentId === undefined ? [] : [parentId] }));
  }

  async retentionMs(): Promise<number> {
    return STREAM_RETENTION_MS;
  }

  async iterator(shardId: string, position: StreamPosition): Promise<string> {
    return `${shardId}/${this.#placeOf(this.#shard(this.#stream(), shardId), position)}`;
  }

  async read(iterator: string, { recordsMax, bytesMax }: PageLimits): Promise<StreamPage> {
    const [shardId = '', place = ''] = iterator.split('/');
    const stream = this.#stream();
    const shard = this.#shard(stream, shardId);
    const page = await this.#reads.read(stream, shard, Number(place), { countMax: recordsMax, bytesMax });
    const last = page.records.at(-1);
    const isFull = last !== undefined && page.records.length >= recordsMax;
    return {
      records: page.records.map((record) => streamRecord(stream, record)),
      ...(page.after === undefined ? {} : { next: `${shardId}/${page.after}` }),
      behindMs: isFull ? Math.max(0, this.#clock.now() - timeOfSequence(last.sequence)) : 0,
    };
  }

  #placeOf(shard: TableShard, position: StreamPosition): number {
    switch (position.at) {
      case 'TRIM_HORIZON':
        return shard.startSequence - 1;
      case 'LATEST':
        return this.#reads.lastSequence();
      case 'AT_TIMESTAMP':
        throw new StreamError('stream-gone', 'streams of tables can not be read from a time on');
      case 'AFTER': {
        const sequence = parseSequence(position.sequenceNumber);
        if (sequence === undefined) throw new StreamError('shard-gone', `${position.sequenceNumber} is no sequence number`);
        if (sequence <= this.#reads.horizon()) throw new StreamError('trimmed', 'what follows was removed');
        return sequence;
      }
    }
  }

  #stream(): TableStream {
    const stream = this.#find(this.#arn);
    if (!stream) throw new StreamError('stream-gone', `there is no stream ${this.#arn}`);
    return stream;
  }

  #shard(stream: TableStream, shardId: string): TableShard {
    const shard = findShard(stream, shardId, this.#reads.lastSequence());
    if (!shard) throw new StreamError('shard-gone', `the stream has no shard ${shardId}`);
    return shard;
  }
}

function streamRecord(stream: TableStream, stored: StoredRecord): StreamRecord {
  const record = eventRecord(stream, stored) as { dynamodb: { Keys: object } };
  return {
    sequenceNumber: sequenceText(stored.sequence),
    partitionKey: partitionKeyOf(stream, record.dynamodb.Keys),
    arrivalMs: timeOfSequence(stored.sequence),
    record,
  };
}

/** Changes of one item are to stay in order, and may be handled at the same time as those of others in its partition. */
function partitionKeyOf({ keySchema }: TableStream, keys: object): string {
  const values = keySchema.map(({ AttributeName }) => (keys as Record<string, object>)[AttributeName] ?? {});
  return values.map((value) => String(Object.values(value)[0])).join('/');
}
