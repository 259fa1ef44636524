import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRuleSchedule, parseSchedulerSchedule } from './schedule-expression.ts';
import { scheduleOf } from './schedule.ts';
import { TimeZone } from './time-zone.ts';

const ms = (text: string): number => Date.parse(`${text}${text.length === 16 ? ':00' : ''}Z`);
const shown = (timeMs: number | undefined): string =>
  timeMs === undefined ? 'never' : new Date(timeMs).toISOString().replace(/(:00)?\.000Z$/, '');

/** The occurrences after a time, at most `count` of them. */
function occurrences(expression: string, after: string, count: number, timeZone?: string): string {
  const setting = { startMs: ms(after), ...(timeZone === undefined ? {} : { timeZone }) };
  const schedule = scheduleOf(parseSchedulerSchedule(expression), setting);
  const found: string[] = [];
  for (let atMs: number | undefined = ms(after); found.length < count && atMs !== undefined;) {
    atMs = schedule.nextOccurrence(atMs);
    found.push(shown(atMs));
  }
  return found.join(' ');
}

const CASES: readonly (readonly [expression: string, after: string, expected: string, timeZone?: string])[] = [
  // Rates count from the start.
  ['rate(5 minutes)', '2026-01-01T00:00:30', '2026-01-01T00:05:30 2026-01-01T00:10:30'],
  ['rate(1 hour)', '2026-01-01T00:00', '2026-01-01T01:00 2026-01-01T02:00'],
  ['rate(2 days)', '2024-02-28T12:00', '2024-03-01T12:00 2024-03-03T12:00'],
  ['rate(999999999999 days)', '2026-01-01T00:00', 'never'],
  // Once.
  ['at(2026-05-01T10:20:30)', '2026-01-01T00:00', '2026-05-01T10:20:30 never'],
  ['at(2026-05-01T10:20:30)', '2026-05-01T10:20:30', 'never'],
  // Numbers, ranges, steps, lists, names.
  ['cron(15 10 * * ? *)', '2026-01-01T00:00', '2026-01-01T10:15 2026-01-02T10:15'],
  ['cron(15 10 * * ? *)', '2026-01-01T10:15', '2026-01-02T10:15'],
  ['cron(15 10 * * ? *)', '2026-01-01T10:14:59', '2026-01-01T10:15'],
  ['cron(15 10 * * ? *)', '2026-01-01T10:15:01', '2026-01-02T10:15'],
  ['cron(* * * * ? *)', '2026-12-31T23:59', '2027-01-01T00:00 2027-01-01T00:01'],
  ['cron(0/15 * * * ? *)', '2026-01-01T00:00', '2026-01-01T00:15 2026-01-01T00:30 2026-01-01T00:45 2026-01-01T01:00'],
  ['cron(5/20 * * * ? *)', '2026-01-01T00:00', '2026-01-01T00:05 2026-01-01T00:25 2026-01-01T00:45 2026-01-01T01:05'],
  ['cron(*/30 * * * ? *)', '2026-01-01T00:00', '2026-01-01T00:30 2026-01-01T01:00'],
  ['cron(0-15/5 1 * * ? *)', '2026-01-01T01:04', '2026-01-01T01:05 2026-01-01T01:10 2026-01-01T01:15 2026-01-02T01:00'],
  ['cron(0 8-8 * * ? *)', '2026-01-01T00:00', '2026-01-01T08:00 2026-01-02T08:00'],
  ['cron(0,30 6,18 * * ? *)', '2026-01-01T06:00', '2026-01-01T06:30 2026-01-01T18:00 2026-01-01T18:30'],
  ['cron(30,0,30 6 * * ? *)', '2026-01-01T00:00', '2026-01-01T06:00 2026-01-01T06:30 2026-01-02T06:00'],
  ['cron(0/15 10-16 ? * MON-FRI *)', '2026-01-02T16:45', '2026-01-05T10:00 2026-01-05T10:15'],
  ['cron(0 18 ? * MON-FRI *)', '2026-01-02T00:00', '2026-01-02T18:00 2026-01-05T18:00'],
  ['cron(0 18 ? * 2-6 *)', '2026-01-02T00:00', '2026-01-02T18:00 2026-01-05T18:00'],
  ['cron(0 18 ? * sat,sun *)', '2026-01-02T00:00', '2026-01-03T18:00 2026-01-04T18:00 2026-01-10T18:00'],
  [
    'cron(0 0 ? * FRI-MON *)',
    '2026-01-01T00:00',
    '2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00 2026-01-05T00:00 2026-01-09T00:00',
  ],
  ['cron(0 0 ? * 1 *)', '2026-01-01T00:00', '2026-01-04T00:00'],
  ['cron(0 0 1 JAN,JUL ? *)', '2026-01-01T00:00', '2026-07-01T00:00 2027-01-01T00:00'],
  ['cron(0 0 1 */3 ? *)', '2026-01-01T00:00', '2026-04-01T00:00 2026-07-01T00:00 2026-10-01T00:00 2027-01-01T00:00'],
  ['cron(0 0 31 * ? *)', '2026-01-31T00:00', '2026-03-31T00:00 2026-05-31T00:00'],
  ['cron(0 0 29 2 ? *)', '2026-01-01T00:00', '2028-02-29T00:00 2032-02-29T00:00'],
  ['cron(0 0 29 2 ? *)', '2096-03-01T00:00', '2104-02-29T00:00'],
  ['cron(0 0 1 1 ? 2028-2030/2)', '2026-01-01T00:00', '2028-01-01T00:00 2030-01-01T00:00 never'],
  ['cron(0 0 31 2 ? *)', '2026-01-01T00:00', 'never'],
  ['cron(59 23 31 12 ? 2199)', '2026-01-01T00:00', '2199-12-31T23:59 never'],
  ['cron(0 0 1 1 ? 1999)', '2026-01-01T00:00', 'never'],
  // Last days, nearest weekdays, nth weekdays.
  ['cron(0 0 L * ? *)', '2024-01-31T00:00', '2024-02-29T00:00 2024-03-31T00:00 2024-04-30T00:00'],
  ['cron(0 0 LW * ? *)', '2026-01-01T00:00', '2026-01-30T00:00 2026-02-27T00:00 2026-03-31T00:00'],
  ['cron(0 0 LW 5 ? *)', '2026-01-01T00:00', '2026-05-29T00:00'],
  [
    'cron(0 0 3W * ? *)',
    '2026-01-01T00:00',
    '2026-01-02T00:00 2026-02-03T00:00 2026-03-03T00:00 2026-04-03T00:00 2026-05-04T00:00',
  ],
  ['cron(0 0 1W 8 ? *)', '2026-01-01T00:00', '2026-08-03T00:00'],
  ['cron(0 0 31W * ? *)', '2026-05-01T00:00', '2026-05-29T00:00 2026-07-31T00:00 2026-08-31T00:00'],
  ['cron(0 0 ? * L *)', '2026-01-01T00:00', '2026-01-03T00:00 2026-01-10T00:00'],
  ['cron(0 0 ? * 5L *)', '2026-01-01T00:00', '2026-01-29T00:00 2026-02-26T00:00'],
  ['cron(0 0 ? * FRIL *)', '2026-01-01T00:00', '2026-01-30T00:00 2026-02-27T00:00'],
  ['cron(0 0 ? * 3#2 *)', '2026-01-01T00:00', '2026-01-13T00:00 2026-02-10T00:00'],
  ['cron(0 0 ? * MON#1 *)', '2026-01-01T00:00', '2026-01-05T00:00 2026-02-02T00:00'],
  ['cron(0 0 ? * 5#5 *)', '2026-01-01T00:00', '2026-01-29T00:00 2026-04-30T00:00'],
  // Clocks elsewhere.
  ['cron(0 9 * * ? *)', '2026-01-01T00:00', '2026-01-01T08:00 2026-01-02T08:00', 'Europe/Berlin'],
  ['cron(0 9 * * ? *)', '2026-07-01T00:00', '2026-07-01T07:00', 'Europe/Berlin'],
  ['cron(0 0 1 * ? *)', '2026-01-01T00:00', '2026-01-31T15:00 2026-02-28T15:00', 'Asia/Tokyo'],
  ['cron(30 5 * * ? *)', '2026-01-01T00:00', '2026-01-02T00:00', 'Asia/Kolkata'],
  ['cron(0 12 ? * MON *)', '2026-01-01T00:00', '2026-01-04T22:00', 'Pacific/Kiritimati'],
  ['cron(0 9 * * ? *)', '2026-01-01T00:00', '2026-01-01T09:00', 'UTC'],
  ['cron(0 9 * * ? *)', '2026-01-01T00:00', '2026-01-01T14:00', 'US/Eastern'],
  // Put forward at 02:00 on 2026-03-08 in New York: 02:00 to 02:59 do not come.
  ['cron(30 2 * * ? *)', '2026-03-07T00:00', '2026-03-07T07:30 2026-03-09T06:30', 'America/New_York'],
  ['cron(0 * * * ? *)', '2026-03-08T05:30', '2026-03-08T06:00 2026-03-08T07:00 2026-03-08T08:00', 'America/New_York'],
  [
    'cron(0/20 1-3 8 3 ? 2026)',
    '2026-03-08T06:10',
    '2026-03-08T06:20 2026-03-08T06:40 2026-03-08T07:00 2026-03-08T07:20',
    'America/New_York',
  ],
  ['cron(30 2 8 3 ? 2026)', '2026-01-01T00:00', 'never', 'America/New_York'],
  ['cron(30 2 29 3 ? 2026)', '2026-01-01T00:00', 'never', 'Europe/Berlin'],
  ['rate(1 day)', '2026-03-08T05:00', '2026-03-09T05:00', 'America/New_York'],
  ['at(2026-03-08T02:30:00)', '2026-01-01T00:00', '2026-03-08T07:30 never', 'America/New_York'],
  // Put back at 02:00 on 2026-11-01: 01:00 to 01:59 come twice, and count once.
  ['cron(30 1 * * ? *)', '2026-10-31T12:00', '2026-11-01T05:30 2026-11-02T06:30', 'America/New_York'],
  ['cron(30 1 * * ? *)', '2026-11-01T05:45', '2026-11-02T06:30', 'America/New_York'],
  ['cron(30 1 * * ? *)', '2026-11-01T06:15', '2026-11-02T06:30', 'America/New_York'],
  ['cron(0 * * * ? *)', '2026-11-01T04:30', '2026-11-01T05:00 2026-11-01T07:00 2026-11-01T08:00', 'America/New_York'],
  ['at(2026-11-01T01:30:00)', '2026-01-01T00:00', '2026-11-01T05:30 never', 'America/New_York'],
  // Half an hour of difference, and a clock that is put at midnight.
  ['cron(15 2 * * ? *)', '2026-10-03T12:00', '2026-10-04T15:15', 'Australia/Lord_Howe'],
  ['cron(0 0 * * ? *)', '2018-11-03T12:00', '2018-11-05T02:00', 'America/Sao_Paulo'],
];

