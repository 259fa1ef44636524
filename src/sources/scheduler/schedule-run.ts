import { createHash } from 'node:crypto';
import type { LeasedEvent, NewEvent } from '../../ports/event-queue.ts';
import { envelopeOf } from '../events/event-envelope.ts';
import type { Occurrence } from './schedule-occurrences.ts';
import { scheduleArn, type ScheduleName, type ScheduleRecord, type ScheduleTarget } from './schedule-records.ts';

/** The queue of what schedules run. */
export const RUN_QUEUE = 'scheduler';

/** What is kept of a run besides the target's input, which is the payload. A JSON value. */
export interface RunAttributes extends ScheduleName {
  readonly target: Omit<ScheduleTarget, 'Input'>;
  readonly executionId: string;
  /** The time that the schedule means, epoch ms. */
  readonly dueMs: number;
  /** When it was to be run; its age counts from here. Epoch ms. */
  readonly runMs: number;
  /** How often the target did not take it so far. */
  readonly failures: number;
  /** Set when the target is given up: what the message for the dead-letter queue says besides the input. */
  readonly deadLetter?: DeadLetter;
}

/** The end of a run that failed. */
export interface DeadLetter {
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly madeAtMs: number;
  /** How often the dead-letter queue could not be reached. */
  readonly failures: number;
}

/** What is enqueued for an occurrence. Its id is the same for the same one, so that it can't be in the queue twice. */
export function runEvent(
  name: ScheduleName,
  record: ScheduleRecord,
  { dueMs, runMs }: Occurrence,
  visibleAtMs: number,
): NewEvent {
  const { account, region, group, name: schedule } = name;
  const { Input, ...target } = record.target;
  const id = createHash('sha256').update(`${record.uid}\n${dueMs}`).digest('hex').slice(0, 32);
  const attributes: RunAttributes = {
    account,
    region,
    group,
    name: schedule,
    target,
    executionId: id.slice(0, 16),
    dueMs,
    runMs,
    failures: 0,
  };
  return {
    id,
    once: true,
    queue: RUN_QUEUE,
    lane: target.Arn,
    visibleAtMs,
    attributes,
    payload: Buffer.from(Input ?? notification(name, id, dueMs)),
  };
}

/** The target's input of a run that was leased, as text. */
export function inputOfLease({ payload }: Pick<LeasedEvent, 'payload'>): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
}

/** `2026-01-01T00:00:00Z` */
export function secondOf(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

/** What a target gets that has no input. Its detail is a text on AWS too. */
function notification(name: ScheduleName, id: string, dueMs: number): string {
  const { account, region } = name;
  return envelopeOf({
    id: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`,
    source: 'aws.scheduler',
    detailType: 'Scheduled Event',
    account,
    region,
    atMs: dueMs,
    resources: [scheduleArn(name)],
    detail: '"{}"',
  });
}
