import type { Locality } from '../../model/arn.ts';
import type { DocumentKey } from '../../ports/metadata-store.ts';

/** A schedule by its names. */
export interface ScheduleName extends Locality {
  readonly group: string;
  readonly name: string;
}

/** A schedule's target as CreateSchedule takes it; parameters of targets that nothing here delivers to are refused before. */
export interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly SqsParameters?: { readonly MessageGroupId?: string };
  readonly EventBridgeParameters?: { readonly DetailType: string; readonly Source: string };
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy: { readonly MaximumEventAgeInSeconds: number; readonly MaximumRetryAttempts: number };
}

/** What is kept of a schedule. */
export interface ScheduleRecord {
  /** Never given twice, so that a schedule does not inherit what was noted of another one of its name. */
  readonly uid: string;
  readonly expression: string;
  readonly timeZone: string;
  /** StartDate and EndDate, epoch ms. */
  readonly startMs?: number;
  readonly endMs?: number;
  readonly enabled: boolean;
  readonly deletedAfterCompletion: boolean;
  /** Undefined where the mode is OFF. */
  readonly windowMinutes?: number;
  readonly description?: string;
  readonly kmsKeyArn?: string;
  readonly target: ScheduleTarget;
  /** Where a rate without StartDate counts from: when its expression was put. Epoch ms. */
  readonly anchorMs: number;
  /** Occurrences at this time or before it are none of this schedule's. Epoch ms. */
  readonly passedMs: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** ClientToken of the request that made it, and what else that request said, as a hash. */
  readonly creation?: { readonly token: string; readonly request: string };
}

/** The last occurrence of a schedule that was run or passed over. */
export interface RunRecord {
  readonly uid: string;
  readonly ranMs: number;
}

/** A tag of a group. */
export interface SchedulerTag {
  readonly Key: string;
  readonly Value: string;
}

/** What is kept of a group. */
export interface GroupRecord {
  readonly uid: string;
  readonly state: 'ACTIVE' | 'DELETING';
  readonly tags: readonly SchedulerTag[];
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly creation?: { readonly token: string; readonly request: string };
}

export const DEFAULT_GROUP = 'default';
export const SCHEDULE_KIND = 'scheduler-schedule';
export const RUN_KIND = 'scheduler-run';
export const GROUP_KIND = 'scheduler-group';

/** Key of a group. */
export const groupKey = ({ account, region }: Locality, group: string): DocumentKey => ({
  account,
  region,
  kind: GROUP_KIND,
  id: group,
});
/** What the ids of all schedules of a group begin with. Names hold no line breaks. */
export const schedulePrefix = (group: string): string => `${group}\n`;
/** Key of a schedule. */
export const scheduleKey = (name: ScheduleName): DocumentKey => keyOf(name, SCHEDULE_KIND);
/** Key of what is noted of a schedule's runs. */
export const runKey = (name: ScheduleName): DocumentKey => keyOf(name, RUN_KIND);

/** The schedule that a key of {@link SCHEDULE_KIND} or {@link RUN_KIND} stands for. */
export function scheduleOfKey({ account, region, id }: DocumentKey): ScheduleName {
  const end = id.indexOf('\n');
  return { account, region, group: id.slice(0, end), name: id.slice(end + 1) };
}

/** ARN of a schedule. */
export function scheduleArn({ account, region, group, name }: ScheduleName): string {
  return `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;
}

/** ARN of a group. */
export function groupArn({ account, region }: Locality, group: string): string {
  return `arn:aws:scheduler:${region}:${account}:schedule-group/${group}`;
}

function keyOf({ account, region, group, name }: ScheduleName, kind: string): DocumentKey {
  return { account, region, kind, id: schedulePrefix(group) + name };
}
