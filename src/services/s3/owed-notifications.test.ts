import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { FakeQueue } from '../../invoke/async/fake-queue.ts';
import type { NotificationConfiguration } from '../../sources/s3/notification-configuration.ts';
import { NOTIFICATION_QUEUE } from '../../sources/s3/notification-delivery.ts';
import { OwedNotifications } from './owed-notifications.ts';
import { OWED_KIND, S3_PLACE } from './records.ts';

const CONFIGURATION: NotificationConfiguration = {
  rules: [
    { id: 'a', target: 'queue', targetArn: 'arn:aws:sqs:us-east-1:000000000000:q', events: ['s3:ObjectCreated:*'], prefix: 'a/' },
    { id: 'b', target: 'topic', targetArn: 'arn:aws:sns:us-east-1:000000000000:t', events: ['s3:ObjectRemoved:*'] },
  ],
};
const told = (key: string, name = 'ObjectCreated:Put') => ({
  name,
  key,
  bucket: 'box',
  bucketOwner: '000000000000',
  region: 'us-east-1',
  sourceAddress: '127.0.0.1',
  requestId: 'R',
  hostId: 'H',
});

function fixture() {
  const [clock, store, logger, ids] = [new FakeClock(), new MemoryMetadataStore(), new QuietLogger(), systemIds()];
  const queue = new FakeQueue(clock);
  const open = (): OwedNotifications => new OwedNotifications({ clock, store, logger, ids, queue, accept: async () => {} });
  const noted = async (): Promise<number> => (await store.totals({ ...S3_PLACE, kind: OWED_KIND })).documents;
  const queued = async () => queue.lease(NOTIFICATION_QUEUE, 100, 1_000);
  return { clock, store, open, noted, queued };
}

test('what was written down and not sent is sent by the next run, once, and crossed out', async () => {
  const { store, open, noted, queued } = fixture();
  const before = open();
  const keys = Array.from({ length: 250 }, (_, index) => `a/${index}`);
  const owed = keys.map((key) => before.owe(CONFIGURATION, told(key)));
  await store.commit(owed.flatMap((one) => (one ? [before.change(one)] : [])));
  assert.equal(await noted(), 250);
  const after = open();
  await after.start();
  await after.close();
  assert.equal(await noted(), 0);
  const sent = [...(await queued()), ...(await queued()), ...(await queued())];
  const found = sent.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).Records[0]);
  assert.deepEqual(found.map(({ s3 }) => s3.object.key).toSorted(), keys.toSorted());
  // As they were given, for who compares them.
  assert.deepEqual(
    found.map(({ s3 }) => s3.object.sequencer).toSorted(),
    owed.map((one) => one?.event.sequencer),
  );
});

test('a run does not send twice what it is about to send itself', async () => {
  const { store, open, queued, noted } = fixture();
  const notifications = open();
  const owed = notifications.owe(CONFIGURATION, told('a/1'));
  assert.ok(owed);
  await store.commit([notifications.change(owed)]);
  await notifications.start();
  assert.deepEqual(await queued(), []);
  await notifications.pay(owed);
  await notifications.close();
  assert.equal((await queued()).length, 1);
  assert.equal(await noted(), 0);
});

test('only who is meant is owed anything', () => {
  const notifications = fixture().open();
  const ids = (key: string, name?: string) => notifications.owe(CONFIGURATION, told(key, name))?.meant.rules.map(({ id }) => id);
  assert.deepEqual(ids('a/1'), ['a']);
  assert.equal(ids('b/1'), undefined);
  assert.deepEqual(ids('b/1', 'ObjectRemoved:Delete'), ['b']);
  assert.equal(notifications.owe(undefined, told('a/1')), undefined);
  assert.deepEqual(notifications.owe({ rules: [], eventBridge: true }, told('x'))?.meant, { rules: [], eventBridge: true });
});

test('sequencers grow: within a millisecond, when the clock is set back, and over a restart', async () => {
  const { clock, open } = fixture();
  const sequencers: string[] = [];
  let notifications = open();
  const next = (): void => void sequencers.push(notifications.owe(CONFIGURATION, told('a/1'))?.event.sequencer ?? '');
  for (let count = 0; count < 1_000; count += 1) next();
  await clock.advance(1);
  next();
  clock.now = () => Date.UTC(2025, 0, 1);
  next();
  clock.now = () => Date.UTC(2026, 0, 2);
  notifications = open();
  next();
  assert.deepEqual(sequencers, sequencers.toSorted());
  assert.equal(new Set(sequencers).size, 1_003);
  for (const sequencer of sequencers) assert.match(sequencer, /^[0-9A-F]{18}$/);
});
