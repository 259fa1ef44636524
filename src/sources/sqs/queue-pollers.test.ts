import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MetricCounts } from '../../adapters/memory/metric-counts.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import { throttled } from '../../model/throttle.ts';
import type { FunctionDirectory } from '../../ports/function-directory.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import type { MappingPlace, QueueMapping } from '../../ports/mapping-directory.ts';
import { FakeQueues } from './fake-queues.ts';
import type { QueueRecord } from './queue-event.ts';
import { QueuePollers } from './queue-pollers.ts';

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:q';
const MAPPING: QueueMapping = {
  account: '000000000000',
  region: 'us-east-1',
  uuid: 'u',
  queueArn: QUEUE_ARN,
  fifo: false,
  function: { account: '000000000000', region: 'us-east-1', functionName: 'f' },
  batchSize: 10,
  batchingWindowSeconds: 0,
  reportsItemFailures: false,
  filterPatterns: [],
  countsEvents: false,
};

type Answer = (records: readonly QueueRecord[], request: InvokeRequest) => unknown;

interface World {
  readonly clock: FakeClock;
  readonly queues: FakeQueues;
  readonly logger: QuietLogger;
  readonly metrics: MetricCounts;
  readonly pollers: QueuePollers;
  /** The bodies of every batch that the function got. */
  readonly batches: string[][];
  /** Most invokes at a time. */
  readonly peak: () => number;
  send(...bodies: string[]): Promise<void>;
  set(mapping: QueueMapping | undefined): void;
}

/** Pollers of one mapping on a fake queue; `answer` is the function: what it returns, `fail` for an error, or a throw. */
async function open(
  t: TestContext,
  first: Partial<QueueMapping>,
  answer: Answer = () => null,
  timeoutMs = 3_000,
): Promise<World> {
  const clock = new FakeClock();
  const queues = new FakeQueues(clock);
  const logger = new QuietLogger();
  const metrics = new MetricCounts();
  const batches: string[][] = [];
  let mapping: QueueMapping | undefined = { ...MAPPING, ...first };
  let listener: (place: MappingPlace) => void = () => undefined;
  let running = 0;
  let peak = 0;
  const invoke = async (request: InvokeRequest): Promise<InvokeResult> => {
    const { Records } = JSON.parse(Buffer.from(request.payload).toString()) as { Records: QueueRecord[] };
    running += 1;
    peak = Math.max(peak, running);
    try {
      const value = await answer(Records, request);
      batches.push(Records.map(({ body }) => body));
      const payload = Buffer.from(JSON.stringify(value ?? null));
      return { executedVersion: '$LATEST', payload, ...(value === 'fail' ? { functionError: 'Unhandled' } : {}) };
    } finally {
      running -= 1;
    }
  };
  const pollers = new QueuePollers({
    mappings: {
      enabled: async () => (mapping ? [mapping] : []),
      find: async () => mapping,
      onChange: (changed) => {
        listener = changed;
        return () => undefined;
      },
    },
    queues,
    directory: { resolve: async () => ({ version: { timeoutMs } }) } as unknown as FunctionDirectory,
    invoke,
    filterOf: (patterns) => (record) => patterns.length === 0 || patterns.includes(record.body),
    clock,
    ids: { uuid: () => 'id', hex: () => 'f', random: () => 0.5 },
    logger,
    metrics,
  });
  await pollers.start();
  await clock.advance(0);
  t.after(async () => {
    const closed = pollers.close(1_000);
    await clock.advance(2_000);
    await closed;
  });
  return {
    clock,
    queues,
    logger,
    metrics,
    pollers,
    batches,
    peak: () => peak,
    send: async (...bodies) => {
      for (const body of bodies) await queues.send(QUEUE_ARN, { body });
      await clock.advance(0);
    },
    set: (next) => {
      mapping = next;
      listener(MAPPING);
    },
  };
}

