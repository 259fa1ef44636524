import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, openStreams, type StreamTestWorld } from './stream-fixture.ts';

// Windows of a minute; the clock begins on the minute.

const WINDOW = { tumblingWindowSeconds: 60 };
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:failures';

/** Adds up the numbers that it gets. */
const sum: Answer = (data, { state }) => ({
  state: { sum: data.reduce((total, text) => total + Number(text), Number(state?.['sum'] ?? 0)) },
});

/** What matters of the events: the data, the state they came with, and `final` or `early` where they ended a window. */
function story(w: StreamTestWorld): unknown[] {
  return w.runs.map(({ data, event }) => [
    data.join(','),
    event.state,
    ...(event.isFinalInvokeForWindow ? [event.isWindowTerminatedEarly ? 'early' : 'final'] : []),
  ]);
}

test('the state goes from one invoke to the next, and the last one has no records', async (t) => {
  const w = await openStreams(t, WINDOW, sum);
  w.stream.put('key', '1');
  await w.pass(10_000);
  w.stream.put('key', '2');
  w.stream.put('key', '3');
  await w.pass(49_000);
  assert.deepEqual(story(w), [
    ['1', {}],
    ['2,3', { sum: 1 }],
  ]);
  assert.deepEqual(await w.checkpointOf(), {
    position: { at: 'AFTER', sequenceNumber: '1003' },
    window: {
      startMs: Date.UTC(2026, 0, 1),
      endMs: Date.UTC(2026, 0, 1, 0, 1),
      state: '{"sum":6}',
      extent: {
        startSequenceNumber: '1001',
        endSequenceNumber: '1003',
        firstArrivalMs: Date.UTC(2026, 0, 1),
        lastArrivalMs: Date.UTC(2026, 0, 1) + 10_000,
        records: 3,
      },
    },
  });
  await w.pass(4_000);
  assert.deepEqual(story(w).slice(2), [['', { sum: 6 }, 'final']]);
  const { Records, state, ...rest } = w.runs[2]?.event ?? { Records: [], state: {} };
  assert.deepEqual([Records, state], [[], { sum: 6 }]);
  assert.deepEqual(rest, {
    window: { start: '2026-01-01T00:00:00Z', end: '2026-01-01T00:01:00Z' },
    shardId: 'shardId-000000000000',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/s',
    isFinalInvokeForWindow: true,
    isWindowTerminatedEarly: false,
  });
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1003' } });
  w.stream.put('key', '5');
  await w.pass(2_000);
  assert.deepEqual(story(w).slice(3), [['5', {}]]);
  // Nothing arrives, nothing ends.
  await w.pass(300_000);
  assert.deepEqual(story(w).slice(4), [['', { sum: 5 }, 'final']]);
});

test('old records are cut at the bounds of windows, and each window ends before the next begins', async (t) => {
  const w = await openStreams(t, WINDOW, sum, {
    prepare: async (stream, clock) => {
      for (const data of ['1', '2', '3', '4', '5', '6']) {
        stream.put('key', data);
        await clock.advance(25_000);
      }
    },
  });
  await w.pass(1_000);
  assert.deepEqual(story(w), [
    ['1,2,3', {}],
    ['', { sum: 6 }, 'final'],
    ['4,5', {}],
    ['', { sum: 9 }, 'final'],
    ['6', {}],
  ]);
  await w.pass(60_000);
  assert.deepEqual(story(w).slice(5), [['', { sum: 6 }, 'final']]);
});

test('a record that comes late is of the window that is open', async (t) => {
  const w = await openStreams(t, WINDOW, sum);
  const startMs = w.clock.now();
  await w.pass(70_000);
  w.stream.put('key', '1');
  w.stream.put('key', '2', startMs + 5_000);
  await w.pass(2_000);
  assert.deepEqual(story(w), [['1,2', {}]]);
});

test('an answer without a state fails the batch, and the state from before is kept', async (t) => {
  const answers = [{ state: { n: 1 } }, {}, { state: 'text' }, { state: [] }, null, { state: { n: 2 } }];
  const w = await openStreams(t, WINDOW, () => answers.shift() ?? null);
  w.stream.put('key', '1');
  await w.pass(1_000);
  w.stream.put('key', '2');
  await w.pass(20_000);
  assert.deepEqual(story(w), [
    ['1', {}],
    ['2', { n: 1 }],
    ['2', { n: 1 }],
    ['2', { n: 1 }],
    ['2', { n: 1 }],
    ['2', { n: 1 }],
  ]);
  assert.equal(w.lastResult(), 'OK');
});

test('a state of over 1 MB ends the window early, and what follows begins anew', async (t) => {
  const large = 'x'.repeat(1_048_577);
  const w = await openStreams(t, { ...WINDOW, batchSize: 1 }, (data) => ({ state: data[0] === 'large' ? { large } : {} }));
  for (const data of ['small', 'large', 'after']) w.stream.put('key', data);
  await w.pass(3_000);
  assert.deepEqual(
    w.runs.map(({ data, event }) => [
      data.join(),
      Object.keys(event.state ?? {}).join(),
      event.isFinalInvokeForWindow,
      event.isWindowTerminatedEarly,
    ]),
    [
      ['small', '', false, false],
      ['large', '', false, false],
      ['', 'large', true, true],
      ['after', '', false, false],
    ],
  );
});

