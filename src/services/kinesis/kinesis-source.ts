import {
  type RecordStream,
  StreamError,
  type StreamPosition,
  type StreamRecord as SourceRecord,
  type StreamSource,
} from '../../ports/record-stream.ts';
import type { LogRecord } from '../../ports/record-log.ts';
import { ServiceError } from '../../model/service-error.ts';
import { existingConsumer } from './consumers.ts';
import type { KinesisContext } from './kinesis-context.ts';
import { base64, readShard } from './read-shard.ts';
import { parseSequenceNumber, sequenceNumber } from './sequence-numbers.ts';
import { listedShards, logName, parseArn, retentionMs, shardId, type ShardRecord, type StreamRecord } from './stream-record.ts';

/** Asking for more where nothing waits costs a look into memory, so it can be done often. */
const POLL_MS = 40;
const POLL_BUSY_MS = 0;
const SCHEMA_VERSION = '1.0';

/** The embedded streams, and consumers of them, as functions are fed from them. */
export function kinesisSource(kinesis: KinesisContext): StreamSource {
  return {
    filters: 'kinesis',
    batchInfo: 'KinesisBatchInfo',
    pollMs: POLL_MS,
    pollBusyMs: POLL_BUSY_MS,
    open: (sourceArn) => recordStream(kinesis, sourceArn),
  };
}

function recordStream(kinesis: KinesisContext, sourceArn: string): RecordStream {
  const existing = async (): Promise<StreamRecord> => {
    const named = parseArn(sourceArn);
    const stream = named && (await kinesis.streams.find(named, named.stream));
    if (!stream) throw new StreamError('stream-gone', `there is no stream ${sourceArn}`);
    return stream.record;
  };
  const shardOf = (stream: StreamRecord, id: string): ShardRecord => {
    const shard = listedShards(stream, kinesis.clock.now()).find(({ number }) => shardId(number) === id);
    if (!shard) throw new StreamError('shard-gone', `the stream has no shard ${id}`);
    return shard;
  };
  return {
    seeksTime: true,
    shards: async () => {
      if (parseArn(sourceArn)?.consumer) await existingConsumer(kinesis, { ConsumerARN: sourceArn }).catch(asGone);
      const stream = await existing();
      return listedShards(stream, kinesis.clock.now()).map(({ number, parents }) => {
        return { shardId: shardId(number), parentIds: parents.map(shardId) };
      });
    },
    retentionMs: async () => retentionMs(await existing()),
    iterator: async (id, position) => {
      const stream = await existing();
      const shard = shardOf(stream, id);
      return `${id} ${await positionOf(kinesis, stream, shard, position)} ${stream.incarnation}`;
    },
    read: async (iterator, { recordsMax, bytesMax, roleArn }) => {
      const [id = '', from = '', incarnation] = iterator.split(' ');
      const stream = await existing();
      if (stream.incarnation !== incarnation) throw new StreamError('shard-gone', `the stream ${sourceArn} is another one now`);
      const shard = shardOf(stream, id);
      const page = await readShard(kinesis, stream, shard, { from: Number(from), recordsMax, bytesMax });
      if (Number(from) > 0 && Number(from) < page.first)
        throw new StreamError('trimmed', `records of shard ${id} from ${from} to ${page.first} were removed`);
      return {
        records: page.records.map((record) => eventRecord(stream, shard, record, { sourceArn, roleArn })),
        ...(page.isEnd ? {} : { next: `${id} ${page.next} ${incarnation}` }),
        behindMs: page.behindMs,
      };
    },
  };
}

function asGone(error: unknown): never {
  throw error instanceof ServiceError ? new StreamError('stream-gone', error.message) : error;
}

/** 0 stands for the oldest record, whatever was removed. */
async function positionOf(
  { log }: KinesisContext,
  stream: StreamRecord,
  shard: ShardRecord,
  position: StreamPosition,
): Promise<number> {
  const name = logName(stream, shard);
  switch (position.at) {
    case 'TRIM_HORIZON':
      return 0;
    case 'LATEST':
      return log.end(name);
    case 'AT_TIMESTAMP':
      return log.seek(name, position.timestampMs);
    case 'AFTER': {
      const parsed = parseSequenceNumber(position.sequenceNumber);
      const isOwn = parsed?.number === shard.number && parsed.createdAtS === shard.createdAtS;
      if (!isOwn) throw new StreamError('trimmed', `${position.sequenceNumber} is of another stream that had this name`);
      return parsed.position + 1;
    }
  }
}

/** Source: the event of Lambda's page on Kinesis. */
function eventRecord(
  stream: StreamRecord,
  shard: ShardRecord,
  { position, arrivalMs, partitionKey, data }: LogRecord,
  { sourceArn, roleArn }: { readonly sourceArn: string; readonly roleArn: string | undefined },
): SourceRecord {
  const number = sequenceNumber(shard, position, arrivalMs);
  const record = {
    kinesis: {
      kinesisSchemaVersion: SCHEMA_VERSION,
      partitionKey,
      sequenceNumber: number,
      data: base64(data),
      approximateArrivalTimestamp: arrivalMs / 1_000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId(shard.number)}:${number}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: roleArn,
    awsRegion: stream.region,
    eventSourceARN: sourceArn,
  };
  return { sequenceNumber: number, partitionKey, arrivalMs, record };
}
