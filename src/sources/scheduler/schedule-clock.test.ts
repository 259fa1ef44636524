import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { SqliteMetadataStore } from '../../adapters/sqlite/metadata-store.ts';
import { FakeQueue } from '../../invoke/async/fake-queue.ts';
import { RunNotes } from './run-notes.ts';
import { ScheduleClock } from './schedule-clock.ts';
import { scheduleKey, type ScheduleRecord } from './schedule-records.ts';

const SCHEDULES = 10_000;
const MINUTE_MS = 60_000;
const ZONES = ['UTC', 'Asia/Kolkata', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'];

/** Not the time of day, which is others' too on a busy machine. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

test('ten thousand schedules wait on one timer, and every one that is due is queued once', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-schedules-'));
  const clock = new FakeClock(Date.UTC(2026, 0, 1, 0, 10));
  const store = new SqliteMetadataStore(join(directory, 'metadata.db'));
  t.after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });
  const name = { account: '111122223333', region: 'us-east-1', group: 'default' };
  const record: Omit<ScheduleRecord, 'uid' | 'timeZone'> = {
    expression: 'cron(0/30 * * * ? *)',
    enabled: true,
    deletedAfterCompletion: false,
    target: {
      Arn: 'arn:aws:sqs:us-east-1:111122223333:q',
      RoleArn: 'arn:aws:iam::111122223333:role/r',
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    },
    anchorMs: clock.now(),
    passedMs: clock.now(),
    createdMs: clock.now(),
    modifiedMs: clock.now(),
  };
  await store.commit(
    Array.from({ length: SCHEDULES }, (_, index) => ({
      put: scheduleKey({ ...name, name: `s${index}` }),
      body: { ...record, uid: String(index), timeZone: ZONES[index % ZONES.length] },
    })),
  );
  const queue = new FakeQueue(clock);
  const logger = new QuietLogger();
  const make = (): ScheduleClock => new ScheduleClock({ store, queue, notes: new RunNotes(), clock, logger });
  const startedMs = cpuMs();
  let running = make();
  await running.start();
  const startMs = cpuMs() - startedMs;
  assert.equal(clock.pending, 1);
  const count = async (): Promise<number> => (await queue.counts('scheduler')).visible;
  let fireMs = 0;
  for (const expected of [SCHEDULES, 2 * SCHEDULES]) {
    const firedFrom = cpuMs();
    await clock.advance(expected === SCHEDULES ? 20 * MINUTE_MS : 30 * MINUTE_MS - (clock.now() % (30 * MINUTE_MS)));
    // A step of the clock does not wait for everything that it sets off.
    for (let tries = 0; (await count()) < expected && tries < 10_000; tries += 1) await clock.advance(1);
    fireMs += cpuMs() - firedFrom;
    assert.equal(await count(), expected);
  }
  assert.equal(clock.pending, 1);
  await running.close();
  assert.equal(clock.pending, 0);
  running = make();
  await running.start();
  assert.equal(await count(), 2 * SCHEDULES, 'a restart runs nothing again');
  await running.close();
  console.log(
    `${SCHEDULES} schedules: known after ${startMs.toFixed(0)} ms, ${2 * SCHEDULES} runs in ${fireMs.toFixed(0)} ms of one core`,
  );
  // Bounds far above what it takes, to find scans that grow with the square.
  assert.ok(startMs < 10_000 && fireMs < 60_000);
});
