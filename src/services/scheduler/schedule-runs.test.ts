import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  type CreateScheduleInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { FUNCTION, openScheduler, ROLE, type SchedulerFixture } from './scheduler-fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FIFTY = 'arn:aws:sqs:us-east-1:111122223333:dead';

/** When targets were reached since the last call, as `2026-01-01T00:00:00`. */
const times = ({ delivered }: SchedulerFixture): string[] =>
  delivered.splice(0).map(({ atMs }) => new Date(atMs).toISOString().slice(0, 19));

const startingAt = (t: TestContext, time: string): Promise<SchedulerFixture> => openScheduler(t, { startMs: Date.parse(time) });

/** What UpdateSchedule needs besides what it is to change. */
const WHOLE = {
  Name: 's',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: FUNCTION, RoleArn: ROLE },
} as const;

test('a rate runs when it is put, and each period after; with a StartDate from there', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:30Z');
  await fixture.create({ Name: 'now', ScheduleExpression: 'rate(5 minutes)' });
  assert.deepEqual(times(fixture), ['2026-01-01T00:00:30']);
  await fixture.clock.advance(10 * MINUTE_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T00:05:30', '2026-01-01T00:10:30']);
  await fixture.client.send(new DeleteScheduleCommand({ Name: 'now' }));
  const StartDate = new Date('2026-01-01T00:20:00Z');
  await fixture.create({ Name: 'later', ScheduleExpression: 'rate(1 hours)', StartDate });
  await fixture.clock.advance(9 * MINUTE_MS);
  assert.deepEqual(times(fixture), []);
  await fixture.clock.advance(2 * HOUR_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T00:20:00', '2026-01-01T01:20:00']);
});

test('a rate keeps its rhythm when other settings change, and begins anew with another expression', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  await fixture.create({ ScheduleExpression: 'rate(10 minutes)' });
  await fixture.clock.advance(4 * MINUTE_MS);
  const ScheduleExpression = 'rate(10 minutes)';
  await fixture.client.send(new UpdateScheduleCommand({ ...WHOLE, ScheduleExpression, Description: 'changed' }));
  await fixture.clock.advance(10 * MINUTE_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T00:00:00', '2026-01-01T00:10:00']);
  await fixture.client.send(new UpdateScheduleCommand({ ...WHOLE, ScheduleExpression: 'rate(3 minutes)' }));
  await fixture.clock.advance(4 * MINUTE_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T00:14:00', '2026-01-01T00:17:00']);
});

test('a disabled schedule does not run, and what passed meanwhile is left out', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  const ScheduleExpression = 'rate(10 minutes)';
  await fixture.create({ ScheduleExpression, State: 'DISABLED' });
  await fixture.clock.advance(25 * MINUTE_MS);
  assert.deepEqual(times(fixture), []);
  assert.equal(fixture.clock.pending, 0, 'nothing waits');
  await fixture.client.send(new UpdateScheduleCommand({ ...WHOLE, ScheduleExpression, State: 'ENABLED' }));
  await fixture.clock.advance(10 * MINUTE_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T00:30:00']);
  await fixture.client.send(new UpdateScheduleCommand({ ...WHOLE, ScheduleExpression, State: 'DISABLED' }));
  await fixture.clock.advance(HOUR_MS);
  assert.deepEqual(times(fixture), []);
});

/** Zone, cron, from, for how many days, when it runs in UTC. */
const SHIFTS: readonly (readonly [string, string, string, number, readonly string[]])[] = [
  // Put forward on 2026-03-08 at 2:00: half past two is not shown on that day, and is left out.
  ['America/New_York', 'cron(30 2 * * ? *)', '2026-03-07T05:00:00Z', 3, ['2026-03-07T07:30:00', '2026-03-09T06:30:00']],
  // Put back on 2026-11-01 at 2:00: half past one is shown twice and counts the first time.
  [
    'America/New_York',
    'cron(30 1 * * ? *)',
    '2026-10-31T04:00:00Z',
    3,
    ['2026-10-31T05:30:00', '2026-11-01T05:30:00', '2026-11-02T06:30:00'],
  ],
  // Nine o'clock stays nine o'clock.
  ['Europe/Berlin', 'cron(0 9 * * ? *)', '2026-03-28T00:00:00Z', 2, ['2026-03-28T08:00:00', '2026-03-29T07:00:00']],
  ['Europe/Berlin', 'cron(0 9 * * ? *)', '2026-10-24T00:00:00Z', 2, ['2026-10-24T07:00:00', '2026-10-25T08:00:00']],
  // 2026-03-29, 2:00 to 3:00 is not shown; 2026-10-25, 2:00 to 3:00 is shown twice.
  ['Europe/Berlin', 'cron(15 2 29 3 ? *)', '2026-03-28T00:00:00Z', 3, []],
  ['Europe/Berlin', 'cron(15 2 25 10 ? *)', '2026-10-24T00:00:00Z', 3, ['2026-10-25T00:15:00']],
  // A time that is not shown is not lost where it is the only one: it comes as much later as the clock is put forward.
  ['Europe/Berlin', 'at(2026-03-29T02:30:00)', '2026-03-28T00:00:00Z', 3, ['2026-03-29T01:30:00']],
  ['America/New_York', 'at(2026-11-01T01:30:00)', '2026-10-31T00:00:00Z', 3, ['2026-11-01T05:30:00']],
  ['Australia/Lord_Howe', 'cron(0 12 * * ? *)', '2026-04-03T14:00:00Z', 2, ['2026-04-04T01:00:00', '2026-04-05T01:30:00']],
];

for (const [zone, ScheduleExpression, from, days, expected] of SHIFTS) {
  test(`${ScheduleExpression} in ${zone} from ${from.slice(0, 10)} on`, async (t) => {
    const fixture = await startingAt(t, from);
    await fixture.create({ ScheduleExpression, ScheduleExpressionTimezone: zone });
    await fixture.clock.advance(days * DAY_MS);
    assert.deepEqual(times(fixture), expected);
  });
}

test('a schedule that runs once does so once, also when it was put a moment late, and stays', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  await fixture.create({ Name: 'soon', ScheduleExpression: 'at(2026-01-01T00:00:02)' });
  await fixture.create({ Name: 'late', ScheduleExpression: 'at(2025-12-31T23:59:30)' });
  await fixture.create({ Name: 'past', ScheduleExpression: 'at(2025-12-31T23:58:00)' });
  await fixture.clock.advance(DAY_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T00:00:00', '2026-01-01T00:00:02']);
  assert.equal((await fixture.client.send(new GetScheduleCommand({ Name: 'soon' }))).State, 'ENABLED');
  // The same again is the same schedule, which has run; another time is to come.
  const changed = { ...WHOLE, Name: 'soon' };
  await fixture.client.send(new UpdateScheduleCommand({ ...changed, ScheduleExpression: 'at(2026-01-01T00:00:02)' }));
  await fixture.clock.advance(DAY_MS);
  assert.deepEqual(times(fixture), []);
  await fixture.client.send(new UpdateScheduleCommand({ ...changed, ScheduleExpression: 'at(2026-01-04T00:00:00)' }));
  await fixture.clock.advance(3 * DAY_MS);
  assert.deepEqual(times(fixture), ['2026-01-04T00:00:00']);
});

test('StartDate and EndDate bound recurring schedules, and schedules that run once ignore them', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  const dates = { StartDate: new Date('2026-01-01T02:00:00Z'), EndDate: new Date('2026-01-01T04:00:00Z') };
  await fixture.create({ Name: 'cron', ScheduleExpression: 'cron(0 * * * ? *)', ...dates });
  await fixture.clock.advance(DAY_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T02:00:00', '2026-01-01T03:00:00', '2026-01-01T04:00:00']);
  await fixture.create({ Name: 'once', ScheduleExpression: 'at(2026-01-02T05:00:00)', ...dates });
  await fixture.clock.advance(DAY_MS);
  assert.deepEqual(times(fixture), ['2026-01-02T05:00:00']);
});

test('a flexible window: one run at some moment of it, never outside', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  const FlexibleTimeWindow = { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 } as const;
  await fixture.create({ ScheduleExpression: 'cron(0 * * * ? *)', FlexibleTimeWindow });
  await fixture.clock.advance(200 * HOUR_MS + 20 * MINUTE_MS);
  const offsets = fixture.delivered.map(({ atMs }) => atMs % HOUR_MS);
  assert.equal(offsets.length, 200);
  assert.ok(offsets.every((ms) => ms < 15 * MINUTE_MS));
  assert.ok(Math.max(...offsets) > 12 * MINUTE_MS && Math.min(...offsets) < 3 * MINUTE_MS, 'all of the window is used');
  assert.equal(new Set(fixture.delivered.map(({ atMs }) => Math.floor(atMs / HOUR_MS))).size, 200);
});

test('windows that are longer than the period: every occurrence runs in its own', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  const FlexibleTimeWindow = { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 10 } as const;
  const Target = { Arn: FUNCTION, RoleArn: ROLE, Input: '"<aws.scheduler.scheduled-time>"' };
  await fixture.create({ ScheduleExpression: 'rate(1 minute)', FlexibleTimeWindow, Target });
  await fixture.clock.advance(HOUR_MS);
  const runs = fixture.delivered.map(({ atMs, delivery }) => ({ atMs, dueMs: Date.parse(JSON.parse(delivery.body)) }));
  assert.ok(runs.length >= 50);
  for (const [index, { atMs, dueMs }] of runs.entries()) {
    assert.equal(dueMs, Date.parse('2026-01-01T00:00:00Z') + index * MINUTE_MS);
    assert.ok(atMs >= dueMs && atMs < dueMs + 10 * MINUTE_MS, `${atMs - dueMs}`);
  }
});

