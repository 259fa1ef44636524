import type { AwsJsonStreamHandler, EventSink } from '../../../wire/aws-json/event-sink.ts';
import { readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import { existingConsumer } from '../consumers.ts';
import { existingShard } from '../existing-shard.ts';
import { existingStream, type KinesisContext } from '../kinesis-context.ts';
import { kinesisError } from '../kinesis-errors.ts';
import { CONSUMER_ARN, NAME, required, SEQUENCE_NUMBER } from '../member-rules.ts';
import { positionAsked } from '../position.ts';
import { readShard, recordShape } from '../read-shard.ts';
import { sequenceNumber, startingNumber } from '../sequence-numbers.ts';
import { childShapes, logName, type ShardRecord, streamArn, type StreamRecord } from '../stream-record.ts';

/** Source of both: SubscribeToShard in the Kinesis API reference. */
const LIFE_MS = 300_000;
const EVENT_BYTES_MAX = 2_097_152;
const EVENT_RECORDS_MAX = 1_000;
/** How long nothing is said where there are no records. */
const SILENCE_MAX_MS = 5_000;

const RULES = {
  ConsumerARN: required(CONSUMER_ARN),
  ShardId: required(NAME),
  StartingPosition: required({
    type: 'structure',
    members: {
      Type: required({
        type: 'text',
        choices: ['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_TIMESTAMP', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON'],
      }),
      SequenceNumber: SEQUENCE_NUMBER,
      Timestamp: { type: 'time' },
    },
  }),
} as const;

interface Place {
  readonly stream: StreamRecord;
  readonly shard: ShardRecord;
}

/**
 * SubscribeToShard: records as they come, for five minutes or to the end of the shard. Throws ResourceNotFoundException,
 * ResourceInUseException and InvalidArgumentException.
 */
export function subscribeToShard(kinesis: KinesisContext): AwsJsonStreamHandler {
  return async (given, context, open) => {
    const input = readJsonMembers(RULES, given);
    const consumer = (await existingConsumer(kinesis, { ConsumerARN: input.ConsumerARN })).body;
    const nowMs = kinesis.clock.now();
    if (nowMs < consumer.activeAtMs)
      throw kinesisError('ResourceInUseException', `Consumer ${input.ConsumerARN} is not ACTIVE, instead in state CREATING.`);
    const StreamARN = streamArn({ ...consumer, name: consumer.stream });
    const stream = (await existingStream(kinesis, { StreamARN }, { ...context, region: consumer.region })).record;
    const shard = existingShard(kinesis, stream, input.ShardId);
    const { Type: type, SequenceNumber: number, Timestamp: timestampMs } = input.StartingPosition;
    const asked = { type, sequenceNumber: number, timestampMs, operation: 'SubscribeToShard' } as const;
    const from = await positionAsked(kinesis, stream, shard, asked);
    const subscription = kinesis.subscriptions.begin(consumer, shard.number, nowMs);
    if (!subscription)
      throw kinesisError(
        'ResourceInUseException',
        `Another active subscription exists for this consumer: ${context.account}:${consumer.stream}:${input.ShardId}:${consumer.name}`,
      );
    try {
      await push(kinesis, { stream, shard }, from, subscription.signal, open());
    } finally {
      subscription.release();
    }
  };
}

async function push(kinesis: KinesisContext, place: Place, start: number, signal: AbortSignal, sink: EventSink): Promise<void> {
  const { clock, log, streams } = kinesis;
  const { stream, shard } = place;
  let from = start;
  let continuation = startingNumber(shard);
  let wake = (): void => {};
  const stopHearing = log.onChange(logName(stream, shard), () => wake());
  const [wokenByEnd, wokenByLeaving] = [(): void => wake(), (): void => wake()];
  signal.addEventListener('abort', wokenByEnd);
  sink.signal.addEventListener('abort', wokenByLeaving);
  const endsMs = clock.now() + LIFE_MS;
  try {
    while (!signal.aborted && !sink.signal.aborted && clock.now() < endsMs) {
      let isChanged = false;
      const changed = new Promise<void>((resolve) => {
        wake = () => {
          isChanged = true;
          resolve();
        };
      });
      const page = await readShard(kinesis, stream, shard, { from, recordsMax: EVENT_RECORDS_MAX, bytesMax: EVENT_BYTES_MAX });
      const last = page.records.at(-1);
      from = page.next;
      if (last) continuation = sequenceNumber(shard, last.position, last.arrivalMs);
      const now = (await streams.find(stream, stream.name))?.record ?? stream;
      await sink.send('SubscribeToShardEvent', {
        Records: page.records.map((record) => recordShape(stream, shard, record)),
        ContinuationSequenceNumber: continuation,
        MillisBehindLatest: page.behindMs,
        ...(page.isEnd ? { ChildShards: childShapes(now, shard) } : {}),
      });
      if (page.isEnd || now.incarnation !== stream.incarnation) return;
      if (page.behindMs > 0 || isChanged) continue;
      const timer = clock.setTimeout(() => wake(), Math.max(1, Math.min(SILENCE_MAX_MS, endsMs - clock.now())));
      await changed;
      timer.cancel();
    }
  } finally {
    stopHearing();
    signal.removeEventListener('abort', wokenByEnd);
    sink.signal.removeEventListener('abort', wokenByLeaving);
  }
}
