import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MetricCounts } from '../../adapters/memory/metric-counts.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import type { TargetDelivery } from '../../ports/event-target.ts';
import type { ResolvedFunction } from '../../ports/function-directory.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import { createDestinations, type Destinations } from './destinations.ts';
import { FakeQueue } from './fake-queue.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:told';
const BUCKET = 'arn:aws:s3:::records';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:dead';
const ROOT = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0';
const OK: InvokeResult = { executedVersion: '$LATEST', payload: Buffer.from('"secret answer"') };
const FAILED: InvokeResult = { ...OK, payload: Buffer.from('{"errorMessage":"no"}'), functionError: 'Unhandled' };
const HOUR_MS = 3_600_000;

class World {
  readonly clock = new FakeClock(Date.UTC(2026, 10, 24, 16, 59, 33, 250));
  readonly startMs = this.clock.now();
  readonly queue = new FakeQueue(this.clock);
  readonly logger = new QuietLogger();
  readonly metrics = new MetricCounts();
  readonly delivered: (TargetDelivery & { readonly atSeconds: number })[] = [];
  /** Answers a delivery to a target; what is not here is taken. */
  readonly answers = new Map<string, () => Promise<void>>();
  #uuids = 0;

  destinations(): Destinations {
    return createDestinations({
      queue: this.queue,
      targets: {
        deliver: async (delivery) => {
          this.delivered.push({ ...delivery, atSeconds: (this.clock.now() - this.startMs) / 1_000 });
          await this.answers.get(delivery.targetArn)?.();
        },
      },
      clock: this.clock,
      ids: { uuid: () => `uuid-${(this.#uuids += 1)}`, hex: () => 'unused', random: () => 0.5 },
      logger: this.logger,
      metrics: this.metrics,
    });
  }

  started(): Destinations {
    const destinations = this.destinations();
    destinations.start();
    return destinations;
  }

