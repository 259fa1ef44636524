import { type CronField, parseNumber, parseNumbers } from './cron-field.ts';

/** A month of a year; January is 1. */
export interface Month {
  readonly year: number;
  readonly month: number;
}

/** The days of a month that a cron expression means, ascending. */
export type DaysOf = (month: Month) => readonly number[];

const DAY_OF_MONTH: CronField = { min: 1, max: 31 };
const DAY_OF_WEEK: CronField = {
  min: 1,
  max: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  isRing: true,
};
const SUNDAY = 1;
const SATURDAY = 7;
const WEEKS_MAX = 5;

/**
 * Reads the fields day-of-month and day-of-week, of which exactly one is `?`. `L`, `W` and `#` stand alone, not in lists.
 * Undefined for what is none. Source: EventBridge's page on cron expressions.
 */
export function parseDays(dayOfMonth: string, dayOfWeek: string): DaysOf | undefined {
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) return undefined;
  return dayOfWeek === '?' ? parseDayOfMonth(dayOfMonth.toUpperCase()) : parseDayOfWeek(dayOfWeek.toUpperCase());
}

function parseDayOfMonth(text: string): DaysOf | undefined {
  if (text === 'L') return (month) => [lengthOf(month)];
  if (text === 'LW' || text === 'WL') return (month) => [nearestWeekday(month, lengthOf(month))];
  if (text.endsWith('W')) {
    const day = parseNumber(text.slice(0, -1), DAY_OF_MONTH);
    return day === undefined ? undefined : (month) => (day > lengthOf(month) ? [] : [nearestWeekday(month, day)]);
  }
  const days = parseNumbers(text, DAY_OF_MONTH);
  return days && ((month) => days.filter((day) => day <= lengthOf(month)));
}

function parseDayOfWeek(text: string): DaysOf | undefined {
  if (text === 'L') return (month) => everyWeek(month, SATURDAY);
  if (text.endsWith('L')) {
    const weekday = parseNumber(text.slice(0, -1), DAY_OF_WEEK);
    return weekday === undefined ? undefined : (month) => everyWeek(month, weekday).slice(-1);
  }
  if (text.includes('#')) {
    const [name = '', weekText = '', more] = text.split('#');
    const weekday = parseNumber(name, DAY_OF_WEEK);
    const week = parseNumber(weekText, { min: 1, max: WEEKS_MAX });
    if (weekday === undefined || week === undefined || more !== undefined) return undefined;
    return (month) => everyWeek(month, weekday).slice(week - 1, week);
  }
  const weekdays = parseNumbers(text, DAY_OF_WEEK);
  return weekdays && ((month) => weekdays.flatMap((weekday) => everyWeek(month, weekday)).toSorted((one, other) => one - other));
}

function lengthOf({ year, month }: Month): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 1 is Sunday. */
function weekdayOf({ year, month }: Month, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

/** All days of a month that are this day of the week. */
function everyWeek(month: Month, weekday: number): number[] {
  const days: number[] = [];
  const first = 1 + ((weekday - weekdayOf(month, 1) + 7) % 7);
  for (let day = first; day <= lengthOf(month); day += 7) days.push(day);
  return days;
}

/** The weekday nearest to a day, in the same month: so the 3rd when the 1st is a Saturday. */
function nearestWeekday(month: Month, day: number): number {
  const weekday = weekdayOf(month, day);
  if (weekday === SATURDAY) return day === 1 ? 3 : day - 1;
  if (weekday === SUNDAY) return day === lengthOf(month) ? day - 2 : day + 1;
  return day;
}
