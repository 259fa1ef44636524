import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Occurrence, ScheduleOccurrences } from './schedule-occurrences.ts';
import type { ScheduleRecord } from './schedule-records.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 2, 27);

const recordOf = (given: Partial<ScheduleRecord>): ScheduleRecord => ({
  uid: 'u',
  expression: 'rate(1 minute)',
  timeZone: 'UTC',
  enabled: true,
  deletedAfterCompletion: false,
  target: { Arn: '', RoleArn: '', RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
  anchorMs: START_MS,
  passedMs: START_MS,
  createdMs: START_MS,
  modifiedMs: START_MS,
  ...given,
});

function allBetween(occurrences: ScheduleOccurrences, afterMs: number, untilMs: number): Occurrence[] {
  const found: Occurrence[] = [];
  for (let next = occurrences.next(afterMs); next && next.dueMs <= untilMs; next = occurrences.next(next.dueMs)) found.push(next);
  return found;
}

test('whenever it is looked at: each occurrence is run or passed over once, in its window, and the last one missed is told', () => {
  const expression = fc.constantFrom(
    'rate(1 minute)',
    'rate(7 minutes)',
    'cron(0/5 * * * ? *)',
    'cron(30 2 * * ? *)',
    'cron(0 0/3 ? * 1-7 *)',
    'at(2026-03-28T13:17:00)',
  );
  const timeZone = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata');
  const windowMinutes = fc.constantFrom(undefined, 1, 15, 90);
  const pauses = fc.array(fc.oneof(fc.integer({ min: 1, max: 90_000 }), fc.integer({ min: 1, max: 40_000_000 })), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(expression, timeZone, windowMinutes, pauses, (text, zone, minutes, steps) => {
      const record = recordOf({ expression: text, timeZone: zone, ...(minutes === undefined ? {} : { windowMinutes: minutes }) });
      const occurrences = new ScheduleOccurrences(record);
      const windowMs = (minutes ?? 0) * MINUTE_MS;
      let nowMs = START_MS;
      let ranMs = START_MS;
      for (const pauseMs of steps) {
        nowMs += pauseMs;
        for (;;) {
          const before = ranMs;
          const found = occurrences.dueAt(ranMs, nowMs);
          ranMs = found.ranMs;
          const passed = allBetween(occurrences, before, ranMs);
          const inTime = passed.filter(({ dueMs }) => dueMs >= nowMs - windowMs - MINUTE_MS);
          assert.deepEqual(found.due, inTime, 'all that are in time, and no others');
          const late = passed.filter((one) => !inTime.includes(one));
          assert.deepEqual(found.missed, inTime.length === 0 ? late.at(-1) : undefined);
          for (const { dueMs, runMs } of found.due)
            assert.ok(runMs <= nowMs && runMs >= dueMs && (runMs < dueMs + windowMs || windowMs === 0));
          assert.deepEqual(found.next, occurrences.next(ranMs), 'and the next one is the next one');
          if (!found.next || found.next.runMs > nowMs) break;
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('years of minutes are passed over at once', () => {
  const occurrences = new ScheduleOccurrences(recordOf({ expression: 'cron(* * * * ? *)', timeZone: 'Europe/Berlin' }));
  const nowMs = START_MS + 10 * 365 * 86_400_000 + 30_000;
  const { due, missed, next } = occurrences.dueAt(START_MS, nowMs);
  assert.deepEqual(
    due.map(({ dueMs }) => nowMs - dueMs),
    [30_000],
  );
  assert.equal(missed, undefined);
  assert.equal(next?.dueMs, nowMs + 30_000);
});

test('the moment in a window stays the same, and is another one for another schedule', () => {
  const runMs = (uid: string): number | undefined =>
    new ScheduleOccurrences(recordOf({ uid, windowMinutes: 60 })).next(START_MS)?.runMs;
  assert.equal(runMs('a'), runMs('a'));
  assert.notEqual(runMs('a'), runMs('b'));
});
