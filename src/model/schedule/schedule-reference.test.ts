import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSchedulerSchedule } from './schedule-expression.ts';
import { scheduleOf } from './schedule.ts';

// Against what the documentation says, done the slow way: every minute is looked at, on a clock that tells it in words.

const MINUTE_MS = 60_000;
const DAYS_LOOKED_AT = 2;

/** Days on which clocks are put forward or back, and ordinary ones. */
const ZONES: readonly (readonly [zone: string, day: string])[] = [
  ['America/New_York', '2026-03-07'],
  ['America/New_York', '2026-10-31'],
  ['Europe/Berlin', '2026-03-28'],
  ['Europe/Berlin', '2026-10-24'],
  ['Australia/Lord_Howe', '2026-04-04'],
  ['Australia/Lord_Howe', '2026-10-03'],
  ['Asia/Kolkata', '2026-02-27'],
  ['UTC', '2027-12-30'],
];

interface Written {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Days of the week, 1 is Sunday; or days of the month. */
  readonly days: readonly number[];
  readonly isOfWeek: boolean;
}

function expressionOf({ minutes, hours, days, isOfWeek }: Written): string {
  const [month, week] = isOfWeek ? ['?', days.join(',')] : [days.join(','), '?'];
  return `cron(${minutes.join(',')} ${hours.join(',')} ${month} * ${week} *)`;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A minute that a clock shows for the first time. */
interface Shown {
  readonly timeMs: number;
  readonly minute: number;
  readonly hour: number;
  readonly dayOfMonth: number;
  readonly dayOfWeek: number;
}

function minutesOf(zone: string, day: string): Shown[] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  const texts = new Set<string>();
  const shown: Shown[] = [];
  // A day earlier, so that what is shown for the second time is known to be.
  for (let minute = -1440; minute <= 1440 * (DAYS_LOOKED_AT + 1); minute += 1) {
    const timeMs = Date.parse(`${day}T00:00:00Z`) + minute * MINUTE_MS;
    const parts = Object.fromEntries(format.formatToParts(timeMs).map(({ type, value }) => [type, value]));
    const text = `${parts['month']}-${parts['day']} ${parts['hour']}:${parts['minute']}`;
    if (texts.has(text)) continue;
    texts.add(text);
    shown.push({
      timeMs,
      minute: Number(parts['minute']),
      hour: Number(parts['hour']),
      dayOfMonth: Number(parts['day']),
      dayOfWeek: WEEKDAYS.indexOf(parts['weekday'] ?? '') + 1,
    });
  }
  return shown;
}

function fits({ minutes, hours, days, isOfWeek }: Written, shown: Shown): boolean {
  const day = isOfWeek ? shown.dayOfWeek : shown.dayOfMonth;
  return minutes.includes(shown.minute) && hours.includes(shown.hour) && days.includes(day);
}

const numbers = (min: number, max: number, maxLength: number): fc.Arbitrary<readonly number[]> =>
  fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength });
const hours = fc.oneof(numbers(0, 23, 6), numbers(0, 4, 5));
const written: fc.Arbitrary<Written> = fc.oneof(
  fc.record({ minutes: numbers(0, 59, 3), hours, days: fc.constant([1, 2, 3, 4, 5, 6, 7]), isOfWeek: fc.constant(true) }),
  fc.record({ minutes: numbers(0, 59, 3), hours, days: numbers(1, 7, 4), isOfWeek: fc.constant(true) }),
  fc.record({ minutes: numbers(0, 59, 3), hours, days: numbers(1, 31, 20), isOfWeek: fc.constant(false) }),
);

test('cron expressions come at the minutes that a clock shows, each once', () => {
  const clocks = ZONES.map(([zone, day]) => ({ zone, day, shown: minutesOf(zone, day) }));
  fc.assert(
    fc.property(
      written,
      fc.constantFrom(...clocks),
      fc.integer({ min: 0, max: 1440 * 60 }),
      (cron, { zone, day, shown }, second) => {
        const fromMs = Date.parse(`${day}T00:00:00Z`) + second * 1_000;
        const untilMs = fromMs + DAYS_LOOKED_AT * 1440 * MINUTE_MS;
        const expected = shown.filter((one) => one.timeMs > fromMs && one.timeMs <= untilMs && fits(cron, one));
        const schedule = scheduleOf(parseSchedulerSchedule(expressionOf(cron)), { startMs: 0, timeZone: zone });
        const found: number[] = [];
        for (
          let atMs = schedule.nextOccurrence(fromMs);
          atMs !== undefined && atMs <= untilMs;
          atMs = schedule.nextOccurrence(atMs)
        )
          found.push(atMs);
        assert.deepEqual(
          found.map((timeMs) => new Date(timeMs)),
          expected.map(({ timeMs }) => new Date(timeMs)),
        );
      },
    ),
    { seed: 20_260_308, numRuns: 150 },
  );
});
