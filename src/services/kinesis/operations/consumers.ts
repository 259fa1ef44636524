import { RevisionConflict } from '../../../ports/metadata-store.ts';
import { consumerShape, consumersOf, existingConsumer } from '../consumers.ts';
import { existingStream, kinesisOperation, usableStream } from '../kinesis-context.ts';
import { kinesisError, noSuchStream } from '../kinesis-errors.ts';
import { CONSUMER_ARN, NAME, PAGE, required, STREAM_ARN, TAGS, TOKEN } from '../member-rules.ts';
import { decodeToken, encodeToken } from '../page-token.ts';
import { consumerKey, type ConsumerRecord, PASSING_MS, streamArn } from '../stream-record.ts';
import { mergedTags } from '../tags.ts';

/** Source: RegisterStreamConsumer in the Kinesis API reference. */
const CONSUMERS_MAX = 20;
const CONSUMERS_AT_ONCE = 100;
const CONSUMER = { StreamARN: STREAM_ARN, ConsumerName: NAME, ConsumerARN: CONSUMER_ARN } as const;

/** RegisterStreamConsumer. Throws ResourceNotFoundException, ResourceInUseException and LimitExceededException. */
export const registerStreamConsumer = kinesisOperation(
  { StreamARN: required(STREAM_ARN), ConsumerName: required(NAME), Tags: TAGS },
  async (kinesis, input, context) => {
    const { record } = await usableStream(kinesis, input, context);
    const others = await consumersOf(kinesis, record);
    if (others.some(({ name }) => name === input.ConsumerName))
      throw exists(input.ConsumerName, streamArn(record), record.account);
    if (others.length >= CONSUMERS_MAX)
      throw kinesisError(
        'LimitExceededException',
        `Stream ${record.name} under account ${record.account} has ${CONSUMERS_MAX} consumers.`,
      );
    const createdAtMs = kinesis.clock.now();
    const { account, region, name: stream, incarnation } = record;
    const consumer: ConsumerRecord = {
      account,
      region,
      stream,
      incarnation,
      name: input.ConsumerName,
      createdAtMs,
      activeAtMs: createdAtMs + PASSING_MS,
      tags: mergedTags({}, input.Tags ?? {}),
    };
    const put = consumerKey(record, stream, consumer.name);
    const found = await kinesis.store.get<ConsumerRecord>(put);
    // One of a stream of the same name that is gone is gone too.
    const expect = found && found.body.incarnation !== incarnation ? found.revision : 'absent';
    try {
      await kinesis.store.commit([{ put, body: consumer, expect }]);
    } catch (error) {
      throw error instanceof RevisionConflict ? exists(consumer.name, streamArn(record), account) : error;
    }
    return { Consumer: consumerShape(consumer, createdAtMs) };
  },
);

/** DeregisterStreamConsumer. Throws ResourceNotFoundException. */
export const deregisterStreamConsumer = kinesisOperation(CONSUMER, async (kinesis, input) => {
  const { key, body } = await existingConsumer(kinesis, input);
  await kinesis.store.commit([{ remove: key }]);
  kinesis.subscriptions.endAll(body);
  return {};
});

/** DescribeStreamConsumer. Throws ResourceNotFoundException. */
export const describeStreamConsumer = kinesisOperation(CONSUMER, async (kinesis, input) => {
  const { body } = await existingConsumer(kinesis, input);
  const StreamARN = streamArn({ ...body, name: body.stream });
  return { ConsumerDescription: { ...consumerShape(body, kinesis.clock.now()), StreamARN } };
});

/** ListStreamConsumers. Throws ResourceNotFoundException, InvalidArgumentException and ExpiredNextTokenException. */
export const listStreamConsumers = kinesisOperation(
  { StreamARN: required(STREAM_ARN), NextToken: TOKEN, MaxResults: PAGE, StreamCreationTimestamp: { type: 'time' } },
  async (kinesis, input, context) => {
    const nowMs = kinesis.clock.now();
    const { record } = await existingStream(kinesis, input, context);
    const createdMs = input.StreamCreationTimestamp;
    if (createdMs !== undefined && Math.floor(createdMs / 1_000) !== Math.floor(record.createdAtMs / 1_000))
      throw noSuchStream(record.name, record.account);
    const [after = ''] = input.NextToken === undefined ? [] : decodeToken('consumers', input.NextToken, nowMs);
    const consumers = (await consumersOf(kinesis, record)).filter(({ name }) => name > String(after));
    const page = consumers.slice(0, input.MaxResults ?? CONSUMERS_AT_ONCE);
    const isMore = consumers.length > page.length;
    return {
      Consumers: page.map((consumer) => consumerShape(consumer, nowMs)),
      ...(isMore ? { NextToken: encodeToken('consumers', [page.at(-1)?.name ?? ''], nowMs) } : {}),
    };
  },
);

function exists(name: string, arn: string, account: string): Error {
  return kinesisError('ResourceInUseException', `Consumer ${name} under stream ${arn} already exists for account ${account}.`);
}
