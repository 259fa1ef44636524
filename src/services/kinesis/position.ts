import type { KinesisContext } from './kinesis-context.ts';
import { invalidArgument } from './kinesis-errors.ts';
import { parseSequenceNumber } from './sequence-numbers.ts';
import { logName, type ShardRecord, shardId, type StreamRecord } from './stream-record.ts';

/** Where reading is to begin, as requests say it. */
export interface PositionAsked {
  readonly type: string;
  readonly sequenceNumber?: string | undefined;
  readonly timestampMs?: number | undefined;
  /** The operation, for messages. */
  readonly operation: 'GetShardIterator' | 'SubscribeToShard';
}

/** The position in a shard that is asked for. Throws InvalidArgumentException. */
export async function positionAsked(
  { log, clock }: Pick<KinesisContext, 'log' | 'clock'>,
  stream: StreamRecord,
  shard: ShardRecord,
  asked: PositionAsked,
): Promise<number> {
  const name = logName(stream, shard);
  const isByNumber = asked.type === 'AT_SEQUENCE_NUMBER' || asked.type === 'AFTER_SEQUENCE_NUMBER';
  if (isByNumber !== (asked.sequenceNumber !== undefined))
    throw invalidArgument(
      'Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or ' +
        `(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${asked.type} and ` +
        `${isByNumber ? 'no' : 'also a'} StartingSequenceNumber.`,
    );
  switch (asked.type) {
    case 'TRIM_HORIZON':
      return 0;
    case 'LATEST':
      return log.end(name);
    case 'AT_TIMESTAMP':
      return log.seek(name, pastTime(asked.timestampMs, clock.now()));
    default:
      return positionOf(await log.end(name), stream, shard, asked);
  }
}

function pastTime(timestampMs: number | undefined, nowMs: number): number {
  if (timestampMs === undefined)
    throw invalidArgument(
      'Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.',
    );
  if (timestampMs > nowMs)
    throw invalidArgument(
      'The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. ' +
        `timestampInMillis: ${timestampMs}, currentTimestampInMillis: ${nowMs}`,
    );
  return timestampMs;
}

function positionOf(end: number, stream: StreamRecord, shard: ShardRecord, asked: PositionAsked): number {
  const { sequenceNumber = '', type, operation } = asked;
  const parsed = parseSequenceNumber(sequenceNumber);
  const isOwn =
    parsed?.number === shard.number &&
    parsed.createdAtS === shard.createdAtS &&
    (parsed.isEnd ? shard.closed : parsed.position < end);
  if (!parsed || !isOwn)
    throw invalidArgument(
      `StartingSequenceNumber ${sequenceNumber} used in ${operation} on shard ${shardId(shard.number)} in stream ${stream.name} ` +
        `under account ${stream.account} is invalid because it did not come from this stream.`,
    );
  if (parsed.isEnd) return end;
  return type === 'AFTER_SEQUENCE_NUMBER' ? parsed.position + 1 : parsed.position;
}
