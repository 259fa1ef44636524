import type { NewEvent } from '../../ports/event-queue.ts';
import type { Logger } from '../../ports/logger.ts';
import { deadLetterOf } from './run-dead-letter.ts';
import type { Occurrence } from './schedule-occurrences.ts';
import { scheduleArn, type ScheduleName, type ScheduleRecord } from './schedule-records.ts';
import { type RunAttributes, runEvent } from './schedule-run.ts';

const TOO_OLD = { code: 'RequestTimeout', message: 'the server was stopped when the schedule was due' };

/**
 * What becomes of an occurrence that was due while the server was away: it is run now, as if its target had not been reached
 * until now. If it is older than its retry policy allows, it goes to the dead-letter queue at once; undefined where there is
 * none.
 */
export function missedRun(
  name: ScheduleName,
  record: ScheduleRecord,
  occurrence: Occurrence,
  nowMs: number,
  logger: Logger,
): NewEvent | undefined {
  const event = runEvent(name, record, occurrence, nowMs);
  const ageMs = nowMs - occurrence.runMs;
  if (ageMs <= record.target.RetryPolicy.MaximumEventAgeInSeconds * 1_000) return event;
  const told = { scheduleArn: scheduleArn(name), ageMs };
  if (record.target.DeadLetterConfig?.Arn === undefined) {
    logger.warn(told, 'a schedule was due while the server was stopped, too long ago to be run; left out');
    return undefined;
  }
  logger.warn(told, 'a schedule was due while the server was stopped, too long ago to be run; it goes to the dead-letter queue');
  const attributes = event.attributes as RunAttributes;
  const deadLetter = deadLetterOf(attributes, TOO_OLD, 'MaximumEventAgeInSeconds', false, nowMs);
  return { ...event, attributes: { ...attributes, deadLetter } };
}