test('a window whose end fails keeps its shard waiting, unless retries are limited', async (t) => {
  let ends = 0;
  const failing: Answer = (data, event, request) => {
    if (!event.isFinalInvokeForWindow) return sum(data, event, request);
    ends += 1;
    return ends < 5 ? 'fail' : null;
  };
  const w = await openStreams(t, WINDOW, failing);
  w.stream.put('key', '1');
  await w.pass(62_000);
  w.stream.put('key', '2');
  await w.pass(3_000);
  assert.ok(w.runs.every(({ data }) => !data.includes('2')));
  assert.deepEqual((await w.checkpointOf())?.window?.state, '{"sum":1}');
  await w.pass(10_000);
  assert.deepEqual(ends, 5);
  assert.deepEqual(w.batches().at(-1), ['2']);

  ends = -100;
  const limited = await openStreams(t, { ...WINDOW, maximumRetryAttempts: 1, onFailureArn: QUEUE_ARN }, failing);
  limited.stream.put('key', '1');
  limited.stream.put('key', '2');
  await limited.pass(62_000);
  limited.stream.put('key', '3');
  await limited.pass(3_000);
  assert.deepEqual(limited.batches().at(-1), ['3']);
  assert.deepEqual(
    (await limited.told()).map(({ condition, attempts, batchSize }) => [condition, attempts, batchSize]),
    [['RetryAttemptsExhausted', 2, 2]],
  );
});

test('a batch that is given up leaves the state as it was', async (t) => {
  const w = await openStreams(t, { ...WINDOW, maximumRetryAttempts: 0, batchSize: 1 }, (data, event, request) =>
    data[0] === '100' ? 'fail' : sum(data, event, request),
  );
  for (const data of ['1', '100', '2']) w.stream.put('key', data);
  await w.pass(61_500);
  assert.deepEqual(story(w), [
    ['1', {}],
    ['100', { sum: 1 }],
    ['2', { sum: 1 }],
    ['', { sum: 3 }, 'final'],
  ]);
});

test('a partial answer hands on the state of what was handled', async (t) => {
  const w = await openStreams(t, { ...WINDOW, reportsItemFailures: true }, (data, event) => ({
    state: { handled: Number(event.state?.['handled'] ?? 0) + (data.includes('2') && w.runs.length < 2 ? 1 : data.length) },
    batchItemFailures: w.runs.length < 2 ? [{ itemIdentifier: event.Records[1]?.kinesis.sequenceNumber }] : [],
  }));
  for (const data of ['1', '2', '3']) w.stream.put('key', data);
  await w.pass(5_000);
  assert.deepEqual(story(w), [
    ['1,2,3', {}],
    ['2,3', { handled: 1 }],
  ]);
  assert.equal((await w.checkpointOf())?.window?.state, '{"handled":3}');
});

test('the end of a shard ends its window, and children begin without a state', async (t) => {
  const w = await openStreams(t, WINDOW, sum);
  w.stream.put('key', '1');
  await w.pass(1_000);
  w.stream.split('shardId-000000000000');
  w.stream.put('key', '2');
  await w.pass(3_000);
  assert.deepEqual(story(w), [
    ['1', {}],
    ['', { sum: 1 }, 'final'],
    ['2', {}],
  ]);
});

test('a window goes on where it was after a change and on another server', async (t) => {
  const w = await openStreams(t, WINDOW, sum);
  w.stream.put('key', '1');
  await w.pass(2_000);
  await w.set({ batchSize: 10 });
  w.stream.put('key', '2');
  await w.pass(2_000);
  const closed = w.pollers.close(10_000);
  await w.pass(0);
  await closed;
  const next = w.another({ owner: 'another server' });
  await next.start();
  w.stream.put('key', '3');
  await w.pass(58_000);
  assert.deepEqual(story(w), [
    ['1', {}],
    ['2', { sum: 1 }],
    ['3', { sum: 3 }],
    ['', { sum: 6 }, 'final'],
  ]);
  const ended = next.close(1_000);
  await w.pass(0);
  await ended;
});

test('one batch of a shard runs at a time, whatever the parallelization factor', async (t) => {
  const w = await openStreams(t, { ...WINDOW, parallelizationFactor: 10, batchSize: 1 }, sum);
  for (let index = 0; index < 20; index += 1) w.stream.put(`key-${index}`, '1');
  await w.pass(61_500);
  assert.equal(w.peak(), 1);
  assert.deepEqual(w.runs.at(-1)?.event.state, { sum: 20 });
});

test('an answer that names the first record, or nonsense, leaves the state as it was', async (t) => {
  const answers = [0, 'nonsense', undefined];
  const w = await openStreams(t, { ...WINDOW, reportsItemFailures: true }, (data, event) => {
    const answer = answers.shift();
    const itemIdentifier = typeof answer === 'number' ? event.Records[answer]?.kinesis.sequenceNumber : answer;
    return { state: { calls: 3 - answers.length }, batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] };
  });
  w.stream.put('key', '1');
  w.stream.put('key', '2');
  await w.pass(5_000);
  assert.deepEqual(story(w), [
    ['1,2', {}],
    ['1,2', {}],
    ['1,2', {}],
  ]);
  assert.equal((await w.checkpointOf())?.window?.state, '{"calls":3}');
});