test('a message reaches the function at once, and is deleted when that succeeded', async (t) => {
  const { queues, batches, send } = await open(t, {});
  await send('hello');
  assert.deepEqual(batches, [['hello']]);
  assert.equal(queues.kept.length, 0);
});

test('messages of a batch that failed come back when their visibility has run out', async (t) => {
  let calls = 0;
  const { clock, queues, batches, send } = await open(t, {}, () => ((calls += 1) === 1 ? 'fail' : null));
  await send('a');
  await clock.advance(29_000);
  assert.deepEqual([batches.length, queues.kept.length], [1, 1]);
  await clock.advance(1_500);
  assert.deepEqual(batches, [['a'], ['a']]);
  assert.equal(queues.kept.length, 0);
});

test('of a partial failure only what is named stays in the queue', async (t) => {
  const answer: Answer = (records) => ({
    batchItemFailures: records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({ itemIdentifier: messageId })),
  });
  const { clock, queues, send } = await open(t, { reportsItemFailures: true, maximumConcurrency: 1 }, answer);
  await send('good', 'bad', 'fine');
  await clock.advance(10);
  assert.deepEqual(
    queues.kept.map(({ message }) => message.body),
    ['bad'],
  );
});

test('what a function answers says nothing where it does not report failures', async (t) => {
  const { queues, send } = await open(t, {}, () => ({ batchItemFailures: [{ itemIdentifier: '' }] }));
  await send('a');
  assert.equal(queues.kept.length, 0);
});

test('a window gathers messages until the batch is full or the time is over', async (t) => {
  const window = { batchSize: 25, batchingWindowSeconds: 5, maximumConcurrency: 1 };
  const { clock, batches, send } = await open(t, window);
  const bodies = Array.from({ length: 25 }, (_, number) => String(number));
  await send(...bodies);
  await clock.advance(10);
  assert.deepEqual(batches, [bodies]);
  await send('x', 'y');
  await clock.advance(4_900);
  assert.equal(batches.length, 1);
  await send('z');
  await clock.advance(200);
  assert.deepEqual(batches[1], ['x', 'y', 'z']);
});

test('messages stay hidden for as long as a window and the function take', async (t) => {
  const { queues } = await open(t, { batchingWindowSeconds: 20, maximumConcurrency: 1 }, undefined, 15_000);
  assert.equal(queues.receives[0]?.visibilityTimeoutSeconds, 20 + 15 + 30);
});

test('a batch is cut before it passes 6 MB, and nothing of it is lost', async (t) => {
  const { clock, queues, batches, send } = await open(t, { maximumConcurrency: 1 });
  await send(...Array.from({ length: 10 }, (_, number) => String(number).repeat(1_000_000)));
  await clock.advance(10);
  assert.deepEqual(
    batches.flat().map((body) => body[0]),
    [...'0123456789'],
  );
  assert.ok(batches.every((batch) => batch.length <= 6));
  assert.equal(queues.kept.length, 0);
});

test('messages that no filter matches are deleted, and no empty batch runs', async (t) => {
  const { queues, batches, send } = await open(t, { filterPatterns: ['wanted'] });
  await send('unwanted');
  assert.deepEqual([batches.length, queues.kept.length], [0, 0]);
  await send('wanted');
  assert.deepEqual(batches, [['wanted']]);
});

test('a throttle is waited out while the messages are hidden, and the batch runs once', async (t) => {
  let calls = 0;
  const { clock, batches, queues, send } = await open(t, {}, () => {
    calls += 1;
    if (calls < 5) throw throttled('ConcurrentInvocationLimitExceeded');
    return null;
  });
  await send('a');
  await clock.advance(5_000);
  assert.deepEqual([calls, batches, queues.kept.length], [5, [['a']], 0]);
});

test('a throttle that does not pass gives the messages up before others may have them', async (t) => {
  const { clock, queues, logger, send } = await open(t, { maximumConcurrency: 1 }, () => {
    throw throttled('ConcurrentInvocationLimitExceeded');
  });
  await send('a');
  await clock.advance(29_900);
  assert.equal(queues.kept[0]?.receives, 1);
  await clock.advance(20_000);
  assert.equal(queues.kept[0]?.receives, 2);
  assert.ok(logger.lines.some(({ message }) => message === 'a function did not take a batch'));
});

