import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MetricCounts } from '../../adapters/memory/metric-counts.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import { throttled } from '../../model/throttle.ts';
import type { FunctionDirectory } from '../../ports/function-directory.ts';
import type { QueueMapping, StreamMapping } from '../../ports/mapping-directory.ts';
import { FakeQueues } from '../sqs/fake-queues.ts';
import type { QueueRecord } from '../sqs/queue-event.ts';
import { QueuePollers } from '../sqs/queue-pollers.ts';
import { openStreams } from '../streams/stream-fixture.ts';

// What becomes of a batch of `a`, `bad` and `c`, by setting and by what the function answers. Printed as a table at the end.

/** What a function answers to a batch of which it knows the identifiers; `fail` for an error of its own. */
type Behaviour = (identifiers: readonly string[], data: readonly string[], call: number) => unknown;

const item = (itemIdentifier: unknown): { batchItemFailures: unknown } => ({ batchItemFailures: [{ itemIdentifier }] });
const named: Behaviour = (identifiers, data) => ({
  batchItemFailures: data.flatMap((text, at) => (text === 'bad' ? [{ itemIdentifier: identifiers[at] }] : [])),
});

const BEHAVIOURS = {
  'null, always': () => null,
  'an error, always': () => 'fail',
  'an error, once': (_identifiers, _data, call) => (call === 1 ? 'fail' : null),
  'an error while `bad` is there': (_identifiers, data) => (data.includes('bad') ? 'fail' : null),
  'names `bad`': named,
  'names `bad`, once': (identifiers, data, call) => (call === 1 ? named(identifiers, data, call) : {}),
  'names the first, once': (identifiers, _data, call) => (call === 1 ? item(identifiers[0]) : {}),
  'names all, always': (identifiers) => ({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) }),
  'an empty list': () => ({ batchItemFailures: [] }),
  'no JSON, always': () => '{"batchItemFailures":',
  'names what was not there, once': (_identifiers, _data, call) => (call === 1 ? item('another') : {}),
  'names the empty text, once': (_identifiers, _data, call) => (call === 1 ? item('') : {}),
  'an item without the key, once': (_identifiers, _data, call) => (call === 1 ? { batchItemFailures: [{ foo: 'a' }] } : {}),
  'throttled, three times': (_identifiers, _data, call) => {
    if (call <= 3) throw throttled('ConcurrentInvocationLimitExceeded');
    return null;
  },
  'is not there, ever': () => {
    throw lambdaError('ResourceNotFoundException', 'Function not found');
  },
} satisfies Record<string, Behaviour>;

interface Row {
  readonly setting: string;
  readonly answer: keyof typeof BEHAVIOURS;
  /** The batches that ran, in order; `…` when it goes on like that. */
  readonly ran: string;
  readonly then: string;
}

const R = { reportsItemFailures: true } as const;
const B = { bisectsOnError: true } as const;
const once = { maximumRetryAttempts: 1 } as const;
const never = { maximumRetryAttempts: 0 } as const;
const minute = { maximumRecordAgeSeconds: 60 } as const;

const STREAM_SETTINGS: Readonly<Record<string, Partial<StreamMapping>>> = {
  defaults: {},
  'no retry': never,
  'one retry': once,
  'at most a minute old': minute,
  'bisect, one retry': { ...B, ...once },
  'report, one retry': { ...R, ...once },
  'report, no retry': { ...R, ...never },
  'report and bisect, no retry': { ...R, ...B, ...never },
  'report and bisect, one retry': { ...R, ...B, ...once },
};