test('ActionAfterCompletion DELETE: gone after the last run, and only then', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  const isThere = (Name: string): Promise<boolean> =>
    fixture.client.send(new GetScheduleCommand({ Name })).then(
      () => true,
      (error: Error) => error.name !== 'ResourceNotFoundException',
    );
  const EndDate = new Date('2026-01-01T02:30:00Z');
  const put = (Name: string, ScheduleExpression: string, more: Partial<CreateScheduleInput> = {}): Promise<void> =>
    fixture.create({ Name, ScheduleExpression, ActionAfterCompletion: 'DELETE', ...more });
  await put('once', 'at(2026-01-01T01:00:00)');
  await put('bounded', 'rate(1 hour)', { EndDate });
  await put('unbounded', 'rate(1 hour)');
  await put('disabled', 'at(2026-01-01T01:00:00)', { State: 'DISABLED' });
  await fixture.clock.advance(HOUR_MS - 1);
  assert.deepEqual(await Promise.all(['once', 'bounded', 'unbounded'].map(isThere)), [true, true, true]);
  await fixture.clock.advance(1);
  assert.deepEqual(await Promise.all(['once', 'bounded', 'unbounded'].map(isThere)), [false, true, true]);
  await fixture.clock.advance(HOUR_MS);
  assert.deepEqual(await Promise.all(['once', 'bounded', 'unbounded', 'disabled'].map(isThere)), [false, false, true, true]);
  assert.equal(times(fixture).length, 1 + 3 + 3);
  const scope = { account: '111122223333', region: 'us-east-1' };
  assert.equal((await fixture.store.totals({ ...scope, kind: 'scheduler-run' })).documents, 1, 'nothing is left of them');
});

