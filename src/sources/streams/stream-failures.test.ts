import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDestinations } from '../../invoke/async/destinations.ts';
import { throttled } from '../../model/throttle.ts';
import type { TargetDelivery } from '../../ports/event-target.ts';
import { failureRecord } from './failure-record.ts';
import { type Answer, MAPPING, openStreams } from './stream-fixture.ts';

// What becomes of batches that fail. The table of all settings together is in `sources/mappings/batch-failures.test.ts`.

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:failures';
const BUCKET_ARN = 'arn:aws:s3:::failures';
const poison: Answer = (data) => (data.includes('bad') ? 'fail' : null);

/** Names the records whose data begin with `bad`. */
const naming: Answer = (_data, { Records }) => ({
  batchItemFailures: Records.filter(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString().startsWith('bad')).map(
    ({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber }),
  ),
});

test('by default a batch is tried until the stream does not keep it any longer', async (t) => {
  const w = await openStreams(t, { onFailureArn: QUEUE_ARN }, poison);
  w.stream.keptMs = 3_600_000;
  w.stream.put('key', 'bad');
  await w.pass(10_000);
  w.stream.put('key', 'good');
  await w.pass(3_500_000);
  assert.equal(w.lastResult(), 'PROBLEM: Function call failed');
  assert.ok(w.batches().every((batch) => batch.includes('bad')));
  const pauses = w.runs.slice(1, 10).map(({ atMs }, index) => atMs - (w.runs[index]?.atMs ?? 0));
  assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  await w.pass(200_000);
  assert.deepEqual(w.batches().at(-1), ['good']);
  assert.deepEqual(await w.told(), []);
  assert.equal(w.counts()['DroppedEventCount'], undefined);
});

