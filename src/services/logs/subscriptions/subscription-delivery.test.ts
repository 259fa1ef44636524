import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { FakeClock } from '../../../adapters/memory/fake-clock.ts';
import { QuietLogger } from '../../../adapters/memory/quiet-logger.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import { ASYNC_PAYLOAD_BYTES_MAX } from '../../../model/limits.ts';
import type { ResolvedFunction } from '../../../ports/function-directory.ts';
import type { InvokeRequest } from '../../../ports/invoker.ts';
import { SubscriptionDelivery } from './subscription-delivery.ts';
import type { SubscriptionFilter } from './subscription-filter.ts';
import type { SubscriptionMessage } from './subscription-message.ts';

const group = { account: '000000000000', region: 'eu-central-1', name: '/app' };
const filter: SubscriptionFilter = {
  filterName: 'errors',
  filterPattern: 'ERROR',
  destinationArn: 'arn:aws:lambda:eu-central-1:000000000000:function:b:live',
  distribution: 'ByLogStream',
  createdMs: 0,
};

class Fixture {
  readonly clock = new FakeClock();
  readonly logger = new QuietLogger();
  readonly requests: InvokeRequest[] = [];
  readonly questions: unknown[] = [];
  allowedPrincipal = 'logs.eu-central-1.amazonaws.com';
  logGroup = '/aws/lambda/b';
  accepts: () => Promise<void> = async () => undefined;
  readonly delivery: SubscriptionDelivery;

  constructor() {
    const functions = {
      permission: {
        check: async (question: { principal: string }) => {
          this.questions.push(question);
          return question.principal === this.allowedPrincipal ? ('allowed' as const) : ('denied' as const);
        },
      },
      directory: { resolve: async () => ({ version: { logGroup: this.logGroup } }) as ResolvedFunction },
      accept: async (request: InvokeRequest) => {
        await this.accepts();
        this.requests.push(request);
      },
      ids: { uuid: () => `id-${this.requests.length}`, hex: () => '', random: () => 0 },
    };
    this.delivery = new SubscriptionDelivery(functions, this.clock, this.logger);
  }

  take(messages: readonly string[], stream = 's', filters = [filter]): void {
    const records = messages.map((message, index) => ({ timestampMs: 1_000 + index, message }));
    this.delivery.take(group, filters, stream, records, 7);
  }