test('a function that is gone loses no message', async (t) => {
  const { queues, send } = await open(t, {}, () => {
    throw lambdaError('ResourceNotFoundException', 'Function not found');
  });
  await send('a');
  assert.equal(queues.kept.length, 1);
});

test('a queue that can not be read is tried again, less and less often', async (t) => {
  const { clock, queues, batches, send } = await open(t, { maximumConcurrency: 1 });
  queues.missing = true;
  await send('a');
  const before = queues.receives.length;
  await clock.advance(60_000);
  const tries = queues.receives.length - before;
  assert.ok(tries >= 3 && tries <= 10, `${tries} tries in a minute`);
  queues.missing = false;
  await clock.advance(31_000);
  assert.deepEqual(batches.flat(), [...new Set(batches.flat())]);
  assert.equal(queues.kept.length, 0);
});

/** A function whose calls end when the test says so. */
function slow(): { readonly answer: Answer; readonly finish: () => void } {
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { answer: () => finished.then(() => null), finish };
}

test('concurrency begins with five, grows while all are busy, and stops at the maximum', async (t) => {
  const { answer, finish } = slow();
  const { clock, peak, send } = await open(t, { batchSize: 1, maximumConcurrency: 12 }, answer);
  await send(...Array.from({ length: 30 }, String));
  assert.equal(peak(), 5);
  await clock.advance(1_000);
  assert.equal(peak(), 10);
  await clock.advance(5_000);
  assert.equal(peak(), 12);
  finish();
  await clock.advance(10);
});

test('a mapping that changes is polled anew with what it says, one that is disabled no more', async (t) => {
  const { clock, batches, pollers, queues, send, set } = await open(t, {});
  set({ ...MAPPING, batchSize: 1, maximumConcurrency: 2 });
  await clock.advance(10);
  await send('a', 'b');
  await clock.advance(10);
  assert.deepEqual(batches, [['a'], ['b']]);
  set(undefined);
  await clock.advance(10);
  assert.equal(pollers.polled, 0);
  await send('c');
  await clock.advance(60_000);
  assert.deepEqual([batches.length, queues.kept.length], [2, 1]);
});

test('closing lets a batch finish that runs, and gives back what no function has seen', async (t) => {
  const { answer, finish } = slow();
  const { clock, queues, pollers, send } = await open(
    t,
    { batchSize: 100, batchingWindowSeconds: 30, maximumConcurrency: 1 },
    answer,
  );
  await send('a');
  const closed = pollers.close(10_000);
  await clock.advance(10);
  await closed;
  assert.deepEqual([queues.kept.length, queues.kept[0]?.visibleAtMs], [1, clock.now() - 10]);
  finish();
});

test('a mapping that asks for it has its messages counted', async (t) => {
  const answer: Answer = (records) => ({
    batchItemFailures: records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({ itemIdentifier: messageId })),
  });
  const settings = { reportsItemFailures: true, maximumConcurrency: 1, filterPatterns: ['good', 'bad'], countsEvents: true };
  const { metrics, clock, queues, send } = await open(t, settings, answer);
  for (const body of ['good', 'other', 'bad']) await queues.send(QUEUE_ARN, { body });
  await send('good');
  await clock.advance(1_000);
  assert.ok(metrics.readings().every(({ subject }) => subject.mapping === 'u'));
  assert.deepEqual(Object.fromEntries(metrics.readings().map(({ metric, sum }) => [metric, sum])), {
    PolledEventCount: 4,
    FilteredOutEventCount: 1,
    InvokedEventCount: 3,
    FailedInvokeEventCount: 1,
    DeletedEventCount: 3,
  });
  const quiet = await open(t, {});
  await quiet.send('good');
  assert.deepEqual(quiet.metrics.readings(), []);
});