test('what was tried often enough is given up: the record of the failure, member by member', async (t) => {
  const w = await openStreams(t, { maximumRetryAttempts: 1, onFailureArn: QUEUE_ARN }, poison);
  w.stream.put('key', 'good');
  await w.pass(1_000);
  const arrivedMs = w.clock.now();
  w.stream.put('key', 'bad');
  w.stream.put('key', 'also');
  await w.pass(3_000);
  w.stream.put('key', 'next');
  await w.pass(3_000);
  assert.deepEqual(w.batches(), [['good'], ['bad', 'also'], ['bad', 'also'], ['next']]);
  const [failure, ...others] = await w.told();
  assert.ok(failure);
  assert.deepEqual(others, []);
  const { timestamp, requestContext, ...rest } = failure.record as { timestamp: string; requestContext: object };
  assert.match(timestamp, /^2026-01-01T00:00:0\d\.\d{3}Z$/);
  const { requestId, ...context } = requestContext as { requestId: string };
  assert.match(requestId, /^uuid-\d+$/);
  assert.deepEqual(
    { requestContext: context, ...rest },
    {
      requestContext: {
        functionArn: MAPPING.functionArn,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      KinesisBatchInfo: {
        shardId: 'shardId-000000000000',
        startSequenceNumber: '1002',
        endSequenceNumber: '1003',
        approximateArrivalOfFirstRecord: new Date(arrivedMs).toISOString(),
        approximateArrivalOfLastRecord: new Date(arrivedMs).toISOString(),
        batchSize: 2,
        streamArn: MAPPING.sourceArn,
      },
    },
  );
  assert.deepEqual(Object.keys(failure.record), [
    'requestContext',
    'responseContext',
    'version',
    'timestamp',
    'KinesisBatchInfo',
  ]);
  assert.equal(w.counts()['DroppedEventCount'], 2);
});

test('a bucket gets the event itself too, under a key of the shard and the day', async (t) => {
  const w = await openStreams(t, { maximumRetryAttempts: 0, onFailureArn: BUCKET_ARN }, poison);
  w.stream.put('key', 'bad');
  await w.pass(3_000);
  const [failure] = await w.told();
  assert.deepEqual(failure?.record['payload'], w.runs[0]?.event);
  assert.match(
    String(failure?.attributes['objectKey']),
    /^aws\/lambda\/11111111-2222-4333-8444-555555555555\/shardId-000000000000\/2026\/01\/01\/2026-01-01T00\.00\.0\d-uuid-\d+$/,
  );
});

test('times of DynamoDB streams have no milliseconds, and the rest is as for Kinesis', () => {
  const extent = {
    startSequenceNumber: '1',
    endSequenceNumber: '2',
    firstArrivalMs: Date.UTC(2026, 0, 1, 1, 2, 3, 456),
    lastArrivalMs: Date.UTC(2026, 0, 1, 1, 2, 4, 999),
    records: 2,
  };
  const place = { mapping: MAPPING, batchInfo: 'DDBStreamBatchInfo', shardId: 'shardId-1' } as const;
  const failure = {
    condition: 'RetryAttemptsExhausted',
    attempts: 3,
    requestId: 'r',
    executedVersion: '7',
    isFunctionError: false,
    extent,
    event: () => Buffer.from('{"Records":[]}'),
  } as const;
  const record = JSON.parse(failureRecord(place, failure, 'sns', Date.UTC(2026, 0, 1, 1, 2, 5, 6))) as Record<string, unknown>;
  assert.deepEqual(record, {
    requestContext: {
      requestId: 'r',
      functionArn: MAPPING.functionArn,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    },
    responseContext: { statusCode: 200, executedVersion: '7', functionError: null },
    version: '1.0',
    timestamp: '2026-01-01T01:02:05.006Z',
    DDBStreamBatchInfo: {
      shardId: 'shardId-1',
      startSequenceNumber: '1',
      endSequenceNumber: '2',
      approximateArrivalOfFirstRecord: '2026-01-01T01:02:03Z',
      approximateArrivalOfLastRecord: '2026-01-01T01:02:04Z',
      batchSize: 2,
      streamArn: MAPPING.sourceArn,
    },
  });
});

test('records that are too old are given up before each try, and the younger of the batch are not', async (t) => {
  const w = await openStreams(t, { maximumRecordAgeSeconds: 60, onFailureArn: QUEUE_ARN }, poison, {
    prepare: async (stream, clock) => {
      stream.put('key', 'too old at first');
      await clock.advance(61_000);
      stream.put('key', 'bad');
      await clock.advance(30_000);
      stream.put('key', 'young');
    },
  });
  await w.pass(120_000);
  const told = await w.told();
  assert.deepEqual(
    told.map(({ condition, attempts, batchSize, record }) => [condition, attempts, batchSize, 'responseContext' in record]),
    [
      ['RecordAgeExceeded', 1, 1, false],
      ['RecordAgeExceeded', 6, 1, false],
    ],
  );
  assert.deepEqual(w.batches()[0], ['bad', 'young']);
  assert.deepEqual(w.batches().at(-1), ['young']);
  assert.equal(w.counts()['DroppedEventCount'], 2);
});

test('throttles end with the age of the records, not with their number', async (t) => {
  const w = await openStreams(t, { maximumRecordAgeSeconds: 60, maximumRetryAttempts: 0, onFailureArn: QUEUE_ARN }, () => {
    throw throttled('ConcurrentInvocationLimitExceeded');
  });
  w.stream.put('key', 'a');
  await w.pass(200_000);
  assert.ok(w.runs.length > 5, String(w.runs.length));
  assert.deepEqual(
    (await w.told()).map(({ condition, attempts }) => [condition, attempts]),
    [['RecordAgeExceeded', 1]],
  );
});

test('bisecting finds the record that fails, and no split uses up a retry', async (t) => {
  const w = await openStreams(t, { bisectsOnError: true, maximumRetryAttempts: 1, onFailureArn: QUEUE_ARN }, poison);
  for (const data of ['a', 'b', 'c', 'bad', 'd', 'e', 'f', 'g']) w.stream.put('key', data);
  await w.pass(5_000);
  assert.deepEqual(w.batches(), [
    ['a', 'b', 'c', 'bad', 'd', 'e', 'f', 'g'],
    ['a', 'b', 'c', 'bad'],
    ['a', 'b'],
    ['c', 'bad'],
    ['c'],
    ['bad'],
    ['bad'],
    ['d', 'e', 'f', 'g'],
  ]);
  const told = await w.told();
  assert.deepEqual(
    told.map(({ attempts, batchSize }) => [attempts, batchSize]),
    [[2, 1]],
  );
});

test('a partial answer goes on with the lowest failed record, those behind it included', async (t) => {
  const w = await openStreams(t, { reportsItemFailures: true, maximumRetryAttempts: 2, onFailureArn: QUEUE_ARN }, naming);
  for (const data of ['a', 'bad', 'b', 'bad too', 'c']) w.stream.put('key', data);
  await w.pass(1_000);
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'TRIM_HORIZON' } });
  await w.pass(400);
  await w.pass(10_000);
  assert.deepEqual(w.batches(), [
    ['a', 'bad', 'b', 'bad too', 'c'],
    ['bad', 'b', 'bad too', 'c'],
    ['bad', 'b', 'bad too', 'c'],
  ]);
  const told = await w.told();
  assert.deepEqual(
    told.map(({ attempts, batchSize, record }) => [attempts, batchSize, record['responseContext']]),
    [[3, 4, { statusCode: 200, executedVersion: '$LATEST', functionError: null }]],
  );
  const { InvokedEventCount, FailedInvokeEventCount, DroppedEventCount } = w.counts();
  assert.deepEqual([InvokedEventCount, FailedInvokeEventCount, DroppedEventCount], [13, 6, 4]);
});