test('schedules come when EventBridge has them come', () => {
  for (const [expression, after, expected, timeZone] of CASES) {
    const found = occurrences(expression, after, expected.split(' ').length, timeZone);
    assert.equal(found, expected, `${expression} after ${after} ${timeZone ?? ''}`);
  }
  console.log(`${CASES.length} cases, all right`);
});

const WRONG = [
  ['', 'rate', 'rate()', 'rate(10)', 'rate(10 seconds)', 'rate(0 minutes)', 'rate(-1 minutes)', 'rate(1.5 hours)'],
  [' rate(10 minutes)', 'rate( 10 minutes )', 'rate(10 minutes) ', 'rate(10  minutes)', 'Rate(10 minutes)', 'rate(10 weeks)'],
  ['cron()', 'cron(INVALID)', 'cron(0 1 * * *)', 'cron(0 1 * * * *)', 'cron(0 1 ? * ? *)', 'cron(0 1 * * ? * *)'],
  ['cron(7 20 * * NOT *)', 'cron(71 8 1 * ? *)', 'cron(0 24 1 * ? *)', 'cron(0 0 0 * ? *)', 'cron(0 0 32 * ? *)'],
  ['cron(0 0 1 13 ? *)', 'cron(0 0 1 0 ? *)', 'cron(0 0 ? * 0 *)', 'cron(0 0 ? * 8 *)', 'cron(0 0 1 * ? 1969)'],
  ['cron(0 0 1 * ? 2200)', 'cron(? 0 1 * ? *)', 'cron(0 0 1 ? * *)', 'cron(-1 0 1 * ? *)', 'cron(5-1 0 1 * ? *)'],
  ['cron(0/0 0 1 * ? *)', 'cron(0/60 0 1 * ? *)', 'cron(0// 0 1 * ? *)', 'cron(1-2-3 0 1 * ? *)', 'cron(,1 0 1 * ? *)'],
  ['cron(0 0 ? * 3#6 *)', 'cron(0 0 ? * 3#0 *)', 'cron(0 0 ? * 3#1,5#2 *)', 'cron(0 0 ? * # *)', 'cron(0 0 0W * ? *)'],
  ['cron(0 0 1,L * ? *)', 'cron(0 0 1W,15W * ? *)', 'cron(0 0 W * ? *)', 'cron(0 0 ? * 8L *)', 'cron(0 0 ? * 3W *)'],
  ['cron( 0 0 1 * ? *)', 'cron(0 0 1 * ? * )', 'cron(0 0 1 * ? *', '0 0 1 * ? *', `cron(${'0,'.repeat(200)}0 0 1 * ? *)`],
].flat();

