import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MetricCounts } from '../../adapters/memory/metric-counts.ts';
import { SqliteEventQueue } from '../../adapters/sqlite/event-queue.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { FunctionDirectory, ResolvedFunction } from '../../ports/function-directory.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import { createAsyncPipeline, type AsyncPipeline } from './async-pipeline.ts';
import type { ExhaustedEvent, SucceededEvent } from './event-ends.ts';
import { FakeQueue } from './fake-queue.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const ids = { uuid: () => 'unused', hex: () => 'unused', random: () => 0.5 };
const OK: InvokeResult = { executedVersion: '$LATEST', payload: Buffer.from('null') };
const FAILED: InvokeResult = {
  executedVersion: '$LATEST',
  payload: Buffer.from('{"errorType":"E"}'),
  functionError: 'Unhandled',
};
const throttle = (): Error => lambdaError('TooManyRequestsException', 'Rate Exceeded.');

interface Rules {
  maximumRetryAttempts: number;
  maximumEventAgeSeconds: number;
  reservedConcurrency?: number;
}

class World {
  readonly clock = new FakeClock();
  readonly startMs = this.clock.now();
  readonly queue = new FakeQueue(this.clock);
  readonly exhausted: ExhaustedEvent[] = [];
  readonly succeeded: SucceededEvent[] = [];
  readonly metrics = new MetricCounts();
  readonly calls: { id: string; atSeconds: number; request: InvokeRequest }[] = [];
  readonly rules = new Map<string, Rules>();
  run: (request: InvokeRequest) => Promise<InvokeResult> = async () => OK;
  tell: (event: ExhaustedEvent | SucceededEvent) => Promise<void> = async () => {};

  pipeline(concurrencyMax = 64, queue: EventQueue = this.queue): AsyncPipeline {
    return createAsyncPipeline({
      queue,
      directory: this.#directory(),
      run: (request) => {
        this.calls.push({ id: request.requestId, atSeconds: (this.clock.now() - this.startMs) / 1_000, request });
        return this.run(request);
      },
      clock: this.clock,
      ids,
      logger: silent,
      settings: { retryDelaysSeconds: [60, 120], concurrencyMax },
      ends: {
        succeeded: async (event) => {
          await this.tell(event);
          this.succeeded.push(event);
        },
        exhausted: async (event) => {
          await this.tell(event);
          this.exhausted.push(event);
        },
      },
      metrics: this.metrics,
    });
  }