test('the checkpoint is before the lowest failed record while it is tried again', async (t) => {
  const w = await openStreams(t, { reportsItemFailures: true }, naming);
  for (const data of ['a', 'b', 'bad', 'c']) w.stream.put('key', data);
  await w.pass(20_000);
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1002' } });
});

test('with both, the cut is at the record that is named, or in the middle where that is the first', async (t) => {
  const settings = { reportsItemFailures: true, bisectsOnError: true, maximumRetryAttempts: 0, onFailureArn: QUEUE_ARN };
  const w = await openStreams(t, settings, naming);
  for (const data of ['a', 'b', 'c', 'bad', 'd', 'e', 'f']) w.stream.put('key', data);
  await w.pass(5_000);
  assert.deepEqual(w.batches(), [
    ['a', 'b', 'c', 'bad', 'd', 'e', 'f'],
    ['bad', 'd', 'e', 'f'],
    ['bad', 'd'],
    ['bad'],
    ['d'],
    ['e', 'f'],
  ]);
  assert.deepEqual(
    (await w.told()).map(({ attempts, batchSize }) => [attempts, batchSize]),
    [[1, 1]],
  );
});

test('an answer is not looked at where nobody asked for it, and one that can not be understood fails the batch', async (t) => {
  const heedless = await openStreams(t, {}, () => ({ batchItemFailures: [{ itemIdentifier: 'nonsense' }] }));
  heedless.stream.put('key', 'a');
  await heedless.pass(5_000);
  assert.equal(heedless.runs.length, 1);
  const w = await openStreams(t, { reportsItemFailures: true, maximumRetryAttempts: 0 }, () => '{"batchItemFailures":');
  w.stream.put('key', 'a');
  await w.pass(5_000);
  assert.deepEqual([w.runs.length, w.counts()['DroppedEventCount'], w.lastResult()], [1, 1, 'PROBLEM: Function call failed']);
});

test('a destination is told through the queue of all destinations, and what it took is counted', async (t) => {
  const w = await openStreams(t, { maximumRetryAttempts: 0, onFailureArn: QUEUE_ARN }, poison);
  const delivered: TargetDelivery[] = [];
  let isAway = true;
  const destinations = createDestinations({
    queue: w.queue,
    targets: {
      deliver: async (delivery) => {
        if (isAway) throw new Error('away');
        delivered.push(delivery);
      },
    },
    clock: w.clock,
    ids: { uuid: () => 'id', hex: () => 'f', random: () => 0.5 },
    logger: w.logger,
    metrics: w.metrics,
  });
  destinations.start();
  w.stream.put('key', 'bad');
  w.stream.put('key', 'next to it');
  await w.pass(3_000);
  w.stream.put('key', 'good');
  await w.pass(3_000);
  // The shard does not wait for it.
  assert.deepEqual(w.batches().at(-1), ['good']);
  assert.equal(w.counts()['OnFailureDestinationDeliveredEventCount'], undefined);
  isAway = false;
  await w.pass(600_000);
  assert.deepEqual(
    delivered.map(({ targetArn }) => targetArn),
    [QUEUE_ARN],
  );
  assert.equal(w.counts()['OnFailureDestinationDeliveredEventCount'], 2);
  const closed = destinations.close(1_000);
  await w.pass(2_000);
  await closed;
});

test('records are not given up before their failure is written down', async (t) => {
  let isBroken = true;
  const w = await openStreams(t, { maximumRetryAttempts: 0, onFailureArn: QUEUE_ARN }, poison);
  const { enqueue } = w.queue;
  w.queue.enqueue = async (events) => {
    if (isBroken) throw new Error('no disk');
    return enqueue.call(w.queue, events);
  };
  w.stream.put('key', 'bad');
  await w.pass(20_000);
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'TRIM_HORIZON' } });
  assert.equal(w.lastResult(), 'PROBLEM: internal Lambda error. Please contact Lambda customer support.');
  isBroken = false;
  await w.pass(60_000);
  assert.equal((await w.told()).length, 1);
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1001' } });
});
