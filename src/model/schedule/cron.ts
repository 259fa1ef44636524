import { type DaysOf, parseDays } from './cron-days.ts';
import { type CronField, parseNumbers } from './cron-field.ts';

/** A cron expression of six fields, as EventBridge has them. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOf: DaysOf;
  readonly months: readonly number[];
  readonly years: readonly number[];
}

const DAY_MS = 86_400_000;
const MINUTE: CronField = { min: 0, max: 59 };
const HOUR: CronField = { min: 0, max: 23 };
const MONTH: CronField = {
  min: 1,
  max: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const YEAR: CronField = { min: 1970, max: 2199 };

/**
 * Reads what stands between the brackets of `cron(...)`: minutes, hours, day of month, month, day of week, year. Undefined
 * for what is none. Source: EventBridge's page on cron expressions.
 */
export function parseCron(text: string): Cron | undefined {
  const fields = text.split(/ +/);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  if (fields.length !== 6) return undefined;
  const minutes = parseNumbers(minute, MINUTE);
  const hours = parseNumbers(hour, HOUR);
  const daysOf = parseDays(dayOfMonth, dayOfWeek);
  const months = parseNumbers(month, MONTH);
  const years = parseNumbers(year, YEAR);
  return minutes && hours && daysOf && months && years && { minutes, hours, daysOf, months, years };
}

/**
 * The first time on the clock that the expression means, not before `fromMs`. Both are written as if the clock showed UTC.
 * Undefined when none comes until the end of 2199.
 */
export function nextOnClock(cron: Cron, fromMs: number): number | undefined {
  const fromYear = new Date(fromMs).getUTCFullYear();
  for (const year of cron.years) {
    if (year < fromYear) continue;
    for (const month of cron.months) {
      if (Date.UTC(year, month, 1) <= fromMs) continue;
      for (const day of cron.daysOf({ year, month })) {
        const found = nextOfDay(cron, Date.UTC(year, month - 1, day), fromMs);
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

function nextOfDay({ hours, minutes }: Cron, dayMs: number, fromMs: number): number | undefined {
  if (dayMs + DAY_MS <= fromMs) return undefined;
  for (const hour of hours) {
    for (const minute of minutes) {
      const timeMs = dayMs + (hour * 60 + minute) * 60_000;
      if (timeMs >= fromMs) return timeMs;
    }
  }
  return undefined;
}
