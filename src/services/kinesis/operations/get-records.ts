import { existingShard } from '../existing-shard.ts';
import { kinesisOperation } from '../kinesis-context.ts';
import { invalidArgument, kinesisError, noSuchStream } from '../kinesis-errors.ts';
import { PAGE, required, STREAM_ARN } from '../member-rules.ts';
import { readShard, recordShape } from '../read-shard.ts';
import { rateExceeded } from '../shard-throughput.ts';
import { decodeIterator, encodeIterator } from '../shard-iterator.ts';
import { childShapes, logName, shardId, streamArn } from '../stream-record.ts';

const ITERATOR_LIFE_MS = 300_000;
const RECORDS_MAX = 10_000;
/** Source: GetRecords in the Kinesis API reference. */
const BYTES_MAX = 10_485_760;

/** GetRecords. Throws ResourceNotFoundException, InvalidArgumentException and ExpiredIteratorException. */
export const getRecords = kinesisOperation(
  {
    ShardIterator: required({ type: 'text', charactersMin: 1, charactersMax: 512 }),
    Limit: PAGE,
    StreamARN: STREAM_ARN,
  },
  async (kinesis, input) => {
    const iterator = decodeIterator(input.ShardIterator);
    const nowMs = kinesis.clock.now();
    if (nowMs - iterator.madeAtMs > ITERATOR_LIFE_MS) throw expired(iterator.madeAtMs, nowMs);
    const stream = (await kinesis.streams.find(iterator, iterator.stream))?.record;
    if (!stream || stream.incarnation !== iterator.incarnation) throw noSuchStream(iterator.stream, iterator.account);
    if (input.StreamARN !== undefined && input.StreamARN !== streamArn(stream))
      throw invalidArgument(`The iterator is of another stream than ${input.StreamARN}.`);
    const shard = existingShard(kinesis, stream, shardId(iterator.shard));
    const name = logName(stream, shard);
    if (kinesis.throughput?.allows(name, 'read', 0, nowMs) === false)
      throw kinesisError(
        'ProvisionedThroughputExceededException',
        rateExceeded(shardId(shard.number), stream.name, stream.account),
      );
    const page = await readShard(kinesis, stream, shard, {
      from: iterator.position,
      recordsMax: input.Limit ?? RECORDS_MAX,
      bytesMax: BYTES_MAX,
    });
    kinesis.throughput?.used(
      name,
      page.records.reduce((sum, { data }) => sum + data.length, 0),
      nowMs,
    );
    return {
      Records: page.records.map((record) => recordShape(stream, shard, record)),
      MillisBehindLatest: page.behindMs,
      ...(page.isEnd
        ? { ChildShards: childShapes(stream, shard) }
        : { NextShardIterator: encodeIterator({ ...iterator, position: page.next, madeAtMs: nowMs }) }),
    };
  },
);

function expired(madeAtMs: number, nowMs: number): Error {
  const [made, now] = [madeAtMs, nowMs].map((timeMs) => new Date(timeMs).toUTCString());
  return kinesisError(
    'ExpiredIteratorException',
    `Iterator expired. The iterator was created at time ${made} while right now it is ${now} which is further in the future ` +
      `than the tolerated delay of ${ITERATOR_LIFE_MS} milliseconds.`,
  );
}
