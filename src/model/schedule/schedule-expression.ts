import { type Cron, parseCron } from './cron.ts';
import { ScheduleError } from './schedule-error.ts';

/** A schedule as it was written. */
export type ScheduleExpression =
  | { readonly kind: 'rate'; readonly periodMs: number }
  | { readonly kind: 'cron'; readonly cron: Cron }
  /** Once; what the clock shows then, written as if it showed UTC. */
  | { readonly kind: 'at'; readonly clockMs: number };

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const LENGTH_MAX = 256;

/**
 * Reads the ScheduleExpression of an EventBridge rule: `rate(...)` or `cron(...)`. Throws {@link ScheduleError}.
 * Source: EventBridge's pages on rate and cron expressions.
 */
export function parseRuleSchedule(text: string): ScheduleExpression {
  const expression = parseRate(text, true) ?? parseCronExpression(text);
  if (!expression) throw new ScheduleError('Parameter ScheduleExpression is not valid.');
  return expression;
}

/**
 * Reads the ScheduleExpression of EventBridge Scheduler, which has `at(...)` too, and does not mind `rate(1 minutes)`.
 * Throws {@link ScheduleError}. Source: EventBridge Scheduler's page on schedule types.
 */
export function parseSchedulerSchedule(text: string): ScheduleExpression {
  const expression = parseRate(text, false) ?? parseCronExpression(text) ?? parseAt(text);
  if (!expression) throw new ScheduleError(`Invalid Schedule Expression ${text}.`);
  return expression;
}

function parseRate(text: string, isStrict: boolean): ScheduleExpression | undefined {
  const [, valueText, unit = '', plural] = /^rate\(([1-9]\d{0,14}) (minute|hour|day)(s?)\)$/.exec(text) ?? [];
  const value = Number(valueText);
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined || (isStrict && (value === 1) !== (plural === ''))) return undefined;
  return { kind: 'rate', periodMs: value * unitMs };
}

function parseCronExpression(text: string): ScheduleExpression | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const [, fields] = /^cron\((\S.*\S)\)$/.exec(text) ?? [];
  const cron = fields === undefined ? undefined : parseCron(fields);
  return cron && { kind: 'cron', cron };
}

function parseAt(text: string): ScheduleExpression | undefined {
  const [, time] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(text) ?? [];
  if (time === undefined) return undefined;
  const clockMs = Date.parse(`${time}Z`);
  // Days that a month does not have would be read as days of the next one.
  const isReal = Number.isFinite(clockMs) && new Date(clockMs).toISOString().startsWith(time);
  return isReal ? { kind: 'at', clockMs } : undefined;
}
