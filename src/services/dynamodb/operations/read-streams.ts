import { readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import { apiRecord } from '../../../sources/dynamodb/stream-record.ts';
import { parseSequence, type TableShard } from '../../../sources/dynamodb/table-streams.ts';
import type { DynamoDb, DynamoDbOperation } from '../dynamodb-context.ts';
import { dynamodbError } from '../dynamodb-errors.ts';
import { namedShard, namedStream, SHARD_ID, STREAM_ARN } from '../streams/named-stream.ts';
import { decodeIterator, encodeIterator } from '../streams/shard-iterator.ts';
import { validation } from '../values/validation.ts';

/** Source: the page of GetRecords. */
const RECORDS_MAX = 1_000;
const BYTES_MAX = 1_048_576;
const TYPES = ['TRIM_HORIZON', 'LATEST', 'AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'] as const;

/** GetShardIterator. */
export const getShardIterator: DynamoDbOperation = async (dynamodb, given, context) => {
  const input = readJsonMembers(
    {
      StreamArn: STREAM_ARN,
      ShardId: SHARD_ID,
      ShardIteratorType: { type: 'text', choices: TYPES, required: true },
      SequenceNumber: { type: 'text', charactersMin: 21, charactersMax: 40 },
    },
    given,
  );
  const stream = namedStream(dynamodb, context, input.StreamArn);
  const shard = namedShard(dynamodb, stream, input.ShardId);
  const after = placeOf(dynamodb, shard, input.ShardIteratorType as (typeof TYPES)[number], input.SequenceNumber);
  const { StreamArn: streamArn, ShardId: shardId } = input;
  return { ShardIterator: encodeIterator({ streamArn, shardId, after, issuedMs: dynamodb.clock.now() }) };
};

/** GetRecords. */
export const getRecords: DynamoDbOperation = async (dynamodb, given, context) => {
  const input = readJsonMembers(
    {
      ShardIterator: { type: 'text', charactersMin: 1, charactersMax: 2_048, required: true },
      Limit: { type: 'integer', lowest: 1, highest: RECORDS_MAX },
    },
    given,
  );
  const iterator = decodeIterator(input.ShardIterator, dynamodb.clock.now());
  const stream = namedStream(dynamodb, context, iterator.streamArn);
  const shard = namedShard(dynamodb, stream, iterator.shardId);
  const { records, after } = await dynamodb.shards.read(stream, shard, iterator.after, {
    countMax: input.Limit ?? RECORDS_MAX,
    bytesMax: BYTES_MAX,
  });
  return {
    Records: records.map((record) => apiRecord(stream, record)),
    ...(after === undefined ? {} : { NextShardIterator: encodeIterator({ ...iterator, after, issuedMs: dynamodb.clock.now() }) }),
  };
};

function placeOf(
  { shards }: DynamoDb,
  shard: TableShard,
  type: (typeof TYPES)[number],
  sequenceNumber: string | undefined,
): number {
  if (type === 'TRIM_HORIZON') return shard.startSequence - 1;
  if (type === 'LATEST') return shards.lastSequence();
  if (sequenceNumber === undefined) throw validation(`Invalid ShardIteratorType: ${type} requires a SequenceNumber`);
  const sequence = parseSequence(sequenceNumber);
  const isWithin = sequence !== undefined && sequence >= shard.startSequence && sequence <= (shard.endSequence ?? Infinity);
  if (!isWithin) throw validation(`Invalid SequenceNumber: ${sequenceNumber} is not in the range of the shard ${shard.shardId}`);
  if (sequence <= shards.horizon() && shard.startSequence !== sequence) {
    throw dynamodbError(
      'TrimmedDataAccessException',
      `The operation attempted to read past the oldest stream record in a shard. SequenceNumber: ${sequenceNumber}`,
    );
  }
  return type === 'AT_SEQUENCE_NUMBER' ? sequence - 1 : sequence;
}