  /** Lets the compression's threads come to an end. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await setImmediate();
  }

  messages(): SubscriptionMessage[] {
    return this.requests.map(({ payload }) => {
      assert.ok(payload.length <= ASYNC_PAYLOAD_BYTES_MAX);
      const { awslogs } = JSON.parse(Buffer.from(payload).toString()) as { awslogs: { data: string } };
      return JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString());
    });
  }

  lost(): number {
    const told = this.logger.lines.filter(({ message }) => message === 'log events were not delivered to a subscription');
    return told.reduce((sum, { fields }) => sum + Number(fields['events']), 0);
  }
}

test('events that match go in one invoke a quarter of a second later, each stream for itself', async () => {
  const fixture = new Fixture();
  fixture.take(['ERROR one', 'fine']);
  fixture.take(['ERROR two'], 'other');
  fixture.take(['fine', 'ERROR three']);
  await fixture.clock.advance(249);
  assert.deepEqual(fixture.requests, []);
  await fixture.clock.advance(1);
  await fixture.until(() => fixture.requests.length === 2);
  const [first, second] = fixture.messages().sort((left, right) => (left.logStream > right.logStream ? -1 : 1));
  assert.deepEqual(first, {
    messageType: 'DATA_MESSAGE',
    owner: '000000000000',
    logGroup: '/app',
    logStream: 's',
    subscriptionFilters: ['errors'],
    logEvents: [
      { id: '7'.padStart(56, '0'), timestamp: 1_000, message: 'ERROR one' },
      { id: '8'.padStart(56, '0'), timestamp: 1_001, message: 'ERROR three' },
    ],
  });
  assert.deepEqual(second?.logEvents, [{ id: '7'.padStart(56, '0'), timestamp: 1_000, message: 'ERROR two' }]);
  assert.partialDeepStrictEqual(fixture.requests[0], {
    account: '000000000000',
    region: 'eu-central-1',
    functionName: 'b',
    qualifier: 'live',
  });
  assert.deepEqual(fixture.questions[0], {
    functionArn: filter.destinationArn,
    principal: 'logs.amazonaws.com',
    sourceArn: 'arn:aws:logs:eu-central-1:000000000000:log-group:/app:*',
    sourceAccount: '000000000000',
  });
  await fixture.clock.advance(10_000);
  assert.equal(fixture.requests.length, 2);
  assert.equal(fixture.clock.pending, 0);
});

test('each of two filters sends what it matches', async () => {
  const fixture = new Fixture();
  const slow = { ...filter, filterName: 'slow', filterPattern: '{ $.ms > 100 }' };
  fixture.take(['ERROR', '{"ms":120}', '{"ms":1,"level":"ERROR"}'], 's', [filter, slow]);
  await fixture.delivery.close();
  const sent = fixture
    .messages()
    .map(({ subscriptionFilters, logEvents }) => [subscriptionFilters[0], logEvents.map(({ message }) => message)]);
  assert.deepEqual(Object.fromEntries(sent), { errors: ['ERROR', '{"ms":1,"level":"ERROR"}'], slow: ['{"ms":120}'] });
});

test('a full batch does not wait, and none is larger than an asynchronous event may be, however it compresses', async () => {
  const fixture = new Fixture();
  const incompressible = Array.from({ length: 40 }, () => `ERROR ${randomBytes(30_000).toString('base64')}`);
  const wide = Array.from({ length: 20 }, () => `ERROR ${randomBytes(40_000).toString('utf16le')}`.toWellFormed());
  fixture.take([...incompressible, ...wide]);
  await fixture.until(() => fixture.requests.length >= 3);
  await fixture.delivery.close();
  const messages = fixture.messages().flatMap(({ logEvents }) => logEvents.map(({ message }) => message));
  assert.ok(isDeepStrictEqual(messages.sort(), [...incompressible, ...wide].sort()));
  assert.equal(fixture.lost(), 0);
});

test('an event that fits into no invoke is dropped and told, the others arrive', async () => {
  const fixture = new Fixture();
  fixture.take(['ERROR before', `ERROR ${randomBytes(786_000).toString('base64')}`, 'ERROR after']);
  await fixture.delivery.close();
  const messages = fixture.messages().flatMap(({ logEvents }) => logEvents.map(({ message }) => message.slice(0, 20)));
  assert.deepEqual(messages.sort(), ['ERROR after', 'ERROR before']);
  assert.equal(fixture.lost(), 1);
});

test('past the room of a filter events are dropped, counted and told of now and then', async () => {
  const fixture = new Fixture();
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  fixture.accepts = () => opened;
  const line = `ERROR ${'x'.repeat(994)}`;
  for (let round = 0; round < 20; round += 1) fixture.take(Array.from({ length: 1_000 }, () => line));
  await fixture.clock.advance(10_000);
  assert.equal(fixture.logger.lines.length, 2, 'the first loss, and the rest together');
  assert.equal(fixture.logger.lines[1]?.fields['error'], 'they came faster than they could be queued');
  open();
  await fixture.delivery.close();
  const delivered = fixture.messages().reduce((sum, { logEvents }) => sum + logEvents.length, 0);
  assert.ok(delivered >= 7_000 && delivered < 8_000, String(delivered));
  assert.equal(delivered + fixture.lost(), 20_000);
  // The room is free again.
  fixture.take(['ERROR later']);
  await fixture.delivery.close();
  assert.equal(fixture.messages().at(-1)?.logEvents[0]?.message, 'ERROR later');
});

test('what may not or can not go to the function is dropped and told', async () => {
  const cases: readonly [(fixture: Fixture) => void, RegExp][] = [
    [(fixture) => (fixture.allowedPrincipal = 's3.amazonaws.com'), /policy does not allow/],
    [(fixture) => (fixture.logGroup = '/app'), /logs to the same group/],
    [
      (fixture) => (fixture.accepts = () => Promise.reject(lambdaError('ResourceNotFoundException', 'Function not found: x'))),
      /Function not found/,
    ],
  ];
  for (const [arrange, why] of cases) {
    const fixture = new Fixture();
    arrange(fixture);
    fixture.take(['ERROR one', 'ERROR two']);
    await fixture.delivery.close();
    assert.deepEqual(fixture.requests, []);
    assert.equal(fixture.lost(), 2);
    assert.match(String(fixture.logger.lines[0]?.fields['error']), why);
  }
});