test('what is no schedule is refused in the words of each service', () => {
  for (const text of [...WRONG, 'at(2026-05-01T10:20:30)', 'rate(1 minutes)', 'rate(5 minute)', 'rate(1 days)'])
    assert.throws(
      () => parseRuleSchedule(text),
      { name: 'ScheduleError', message: 'Parameter ScheduleExpression is not valid.' },
      text,
    );
  const wrongTimes = ['2026-05-01', '2026-05-01T10:20', '2026-05-01T10:20:30Z', '2026-02-30T00:00:00', '2026-05-01T24:00:00'];
  for (const text of [...WRONG, ...wrongTimes.map((time) => `at(${time})`)])
    assert.throws(
      () => parseSchedulerSchedule(text),
      { name: 'ScheduleError', message: `Invalid Schedule Expression ${text}.` },
      text,
    );
  for (const text of ['rate(1 minute)', 'rate(1 minutes)', 'rate(5 minute)', 'at(2026-05-01T23:59:59)'])
    assert.doesNotThrow(() => parseSchedulerSchedule(text));
  console.log(`${WRONG.length} cases, all right`);
});

test('zones are told by names', () => {
  for (const name of ['Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'UTC', 'GMT', 'US/Pacific'])
    assert.doesNotThrow(() => new TimeZone(name));
  for (const name of ['', '+01:00', 'Europe/Nowhere', 'Berlin', '../etc'])
    assert.throws(() => new TimeZone(name), { name: 'ScheduleError', message: `Invalid ScheduleExpressionTimezone ${name}.` });
});