  /** Gives waiting promises their turns without letting time pass. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  async left(): Promise<number> {
    const { visible, delayed, leased } = await this.queue.counts();
    return visible + delayed + leased;
  }

  #directory(): FunctionDirectory {
    const resolveCached = ({ functionName }: { functionName: string }): ResolvedFunction | undefined => {
      const rules = this.rules.get(functionName);
      return rules && { ...rules, version: undefined as never, setAside: { concurrency: 0 }, isTenantIsolated: false };
    };
    return {
      resolveCached,
      async resolve(reference) {
        const found = resolveCached(reference);
        if (!found) throw lambdaError('ResourceNotFoundException', `Function not found: ${reference.functionName}`);
        return found;
      },
      onChange: () => () => {},
    };
  }
}

function world(...functionNames: string[]): World {
  const made = new World();
  for (const name of functionNames.length === 0 ? ['f'] : functionNames) {
    made.rules.set(name, { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 });
  }
  return made;
}

/** The queue as a process sees it that stops dead: from then on its calls reach nobody and answer nothing. */
function queueUntil(crash: { readonly happened: boolean }, queue: EventQueue): EventQueue {
  return new Proxy(queue, {
    get(target, name: keyof EventQueue) {
      return (...parameters: never[]) => {
        if (crash.happened) return new Promise(() => {});
        return (target[name] as (...all: never[]) => unknown).apply(target, parameters);
      };
    },
  });
}

function request(requestId: string, functionName = 'f', payload: Uint8Array = Buffer.from('{}')): InvokeRequest {
  return {
    requestId,
    account: '000000000000',
    region: 'us-east-1',
    functionName,
    qualifier: 'live',
    traceHeader: 'Root=1-x',
    payload,
  };
}

test('an accepted event runs once, with all that the caller gave, and is gone', async () => {
  const w = world();
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept({ ...request('a', 'f', Buffer.from('{"n":1}')), tenantId: 'blue' });
  await w.settle();
  assert.deepEqual(
    w.calls.map(({ request: made }) => ({ ...made, payload: Buffer.from(made.payload).toString() })),
    [{ ...request('a'), tenantId: 'blue', isQueued: true, payload: '{"n":1}' }],
  );
  assert.equal(await w.left(), 0);
  await pipeline.close(0);
  assert.equal(w.clock.pending, 0);
});

test('accept refuses what is too large or has no function, and queues nothing', async () => {
  const w = world();
  const pipeline = w.pipeline();
  await assert.rejects(pipeline.accept(request('a', 'f', Buffer.alloc(1_048_577))), {
    code: 'RequestTooLargeException',
    status: 413,
    message: '1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
  });
  await assert.rejects(pipeline.accept(request('b', 'absent')), { code: 'ResourceNotFoundException' });
  await pipeline.accept(request('c', 'f', Buffer.alloc(1_048_576)));
  assert.equal(await w.left(), 1);
});

test('function errors are retried after one and two minutes under the same id, then reported', async () => {
  const w = world();
  w.run = async () => FAILED;
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a'));
  await w.clock.advance(600_000);
  assert.deepEqual(
    w.calls.map(({ id, atSeconds }) => [id, atSeconds]),
    [
      ['a', 0],
      ['a', 60],
      ['a', 180],
    ],
  );
  assert.deepEqual(
    w.exhausted.map(({ condition, attempts, lastResult }) => [condition, attempts, lastResult]),
    [['RetriesExhausted', 3, FAILED]],
  );
  assert.equal(await w.left(), 0);
  await pipeline.close(0);
});

test('maximumRetryAttempts bounds the further attempts', async () => {
  const w = world();
  w.rules.set('f', { maximumRetryAttempts: 0, maximumEventAgeSeconds: 21_600 });
  w.run = async () => FAILED;
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a'));
  await w.clock.advance(600_000);
  assert.equal(w.calls.length, 1);
  assert.deepEqual(
    w.exhausted.map(({ condition, attempts }) => [condition, attempts]),
    [['RetriesExhausted', 1]],
  );
  await pipeline.close(0);
});

test('a retry that would come after the highest age is not waited for', async () => {
  const w = world();
  w.rules.set('f', { maximumRetryAttempts: 2, maximumEventAgeSeconds: 100 });
  w.run = async () => FAILED;
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a'));
  await w.clock.advance(61_000);
  assert.deepEqual(
    w.calls.map(({ atSeconds }) => atSeconds),
    [0, 60],
  );
  assert.deepEqual(
    w.exhausted.map(({ condition, attempts }) => [condition, attempts]),
    [['EventAgeExceeded', 2]],
  );
  await pipeline.close(0);
});

test('throttles back off from one second to five minutes, use up no attempts and end at the highest age', async () => {
  const w = world();
  w.rules.set('f', { maximumRetryAttempts: 2, maximumEventAgeSeconds: 3_600 });
  w.run = async () => {
    throw throttle();
  };
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a'));
  await w.clock.advance(3_700_000);
  const pauses = w.calls.slice(1).map(({ atSeconds }, index) => atSeconds - (w.calls[index]?.atSeconds ?? 0));
  assert.ok(pauses.length >= 10 && pauses.length < 40, `${pauses.length} pauses`);
  assert.ok((pauses[0] ?? 0) >= 1 && (pauses[0] ?? 0) <= 4, `first pause ${pauses[0]} s`);
  assert.ok(
    pauses.every((pause) => pause <= 301),
    `longest pause ${Math.max(...pauses)} s`,
  );
  assert.ok((pauses.at(-1) ?? 0) >= 150, `last pause ${pauses.at(-1)} s`);
  assert.deepEqual(
    w.exhausted.map(({ condition, attempts }) => [condition, attempts]),
    [['EventAgeExceeded', 0]],
  );
  assert.equal(await w.left(), 0);
  await pipeline.close(0);
});

test('a fault of ours is waited out, and the attempts remain', async () => {
  const w = world();
  const answers: (() => InvokeResult)[] = [
    () => {
      throw lambdaError('ServiceException', 'fault');
    },
    () => {
      throw new Error('bug');
    },
    () => FAILED,
    () => FAILED,
    () => OK,
  ];
  w.run = async () => answers.shift()?.() ?? OK;
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a'));
  await w.clock.advance(600_000);
  assert.equal(w.calls.length, 5);
  assert.deepEqual(w.exhausted, []);
  assert.equal(await w.left(), 0);
  await pipeline.close(0);
});

test('a reserved concurrency of zero and a deleted function drop events at once', async () => {
  const w = world('zero', 'deleted');
  w.rules.set('zero', { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600, reservedConcurrency: 0 });
  const pipeline = w.pipeline();
  await pipeline.accept(request('a', 'zero'));
  await pipeline.accept(request('b', 'deleted'));
  w.rules.delete('deleted');
  pipeline.start();
  await w.settle();
  assert.equal(w.calls.length, 0);
  assert.deepEqual(
    w.exhausted.map(({ request: { requestId }, condition, attempts }) => [requestId, condition, attempts]),
    [
      ['a', 'ZeroReservedConcurrency', 0],
      ['b', 'FunctionDeleted', 0],
    ],
  );
  assert.equal(await w.left(), 0);
  await pipeline.close(0);
});

test('a poison event ends after its attempts while others go on', async () => {
  const w = world();
  w.run = async ({ requestId }) => (requestId === 'poison' ? FAILED : OK);
  const pipeline = w.pipeline(2);
  pipeline.start();
  await pipeline.accept(request('poison'));
  for (let index = 0; index < 20; index += 1) await pipeline.accept(request(`good${index}`));
  await w.settle();
  assert.equal(w.calls.filter(({ id }) => id !== 'poison').length, 20);
  await w.clock.advance(600_000);
  assert.equal(w.calls.filter(({ id }) => id === 'poison').length, 3);
  assert.equal(w.exhausted.length, 1);
  await pipeline.close(0);
});

test('the backlog of a throttled function neither stops another nor is tried event by event', async () => {
  const w = world('busy', 'free');
  w.run = async ({ functionName }) => {
    if (functionName === 'busy') throw throttle();
    return OK;
  };
  const pipeline = w.pipeline(4);
  for (let index = 0; index < 1_000; index += 1) await pipeline.accept(request(`busy${index}`, 'busy'));
  await pipeline.accept(request('free', 'free'));
  pipeline.start();
  await w.clock.advance(60_000);
  const tried = w.calls.filter(({ request: { functionName } }) => functionName === 'busy').length;
  assert.ok(tried < 100, `the throttled function was tried ${tried} times in a minute`);
  assert.deepEqual(
    w.calls.filter(({ id }) => id === 'free').map(({ atSeconds }) => atSeconds < 1),
    [true],
  );
  assert.equal(await w.left(), 1_000);
  await pipeline.close(0);
});

test('a function with few places gets through its backlog about as fast as it can', async () => {
  const w = world();
  let running = 0;
  w.run = (): Promise<InvokeResult> => {
    if (running >= 2) return Promise.reject(throttle());
    running += 1;
    return new Promise((resolve) => {
      w.clock.setTimeout(() => {
        running -= 1;
        resolve(OK);
      }, 1_000);
    });
  };
  const pipeline = w.pipeline();
  for (let index = 0; index < 100; index += 1) await pipeline.accept(request(`e${index}`));
  pipeline.start();
  await w.clock.advance(150_000);
  assert.equal(await w.left(), 0, 'two places of one second each would need 50 s');
  assert.deepEqual(w.exhausted, []);
  await pipeline.close(0);
});

test('the backlog of a slow function does not keep others waiting until it is through', async () => {
  const w = world('slow', 'free');
  w.run = ({ functionName }) =>
    functionName === 'free' ? Promise.resolve(OK) : new Promise((resolve) => void w.clock.setTimeout(() => resolve(OK), 10_000));
  const pipeline = w.pipeline(8);
  for (let index = 0; index < 400; index += 1) await pipeline.accept(request(`slow${index}`, 'slow'));
  pipeline.start();
  await w.clock.advance(30_000);
  await pipeline.accept(request('free', 'free'));
  await w.clock.advance(11_000);
  assert.deepEqual(
    w.calls.filter(({ id }) => id === 'free').map(({ atSeconds }) => atSeconds < 41),
    [true],
  );
  await w.clock.advance(800_000);
  assert.equal(await w.left(), 0, 'six places of ten seconds each would need 667 s');
  assert.equal(w.calls.length, 401);
  await pipeline.close(0);
});

test('a new pipeline on the same queue goes on where a crashed one was, attempts included', async () => {
  const w = world();
  const crash = { happened: false };
  const crashed = w.pipeline(64, queueUntil(crash, w.queue));
  crashed.start();
  w.run = async () => FAILED;
  await crashed.accept(request('a'));
  await w.settle();
  w.run = () => new Promise(() => {});
  await crashed.accept(request('b'));
  await w.settle();
  crash.happened = true;
  w.run = async ({ requestId }) => (requestId === 'a' ? FAILED : OK);
  const next = w.pipeline();
  next.start();
  await w.clock.advance(600_000);
  assert.deepEqual(
    w.calls.filter(({ id }) => id === 'a').map(({ atSeconds }) => atSeconds),
    [0, 60, 180],
  );
  assert.deepEqual(
    w.calls.filter(({ id }) => id === 'b').map(({ atSeconds }) => atSeconds),
    [0, 30],
  );
  assert.deepEqual(
    w.exhausted.map(({ attempts }) => attempts),
    [3],
  );
  assert.equal(await w.left(), 0);
  await next.close(0);
});

test('what close gave back, the next pipeline runs at once', async () => {
  const w = world();
  w.run = () => new Promise(() => {});
  const first = w.pipeline();
  first.start();
  await first.accept(request('a'));
  await w.settle();
  await first.close(0);
  w.run = async () => OK;
  const next = w.pipeline();
  next.start();
  await w.settle();
  assert.deepEqual(
    w.calls.map(({ atSeconds }) => atSeconds),
    [0, 0],
  );
  assert.equal(await w.left(), 0);
  await next.close(0);
});

test('a run longer than the lease is not handed out again', async () => {
  const w = world();
  w.run = () => new Promise((resolve) => void w.clock.setTimeout(() => resolve(OK), 900_000));
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a'));
  await w.clock.advance(1_000_000);
  assert.equal(w.calls.length, 1);
  assert.equal(await w.left(), 0);
  await pipeline.close(0);
});

test('close waits for what runs within the grace and gives back the rest at once', async () => {
  const w = world();
  w.run = ({ requestId }) =>
    new Promise((resolve) => void w.clock.setTimeout(() => resolve(OK), requestId === 'short' ? 500 : 5_000));
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('short'));
  await pipeline.accept(request('long'));
  await w.settle();
  let closed = false;
  const closing = pipeline.close(1_000).then(() => (closed = true));
  await w.clock.advance(999);
  assert.equal(closed, false);
  await w.clock.advance(1);
  await closing;
  assert.deepEqual(await w.queue.counts().then(({ visible, leased }) => ({ visible, leased })), { visible: 1, leased: 0 });
});