test('a schedule that is changed at the moment of its last run stays, and what was run is not run again', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  const { store, client } = fixture;
  await fixture.create({ ScheduleExpression: 'at(2026-01-01T00:10:00)', ActionAfterCompletion: 'DELETE' });
  const commit = store.commit.bind(store);
  store.commit = async (changes) => {
    const isRemoval = changes.some((change) => 'remove' in change && change.remove.kind === 'scheduler-schedule');
    if (!isRemoval) return commit(changes);
    store.commit = commit;
    const ScheduleExpression = 'at(2026-01-01T00:20:00)';
    await client.send(new UpdateScheduleCommand({ ...WHOLE, ScheduleExpression, ActionAfterCompletion: 'DELETE' }));
    return commit(changes);
  };
  await fixture.clock.advance(10 * MINUTE_MS);
  // The change is a request of its own, which the clock does not wait for.
  for (let tries = 0; store.commit !== commit && tries < 1_000; tries += 1) await fixture.clock.advance(0);
  await client.send(new GetScheduleCommand({ Name: 's' }));
  await fixture.clock.advance(HOUR_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T00:10:00', '2026-01-01T00:20:00']);
  await assert.rejects(client.send(new GetScheduleCommand({ Name: 's' })), { name: 'ResourceNotFoundException' });
});

