import { ScheduleError } from '../../model/schedule/schedule-error.ts';
import { parseSchedulerSchedule } from '../../model/schedule/schedule-expression.ts';
import { scheduleOf } from '../../model/schedule/schedule.ts';
import type { ScheduleRecord } from '../../sources/scheduler/schedule-records.ts';
import { invalid } from './scheduler-errors.ts';
import { checkedTarget, type TargetInput } from './target-rules.ts';

/** What CreateSchedule and UpdateSchedule say of a schedule; the table has checked the members. */
export interface ScheduleInput {
  readonly Name: string;
  readonly GroupName?: string;
  readonly ClientToken?: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly StartDate?: Date;
  readonly EndDate?: Date;
  readonly State?: 'ENABLED' | 'DISABLED';
  readonly ActionAfterCompletion?: 'NONE' | 'DELETE';
  readonly FlexibleTimeWindow: { readonly Mode: 'OFF' | 'FLEXIBLE'; readonly MaximumWindowInMinutes?: number };
  readonly Description?: string;
  readonly KmsKeyArn?: string;
  readonly Target: TargetInput;
}

/** What a schedule is set to, apart from when it was made. */
export type ScheduleSettings = Omit<ScheduleRecord, 'uid' | 'createdMs' | 'modifiedMs' | 'creation'>;

type ExpressionKind = ReturnType<typeof parseSchedulerSchedule>['kind'];

/** How late a schedule that runs once may be put: such schedules are precise to a minute. */
const LATE_MS_MAX = 60_000;
/** Source: the error that AWS gives. */
const START_EARLIER_MS_MAX = 300_000;

/**
 * The settings of a request, checked. `before` is the schedule that they replace: its StartDate and EndDate may stay, and its
 * rate goes on counting from where it did. Throws ValidationException.
 */
export function checkedSettings(input: ScheduleInput, nowMs: number, before?: ScheduleRecord): ScheduleSettings {
  const { ScheduleExpression: expression, ScheduleExpressionTimezone: timeZone = 'UTC', StartDate, EndDate } = input;
  const startMs = StartDate?.getTime();
  const endMs = EndDate?.getTime();
  const kind = checkExpression(expression, timeZone);
  const isOnce = kind === 'at';
  if (!isOnce) checkDates(startMs, endMs, nowMs, before);
  const windowMinutes = checkWindow(input.FlexibleTimeWindow);
  const isSame = before?.expression === expression && before.timeZone === timeZone && before.startMs === startMs;
  return {
    expression,
    timeZone,
    ...(startMs === undefined ? {} : { startMs }),
    ...(endMs === undefined ? {} : { endMs }),
    enabled: input.State !== 'DISABLED',
    deletedAfterCompletion: input.ActionAfterCompletion === 'DELETE',
    ...(windowMinutes === undefined ? {} : { windowMinutes }),
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.KmsKeyArn === undefined ? {} : { kmsKeyArn: input.KmsKeyArn }),
    target: checkedTarget(input.Target),
    anchorMs: isSame ? before.anchorMs : nowMs,
    passedMs: passedMs(kind, isSame ? before : undefined, input.State !== 'DISABLED', nowMs),
  };
}

/** What was due before counts as passed, but for a schedule that goes on as it was: what waits in its window is still run. */
function passedMs(kind: ExpressionKind, same: ScheduleRecord | undefined, isEnabled: boolean, nowMs: number): number {
  if (same?.enabled === true && isEnabled) return same.passedMs;
  if (kind === 'at') return nowMs - LATE_MS_MAX;
  // A rate that begins now runs at once.
  return kind === 'rate' && !same ? nowMs - 1 : nowMs;
}

function checkExpression(expression: string, timeZone: string): ExpressionKind {
  try {
    const parsed = parseSchedulerSchedule(expression);
    scheduleOf(parsed, { startMs: 0, timeZone });
    return parsed.kind;
  } catch (error) {
    throw error instanceof ScheduleError ? invalid(error.message) : error;
  }
}

function checkDates(
  startMs: number | undefined,
  endMs: number | undefined,
  nowMs: number,
  before: ScheduleRecord | undefined,
): void {
  if (startMs !== undefined && startMs !== before?.startMs && startMs < nowMs - START_EARLIER_MS_MAX)
    throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.');
  if (endMs === undefined) return;
  if (startMs !== undefined && startMs >= endMs)
    throw invalid('The StartDate you specify must come before the EndDate you specify.');
  if (endMs !== before?.endMs && endMs <= nowMs) throw invalid('The EndDate you specify must be in the future.');
}

function checkWindow({ Mode, MaximumWindowInMinutes }: ScheduleInput['FlexibleTimeWindow']): number | undefined {
  if (Mode === 'FLEXIBLE' && MaximumWindowInMinutes === undefined)
    throw invalid('MaximumWindowInMinutes must be specified when the Mode of FlexibleTimeWindow is FLEXIBLE.');
  if (Mode === 'OFF' && MaximumWindowInMinutes !== undefined)
    throw invalid('MaximumWindowInMinutes must not be specified when the Mode of FlexibleTimeWindow is OFF.');
  return MaximumWindowInMinutes;
}