const STREAM_ROWS: readonly Row[] = [
  { setting: 'defaults', answer: 'null, always', ran: 'a bad c', then: 'done' },
  { setting: 'defaults', answer: 'an error, once', ran: 'a bad c, a bad c', then: 'done' },
  { setting: 'defaults', answer: 'an error, always', ran: 'a bad c …', then: 'stands still' },
  { setting: 'defaults', answer: 'names `bad`', ran: 'a bad c', then: 'done' },
  { setting: 'defaults', answer: 'throttled, three times', ran: 'a bad c, a bad c, a bad c, a bad c', then: 'done' },
  { setting: 'defaults', answer: 'is not there, ever', ran: 'a bad c …', then: 'stands still' },
  { setting: 'no retry', answer: 'an error, always', ran: 'a bad c', then: 'done; told RetryAttemptsExhausted 1x of 3' },
  { setting: 'no retry', answer: 'throttled, three times', ran: 'a bad c, a bad c, a bad c, a bad c', then: 'done' },
  { setting: 'no retry', answer: 'is not there, ever', ran: 'a bad c …', then: 'stands still' },
  {
    setting: 'one retry',
    answer: 'an error, always',
    ran: 'a bad c, a bad c',
    then: 'done; told RetryAttemptsExhausted 2x of 3',
  },
  { setting: 'one retry', answer: 'an error, once', ran: 'a bad c, a bad c', then: 'done' },
  { setting: 'at most a minute old', answer: 'an error, always', ran: 'a bad c …', then: 'done; told RecordAgeExceeded 7x of 3' },
  {
    setting: 'at most a minute old',
    answer: 'is not there, ever',
    ran: 'a bad c …',
    then: 'done; told RecordAgeExceeded 1x of 3',
  },
  {
    setting: 'bisect, one retry',
    answer: 'an error while `bad` is there',
    ran: 'a bad c, a bad, a, bad, bad, c',
    then: 'done; told RetryAttemptsExhausted 2x of 1',
  },
  {
    setting: 'bisect, one retry',
    answer: 'an error, always',
    ran: 'a bad c, a bad, a, a, bad, bad, c, c',
    then: 'done; told RetryAttemptsExhausted 2x of 1, RetryAttemptsExhausted 2x of 1, RetryAttemptsExhausted 2x of 1',
  },
  { setting: 'report, one retry', answer: 'an empty list', ran: 'a bad c', then: 'done' },
  { setting: 'report, one retry', answer: 'names `bad`, once', ran: 'a bad c, bad c', then: 'done' },
  { setting: 'report, one retry', answer: 'names the first, once', ran: 'a bad c, a bad c', then: 'done' },
  {
    setting: 'report, one retry',
    answer: 'names `bad`',
    ran: 'a bad c, bad c',
    then: 'done; told RetryAttemptsExhausted 2x of 2',
  },
  { setting: 'report, one retry', answer: 'names what was not there, once', ran: 'a bad c, a bad c', then: 'done' },
  { setting: 'report, one retry', answer: 'names the empty text, once', ran: 'a bad c, a bad c', then: 'done' },
  { setting: 'report, one retry', answer: 'an item without the key, once', ran: 'a bad c, a bad c', then: 'done' },
  { setting: 'report, no retry', answer: 'no JSON, always', ran: 'a bad c', then: 'done; told RetryAttemptsExhausted 1x of 3' },
  { setting: 'report, no retry', answer: 'names all, always', ran: 'a bad c', then: 'done; told RetryAttemptsExhausted 1x of 3' },
  {
    setting: 'report and bisect, no retry',
    answer: 'names `bad`',
    ran: 'a bad c, bad c, bad, c',
    then: 'done; told RetryAttemptsExhausted 1x of 1',
  },
  { setting: 'report and bisect, one retry', answer: 'names `bad`, once', ran: 'a bad c, bad c', then: 'done' },
  { setting: 'report and bisect, one retry', answer: 'names what was not there, once', ran: 'a bad c, a bad, c', then: 'done' },
];

const QUEUE_SETTINGS: Readonly<Record<string, Partial<QueueMapping>>> = { defaults: {}, report: R };

const QUEUE_ROWS: readonly Row[] = [
  { setting: 'defaults', answer: 'null, always', ran: 'a bad c', then: 'all deleted' },
  { setting: 'defaults', answer: 'an error, once', ran: 'a bad c, a bad c', then: 'all deleted' },
  { setting: 'defaults', answer: 'an error, always', ran: 'a bad c …', then: 'a bad c in the queue, received again and again' },
  { setting: 'defaults', answer: 'names `bad`', ran: 'a bad c', then: 'all deleted' },
  { setting: 'defaults', answer: 'no JSON, always', ran: 'a bad c', then: 'all deleted' },
  { setting: 'defaults', answer: 'throttled, three times', ran: 'a bad c, a bad c, a bad c, a bad c', then: 'all deleted' },
  { setting: 'defaults', answer: 'is not there, ever', ran: 'a bad c …', then: 'a bad c in the queue, received again and again' },
  { setting: 'report', answer: 'an empty list', ran: 'a bad c', then: 'all deleted' },
  { setting: 'report', answer: 'names `bad`, once', ran: 'a bad c, bad', then: 'all deleted' },
  { setting: 'report', answer: 'names `bad`', ran: 'a bad c, bad …', then: 'bad in the queue, received again and again' },
  { setting: 'report', answer: 'names the first, once', ran: 'a bad c, a', then: 'all deleted' },
  { setting: 'report', answer: 'names all, always', ran: 'a bad c …', then: 'a bad c in the queue, received again and again' },
  { setting: 'report', answer: 'no JSON, always', ran: 'a bad c …', then: 'a bad c in the queue, received again and again' },
  { setting: 'report', answer: 'names what was not there, once', ran: 'a bad c, a bad c', then: 'all deleted' },
  { setting: 'report', answer: 'names the empty text, once', ran: 'a bad c, a bad c', then: 'all deleted' },
  { setting: 'report', answer: 'an item without the key, once', ran: 'a bad c, a bad c', then: 'all deleted' },
  { setting: 'report', answer: 'an error, once', ran: 'a bad c, a bad c', then: 'all deleted' },
];