test('after a stop nothing is run twice, and the last run that was missed is made up for', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  await fixture.create({ ScheduleExpression: 'cron(0/2 * * * ? *)' });
  await fixture.clock.advance(2 * MINUTE_MS);
  await fixture.pause(async () => {});
  assert.deepEqual(times(fixture), ['2026-01-01T00:02:00']);
  // Stopped over one run, which is made up for.
  await fixture.pause(() => fixture.clock.advance(3 * MINUTE_MS));
  assert.deepEqual(times(fixture), ['2026-01-01T00:05:00']);
  // Over many: only the last of them.
  await fixture.pause(() => fixture.clock.advance(7 * HOUR_MS));
  assert.deepEqual(times(fixture), ['2026-01-01T07:05:00']);
  assert.match(JSON.stringify(fixture.delivered), /^\[\]$/);
  await fixture.clock.advance(MINUTE_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T07:06:00']);
});

test('a run that was missed tells the time that was meant, within the age that its retry policy allows', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  const Input = '"<aws.scheduler.scheduled-time>"';
  const RetryPolicy = { MaximumEventAgeInSeconds: 3_600 };
  const Target = { Arn: FUNCTION, RoleArn: ROLE, Input, RetryPolicy };
  const ActionAfterCompletion = 'DELETE';
  await fixture.create({ Name: 'a', ScheduleExpression: 'at(2026-01-01T01:00:00)', Target, ActionAfterCompletion });
  await fixture.create({ Name: 'b', ScheduleExpression: 'at(2026-01-01T00:59:59)', Target, ActionAfterCompletion });
  const DeadLetterConfig = { Arn: FIFTY };
  const kept = { ...Target, DeadLetterConfig };
  await fixture.create({ Name: 'c', ScheduleExpression: 'at(2026-01-01T00:30:00)', Target: kept, ActionAfterCompletion });
  await fixture.pause(() => fixture.clock.advance(2 * HOUR_MS));
  const bodies = fixture.delivered.map(({ delivery }) => [delivery.targetArn, JSON.parse(delivery.body)]);
  assert.deepEqual(bodies, [
    [FIFTY, '2026-01-01T00:30:00Z'],
    [FUNCTION, '2026-01-01T01:00:00Z'],
  ]);
  const { attributes } = fixture.delivered[0]?.delivery ?? {};
  assert.equal(attributes?.['EXHAUSTED_RETRY_CONDITION'], 'MaximumEventAgeInSeconds');
  assert.equal(attributes?.['RETRY_ATTEMPTS'], '0');
  assert.match(JSON.stringify(fixture.logger), /too long ago to be run; left out/);
});

test('a stop between the queue and the note does not double a run', async (t) => {
  const fixture = await startingAt(t, '2026-01-01T00:00:00Z');
  const { store, queue } = fixture;
  await fixture.create({ ScheduleExpression: 'cron(0/5 * * * ? *)' });
  const commit = store.commit.bind(store);
  store.commit = async () => {
    throw new Error('the disk is full');
  };
  await fixture.clock.advance(5 * MINUTE_MS + 10_000);
  assert.deepEqual(times(fixture), [], 'what is not noted is not run');
  const { visible, delayed, leased } = await queue.counts('scheduler');
  assert.equal(visible + delayed + leased, 1);
  await fixture.pause(async () => void (store.commit = commit));
  await fixture.clock.advance(4 * MINUTE_MS);
  assert.deepEqual(times(fixture).length, 1);
  await fixture.clock.advance(MINUTE_MS);
  assert.deepEqual(times(fixture), ['2026-01-01T00:10:00']);
});
