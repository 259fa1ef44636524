import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { FakeQueue } from '../../invoke/async/fake-queue.ts';
import { ServiceError } from '../../model/service-error.ts';
import type { TargetDelivery } from '../../ports/event-target.ts';
import { createNotificationDeliveries } from './notification-deliveries.ts';
import { NOTIFICATION_QUEUE, notificationEvent } from './notification-delivery.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:told';
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:told';
const HOUR_MS = 3_600_000;

/** Deliveries to a target that does what `deliver` says. */
async function begin(t: TestContext, deliver: (delivery: TargetDelivery) => Promise<void>) {
  const clock = new FakeClock();
  const queue = new FakeQueue(clock);
  const logger = new QuietLogger();
  const deliveries = createNotificationDeliveries({ queue, targets: { deliver }, clock, ids: systemIds(), logger });
  deliveries.start();
  t.after(() => deliveries.close(0));
  const tell = async (targetArn: string, traceHeader?: string): Promise<void> => {
    const trace = traceHeader === undefined ? {} : { traceHeader };
    const from = { bucket: 'box', account: '000000000000', region: 'us-east-1', madeAtMs: clock.now() };
    await queue.enqueue([notificationEvent(systemIds().uuid(), { a: 'é' }, { ...from, targetArn, ...trace })]);
    await clock.advance(0);
  };
  const left = async (): Promise<number> => {
    const { visible, delayed, leased } = await queue.counts(NOTIFICATION_QUEUE);
    return visible + delayed + leased;
  };
  return { clock, logger, tell, left };
}

test('a queue gets the body, a topic also the subject, both the trace header', async (t) => {
  const got: TargetDelivery[] = [];
  const { tell, left } = await begin(t, async (delivery) => void got.push(delivery));
  await tell(QUEUE, 'Root=1-x;Lineage=aaaaaaaa:0');
  await tell(TOPIC);
  const from = { account: '000000000000', region: 'us-east-1', body: '{"a":"é"}' };
  assert.deepEqual(got, [
    { ...from, targetArn: QUEUE, traceHeader: 'Root=1-x;Lineage=aaaaaaaa:0' },
    { ...from, targetArn: TOPIC, subject: 'Amazon S3 Notification' },
  ]);
  assert.equal(await left(), 0);
});

test('a target that is away gets it when it is back, and holds up nothing that goes elsewhere', async (t) => {
  const got: string[] = [];
  let isAway = true;
  const { clock, tell, left, logger } = await begin(t, async ({ targetArn }) => {
    if (isAway && targetArn === QUEUE) throw new Error('connection refused');
    got.push(targetArn);
  });
  await tell(QUEUE);
  await tell(TOPIC);
  await clock.advance(HOUR_MS);
  assert.deepEqual([got, await left()], [[TOPIC], 1]);
  isAway = false;
  await clock.advance(300_000);
  assert.deepEqual([got, await left()], [[TOPIC, QUEUE], 0]);
  assert.deepEqual(logger.lines, []);
});

test('a target that stays away is given up after six hours, and has been tried a bounded number of times', async (t) => {
  let tries = 0;
  const { clock, tell, left, logger } = await begin(t, async () => {
    tries += 1;
    throw new Error('connection refused');
  });
  await tell(QUEUE);
  await clock.advance(5.9 * HOUR_MS);
  assert.equal(await left(), 1);
  await clock.advance(HOUR_MS);
  assert.equal(await left(), 0);
  assert.ok(tries > 70 && tries < 200, String(tries));
  assert.match(JSON.stringify(logger.lines), /a notification was not taken by its target; dropped/);
});

test('a target that refuses is not asked again; one that is throttled is', async (t) => {
  let tries = 0;
  const { clock, tell, left } = await begin(t, async ({ targetArn }) => {
    tries += 1;
    const status = targetArn === QUEUE ? 400 : 429;
    throw new ServiceError({ code: 'QueueDoesNotExist', status, message: 'The specified queue does not exist.' });
  });
  await tell(QUEUE);
  await clock.advance(60_000);
  assert.deepEqual([tries, await left()], [1, 0]);
  await tell(TOPIC);
  await clock.advance(60_000);
  assert.ok(tries > 2);
  assert.equal(await left(), 1);
});

test('a target that never answers counts as away', async (t) => {
  let tries = 0;
  const { clock, tell, left } = await begin(t, () => {
    tries += 1;
    return new Promise(() => {});
  });
  await tell(QUEUE);
  await clock.advance(40_000);
  assert.deepEqual([tries, await left()], [2, 1]);
});