test('an idle pipeline sets no timer', async () => {
  const w = world();
  const pipeline = w.pipeline();
  pipeline.start();
  await w.settle();
  assert.equal(w.clock.pending, 0);
  await pipeline.close(0);
});

test('of 10,000 events none is lost and none doubled, with at most so many in flight', async () => {
  const w = world('f', 'g', 'h');
  let running = 0;
  let highest = 0;
  w.run = async () => {
    running += 1;
    highest = Math.max(highest, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return OK;
  };
  const pipeline = w.pipeline(64);
  pipeline.start();
  const names = ['f', 'g', 'h'];
  await Promise.all(Array.from({ length: 10_000 }, (_, index) => pipeline.accept(request(`e${index}`, names[index % 3]))));
  for (let turn = 0; turn < 5_000 && (await w.left()) > 0; turn += 1) await w.settle();
  assert.equal(w.calls.length, 10_000);
  assert.equal(new Set(w.calls.map(({ id }) => id)).size, 10_000);
  assert.equal(highest, 64);
  await pipeline.close(0);
});

test('an event whose end can not be kept stays in its queue and ends again', async () => {
  const w = world('fine', 'broken');
  w.run = async ({ functionName }) => (functionName === 'broken' ? FAILED : OK);
  w.rules.set('broken', { maximumRetryAttempts: 0, maximumEventAgeSeconds: 21_600 });
  w.tell = () => Promise.reject(new Error('the disk is full'));
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a', 'fine'));
  await pipeline.accept(request('b', 'broken'));
  await w.settle();
  assert.equal(await w.left(), 2);
  w.tell = async () => {};
  await w.clock.advance(1_000);
  assert.deepEqual([w.succeeded.map(({ request: { requestId } }) => requestId), w.exhausted.length], [['a'], 1]);
  assert.equal(await w.left(), 0);
  await pipeline.close(0);
});

test('an event is told of with what the function answered and how often it ran', async () => {
  const w = world();
  const answers = [FAILED, OK];
  w.run = async () => answers.shift() ?? OK;
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a'));
  await w.clock.advance(61_000);
  assert.deepEqual(
    w.succeeded.map(({ request: { requestId }, attempts, result }) => [requestId, attempts, result]),
    [['a', 2, OK]],
  );
  await pipeline.close(0);
});

test('an invocation that a loop would go on with is given up at once, with its error', async () => {
  const w = world();
  const recursion = lambdaError('RecursiveInvocationException', 'loop');
  w.run = () => Promise.reject(recursion);
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a'));
  await w.settle();
  assert.deepEqual(
    w.exhausted.map(({ condition, attempts, lastError }) => [condition, attempts, lastError]),
    [['RetriesExhausted', 0, recursion]],
  );
  await pipeline.close(0);
});

test('an event without a trace is given one, so that loops are seen', async () => {
  const w = world();
  const pipeline = w.pipeline();
  pipeline.start();
  const { traceHeader: _, ...untraced } = request('a');
  await pipeline.accept(untraced);
  await w.settle();
  assert.match(w.calls[0]?.request.traceHeader ?? '', /^Root=1-/);
  await pipeline.close(0);
});

test('events are counted when they come, when they run and when they are given up', async () => {
  const w = world();
  w.run = async () => FAILED;
  w.rules.set('f', { maximumRetryAttempts: 1, maximumEventAgeSeconds: 21_600 });
  const pipeline = w.pipeline();
  pipeline.start();
  await pipeline.accept(request('a'));
  await w.clock.advance(61_000);
  assert.deepEqual(
    w.metrics.readings().map(({ metric, subject: { functionName }, sum, count }) => [metric, functionName, sum, count]),
    [
      ['AsyncEventsReceived', 'f', 1, 1],
      ['AsyncEventAge', 'f', 60_000, 2],
      ['AsyncEventsDropped', 'f', 1, 1],
    ],
  );
  await pipeline.close(0);
});

test('the backlog of one function keeps no other waiting', async (t) => {
  const made = world('busy', 'quiet');
  const directory = mkdtempSync(join(tmpdir(), 'lambkin-fair-'));
  const queue = await SqliteEventQueue.open(join(directory, 'queue.db'), made.clock, (error) => assert.fail(error));
  const pipeline = made.pipeline(4, queue);
  const accept = (functionName: string, n: number): Promise<void> =>
    pipeline.accept({ account: 'a', region: 'r', functionName, requestId: `${functionName} ${n}`, payload: Buffer.from('{}') });
  await Promise.all(Array.from({ length: 2_000 }, (_, n) => accept('busy', n)));
  const through = Promise.withResolvers<number>();
  let [ran, ranBefore] = [0, 0];
  made.run = async ({ functionName }) => {
    if (functionName === 'quiet') through.resolve(ran - ranBefore);
    else if ((ran += 1) === 100) void accept('quiet', 0).then(() => (ranBefore = ran));
    await new Promise((resolve) => setImmediate(resolve));
    return OK;
  };
  t.after(async () => {
    await pipeline.close(0);
    await queue.close();
    rmSync(directory, { recursive: true });
  });
  pipeline.start();
  const behind = await through.promise;
  t.diagnostic(`${behind} of the 1,900 that were there before ran first`);
  assert.ok(behind <= 20, String(behind));
});
