import { kinesisOperation, usableStream } from '../kinesis-context.ts';
import { NAME, required, SEQUENCE_NUMBER, STREAM } from '../member-rules.ts';
import { positionAsked } from '../position.ts';
import { encodeIterator } from '../shard-iterator.ts';
import { existingShard } from '../existing-shard.ts';

const TYPE = {
  type: 'text',
  choices: ['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_TIMESTAMP', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON'],
} as const;

/** GetShardIterator. Throws ResourceNotFoundException and InvalidArgumentException. */
export const getShardIterator = kinesisOperation(
  {
    ...STREAM,
    ShardId: required(NAME),
    ShardIteratorType: required(TYPE),
    StartingSequenceNumber: SEQUENCE_NUMBER,
    Timestamp: { type: 'time' },
  },
  async (kinesis, input, context) => {
    const { record } = await usableStream(kinesis, input, context);
    const shard = existingShard(kinesis, record, input.ShardId);
    const position = await positionAsked(kinesis, record, shard, {
      type: input.ShardIteratorType,
      sequenceNumber: input.StartingSequenceNumber,
      timestampMs: input.Timestamp,
      operation: 'GetShardIterator',
    });
    const { account, region, name: stream, incarnation } = record;
    const madeAtMs = kinesis.clock.now();
    return { ShardIterator: encodeIterator({ account, region, stream, incarnation, shard: shard.number, position, madeAtMs }) };
  },
);