  /** Gives waiting promises their turns without letting time pass. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  async left(): Promise<number> {
    const { visible, delayed, leased } = await this.queue.counts();
    return visible + delayed + leased;
  }

  counted(): (string | number)[][] {
    return this.metrics.readings().map(({ metric, subject, sum }) => [metric, subject.functionName ?? '', sum]);
  }
}

function request(requestId = 'a', functionName = 'f'): InvokeRequest {
  const payload = Buffer.from('{"n":"secret event"}');
  return { requestId, account: '000000000000', region: 'us-east-1', functionName, traceHeader: ROOT, payload };
}

function resolved(settings: Partial<ResolvedFunction>): ResolvedFunction {
  return {
    version: undefined as never,
    setAside: { concurrency: 0 },
    isTenantIsolated: false,
    maximumRetryAttempts: 2,
    maximumEventAgeSeconds: 21_600,
    lineageId: 'aaaaaaaa',
    ...settings,
  };
}

const success = (onSuccess: string, made = request()): Parameters<Destinations['succeeded']>[0] => ({
  request: made,
  attempts: 1,
  result: OK,
  resolved: resolved({ destinations: { onSuccess } }),
});

const failure = (settings: Partial<ResolvedFunction>, made = request()): Parameters<Destinations['exhausted']>[0] => ({
  request: made,
  attempts: 3,
  condition: 'RetriesExhausted',
  lastResult: FAILED,
  resolved: resolved(settings),
});

test('a success goes to its destination with the trace that the function had', async () => {
  const w = new World();
  const destinations = w.started();
  await destinations.succeeded(success(ARN));
  await w.settle();
  assert.deepEqual(
    w.delivered.map(({ targetArn, traceHeader, attributes, objectKey }) => [targetArn, traceHeader, attributes, objectKey]),
    [[ARN, `${ROOT};Lineage=aaaaaaaa:0`, undefined, undefined]],
  );
  assert.equal(JSON.parse(w.delivered[0]?.body ?? '').requestContext.condition, 'Success');
  assert.equal(await w.left(), 0);
  await destinations.close(0);
  assert.equal(w.clock.pending, 0);
});

test('what has no destination is told to nobody', async () => {
  const w = new World();
  const destinations = w.started();
  await destinations.succeeded({ ...success(ARN), resolved: resolved({ destinations: { onFailure: ARN } }) });
  await destinations.exhausted(failure({ destinations: { onSuccess: ARN } }));
  await destinations.exhausted({ request: request(), attempts: 0, condition: 'FunctionDeleted' });
  assert.equal(await w.left(), 0);
  await destinations.close(0);
});

test('an event that was given up goes to the destination as a record and to the dead-letter queue as it was', async () => {
  const w = new World();
  const destinations = w.started();
  await destinations.exhausted(failure({ destinations: { onFailure: BUCKET }, deadLetterArn: QUEUE }));
  await w.settle();
  const [record, letter] = w.delivered;
  assert.equal(record?.targetArn, BUCKET);
  assert.equal(record?.objectKey, 'aws/lambda/async/f/2026/11/24/2026-11-24T16.59.33-uuid-1');
  assert.equal(JSON.parse(record?.body ?? '').requestContext.approximateInvokeCount, 3);
  assert.deepEqual(
    [letter?.targetArn, letter?.body, letter?.attributes],
    [QUEUE, '{"n":"secret event"}', { RequestID: 'a', ErrorCode: 200, ErrorMessage: 'no' }],
  );
  await destinations.close(0);
});

test('buses are told in their own terms', async () => {
  const w = new World();
  const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
  const destinations = w.started();
  await destinations.succeeded(success(bus));
  await destinations.exhausted(failure({ destinations: { onFailure: bus } }));
  await w.settle();
  const resources = [bus, 'arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST'];
  assert.deepEqual(
    w.delivered.map(({ event }) => event),
    [
      { source: 'lambda', detailType: 'Lambda Function Invocation Result - Success', resources },
      { source: 'lambda', detailType: 'Lambda Function Invocation Result - Failure', resources },
    ],
  );
  await destinations.close(0);
});

test('an end that is told twice, as after a crash, is delivered once if the first is still there', async () => {
  const w = new World();
  const destinations = w.destinations();
  await destinations.succeeded(success(ARN));
  await destinations.succeeded(success(ARN));
  destinations.start();
  await w.settle();
  assert.equal(w.delivered.length, 1);
  await destinations.close(0);
});

test('a target that can not be reached is tried for six hours with growing pauses, then the record is dropped and counted', async () => {
  const w = new World();
  w.answers.set(ARN, () => Promise.reject(new Error('connection refused')));
  const destinations = w.started();
  await destinations.succeeded(success(ARN));
  await w.clock.advance(5 * HOUR_MS);
  assert.equal(await w.left(), 1);
  assert.deepEqual(w.counted(), []);
  await w.clock.advance(HOUR_MS);
  assert.equal(await w.left(), 0);
  assert.deepEqual(w.counted(), [['DestinationDeliveryFailures', 'f', 1]]);
  const pauses = w.delivered.slice(1).map(({ atSeconds }, index) => atSeconds - (w.delivered[index]?.atSeconds ?? 0));
  assert.ok((pauses[0] ?? 0) <= 2 && Math.max(...pauses) <= 301 && pauses.length < 200, pauses.join(' '));
  await destinations.close(0);
});

test('a target that refuses is not tried again; the log names it without the payload', async () => {
  const w = new World();
  for (const arn of [ARN, QUEUE]) w.answers.set(arn, () => Promise.reject(lambdaError('ResourceNotFoundException', 'absent')));
  const destinations = w.started();
  await destinations.exhausted(failure({ destinations: { onFailure: ARN }, deadLetterArn: QUEUE }));
  await w.clock.advance(HOUR_MS);
  assert.equal(w.delivered.length, 2);
  assert.deepEqual(w.counted(), [
    ['DestinationDeliveryFailures', 'f', 1],
    ['DeadLetterErrors', 'f', 1],
  ]);
  const log = JSON.stringify(w.logger.lines);
  assert.ok(log.includes(ARN) && log.includes(QUEUE) && !log.includes('secret'), log);
  await destinations.close(0);
});

test('throttles and faults of a target are waited out; what it does not have yet is a refusal', async () => {
  const w = new World();
  const errors = [
    lambdaError('TooManyRequestsException', 'Rate Exceeded.'),
    lambdaError('ResourceConflictException', 'Pending'),
    lambdaError('ServiceException', 'fault'),
  ];
  w.answers.set(ARN, async () => {
    const error = errors.shift();
    if (error) throw error;
  });
  w.answers.set(BUCKET, () => Promise.reject(lambdaError('NotImplementedException', 'not yet')));
  const destinations = w.started();
  await destinations.succeeded(success(ARN));
  await destinations.exhausted(failure({ destinations: { onFailure: BUCKET } }, request('b', 'g')));
  await w.clock.advance(60_000);
  assert.equal(w.delivered.filter(({ targetArn }) => targetArn === ARN).length, 4);
  assert.deepEqual(w.counted(), [['DestinationDeliveryFailures', 'g', 1]]);
  assert.equal(await w.left(), 0);
  await destinations.close(0);
});

test('a target that never answers counts as unreachable and does not hold up others', async () => {
  const w = new World();
  w.answers.set(BUCKET, () => new Promise(() => {}));
  const destinations = w.started();
  for (let index = 0; index < 200; index += 1)
    await destinations.exhausted(failure({ destinations: { onFailure: BUCKET } }, request(`stuck${index}`)));
  await w.settle();
  await destinations.succeeded(success(ARN, request('free')));
  await w.clock.advance(120_000);
  const free = w.delivered.filter(({ targetArn }) => targetArn === ARN);
  assert.deepEqual(
    free.map(({ atSeconds }) => atSeconds <= 31),
    [true],
  );
  await destinations.succeeded(success(ARN, request('free again')));
  await w.settle();
  assert.equal(w.delivered.filter(({ targetArn }) => targetArn === ARN).length, 2);
  assert.equal(await w.left(), 200);
  await destinations.close(0);
});

test('what was on its way when a process stopped is delivered by the next one', async () => {
  const w = new World();
  w.answers.set(ARN, () => new Promise(() => {}));
  await w.started().succeeded(success(ARN));
  await w.settle();
  w.answers.clear();
  // The first one's lease has to run out, for it is not there to give it back.
  await w.queue.extend('destinations', 'a/OnSuccess', 'lease 1', 0);
  const next = w.started();
  await w.settle();
  assert.equal(w.delivered.length, 2);
  assert.equal(await w.left(), 0);
  await next.close(0);
});

test('an invocation that was refused to end a loop goes on with the count that it came with', async () => {
  const w = new World();
  const looped = `${ROOT};Lineage=aaaaaaaa:15`;
  const destinations = w.started();
  const end = failure({ destinations: { onFailure: ARN } }, { ...request(), traceHeader: looped });
  const { lastResult: _, ...refusal } = { ...end, attempts: 0, lastError: lambdaError('RecursiveInvocationException', 'loop') };
  await destinations.exhausted(refusal);
  await w.settle();
  assert.equal(w.delivered[0]?.traceHeader, looped);
  const record = JSON.parse(w.delivered[0]?.body ?? '');
  assert.deepEqual([record.requestContext.condition, record.requestContext.approximateInvokeCount], ['RetriesExhausted', 0]);
  assert.equal(record.responseContext, undefined);
  await destinations.close(0);
});