const lines: string[] = [];
for (const row of STREAM_ROWS) {
  test(`stream, ${row.setting}: ${row.answer}`, async (t) => {
    const { setting, answer } = row;
    assert.deepEqual(await onStream(t, setting, answer), row);
    lines.push(`| stream | ${setting} | ${answer} | ${row.ran} | ${row.then} |`);
  });
}
for (const row of QUEUE_ROWS) {
  test(`queue, ${row.setting}: ${row.answer}`, async (t) => {
    const { setting, answer } = row;
    assert.deepEqual(await onQueue(t, setting, answer), row);
    lines.push(`| queue | ${setting} | ${answer} | ${row.ran} | ${row.then} |`);
  });
}
after(() => {
  console.log(['| source | setting | the function answers | batches | then |', '|---|---|---|---|---|', ...lines].join('\n'));
});

async function onStream(t: TestContext, setting: string, answer: keyof typeof BEHAVIOURS): Promise<Row> {
  let calls = 0;
  const behaviour: Behaviour = BEHAVIOURS[answer];
  const mapping = { ...STREAM_SETTINGS[setting], onFailureArn: 'arn:aws:sqs:us-east-1:000000000000:q' };
  const w = await openStreams(t, mapping, (data, { Records }) => {
    calls += 1;
    const identifiers = Records.map(({ kinesis }) => kinesis.sequenceNumber);
    return behaviour(identifiers, data, calls);
  });
  for (const data of ['a', 'bad', 'c']) w.stream.put('key', data);
  await w.pass(300_000);
  const { position } = (await w.checkpointOf()) ?? {};
  const isDone = position?.at === 'AFTER' && position.sequenceNumber === '1003';
  const told = (await w.told()).map(({ condition, attempts, batchSize }) => `${condition} ${attempts}x of ${batchSize}`);
  const then = `${isDone ? 'done' : 'stands still'}${told.length > 0 ? `; told ${told.join(', ')}` : ''}`;
  return { setting, answer, ran: ranOf(w.batches()), then };
}

async function onQueue(t: TestContext, setting: string, answer: keyof typeof BEHAVIOURS): Promise<Row> {
  const clock = new FakeClock();
  const queues = new FakeQueues(clock);
  const batches: string[][] = [];
  const behaviour: Behaviour = BEHAVIOURS[answer];
  const mapping: QueueMapping = {
    account: '000000000000',
    region: 'us-east-1',
    uuid: 'u',
    queueArn: 'arn:aws:sqs:us-east-1:000000000000:q',
    fifo: false,
    function: { account: '000000000000', region: 'us-east-1', functionName: 'f' },
    batchSize: 10,
    batchingWindowSeconds: 0,
    reportsItemFailures: false,
    filterPatterns: [],
    countsEvents: false,
    maximumConcurrency: 2,
    ...QUEUE_SETTINGS[setting],
  };
  for (const body of ['a', 'bad', 'c']) await queues.send(mapping.queueArn, { body });
  const pollers = new QueuePollers({
    mappings: { enabled: async () => [mapping], find: async () => mapping, onChange: () => () => undefined },
    queues,
    directory: { resolve: async () => ({ version: { timeoutMs: 3_000 } }) } as unknown as FunctionDirectory,
    invoke: async ({ payload }) => {
      const { Records } = JSON.parse(Buffer.from(payload).toString()) as { Records: QueueRecord[] };
      const data = Records.map(({ body }) => body);
      batches.push(data);
      const value = behaviour(
        Records.map(({ messageId }) => messageId),
        data,
        batches.length,
      );
      const answered = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value ?? null));
      return { executedVersion: '1', payload: answered, ...(value === 'fail' ? { functionError: 'Unhandled' } : {}) };
    },
    filterOf: () => () => true,
    clock,
    ids: { uuid: () => 'id', hex: () => 'f', random: () => 0.5 },
    logger: new QuietLogger(),
    metrics: new MetricCounts(),
  });
  await pollers.start();
  await clock.advance(200_000);
  const left = queues.kept.map(({ message }) => message.body).join(' ');
  const closed = pollers.close(1_000);
  await clock.advance(2_000);
  await closed;
  t.diagnostic(`${batches.length} batches`);
  const then = left === '' ? 'all deleted' : `${left} in the queue, received again and again`;
  return { setting, answer, ran: ranOf(batches), then };
}

/** The batches; a last one that came four times or more in a row goes on like that. */
function ranOf(batches: readonly (readonly string[])[]): string {
  const texts = batches.map((batch) => batch.join(' '));
  const last = texts.at(-1) ?? '';
  const start = texts.findLastIndex((text) => text !== last) + 1;
  if (texts.length - start <= 4) return texts.join(', ');
  return `${[...texts.slice(0, start), last].join(', ')} …`;
}
