import type { Document } from '../../../ports/metadata-store.ts';
import {
  SCHEDULE_KIND,
  scheduleArn,
  type ScheduleName,
  scheduleOfKey,
  schedulePrefix,
  type ScheduleRecord,
} from '../../../sources/scheduler/schedule-records.ts';
import { takePage } from '../paging.ts';
import { existingGroup, existingSchedule, type SchedulerOperation } from '../scheduler-context.ts';
import { scheduleNamed } from './put-schedules.ts';

interface GetScheduleInput {
  readonly Name: string;
  readonly GroupName?: string;
}

interface ListSchedulesInput {
  readonly GroupName?: string;
  readonly NamePrefix?: string;
  readonly State?: 'ENABLED' | 'DISABLED';
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

/** GetSchedule. Throws ResourceNotFoundException. */
export const getSchedule: SchedulerOperation<GetScheduleInput> = async (scheduler, input, context) => {
  const name = scheduleNamed(context, input);
  const { body } = await existingSchedule(scheduler, name);
  const { startMs, endMs, windowMinutes } = body;
  return {
    ...commonMembers(name, body),
    ActionAfterCompletion: body.deletedAfterCompletion ? 'DELETE' : 'NONE',
    Description: body.description,
    StartDate: startMs === undefined ? undefined : new Date(startMs),
    EndDate: endMs === undefined ? undefined : new Date(endMs),
    FlexibleTimeWindow:
      windowMinutes === undefined ? { Mode: 'OFF' } : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: windowMinutes },
    KmsKeyArn: body.kmsKeyArn,
    ScheduleExpression: body.expression,
    ScheduleExpressionTimezone: body.timeZone,
    Target: body.target,
  };
};

/** ListSchedules, by group and name. Throws ResourceNotFoundException for the group. */
export const listSchedules: SchedulerOperation<ListSchedulesInput> = async (scheduler, input, { account, region }) => {
  const { GroupName, NamePrefix = '', State } = input;
  if (GroupName !== undefined) await existingGroup(scheduler, { account, region }, GroupName);
  const prefix = GroupName === undefined ? '' : schedulePrefix(GroupName) + NamePrefix;
  const fits = ({ key, body }: Document<ScheduleRecord>): boolean =>
    scheduleOfKey(key).name.startsWith(NamePrefix) && (State === undefined || stateOf(body) === State);
  const page = await takePage<ScheduleRecord>(scheduler.store, input, { account, region, kind: SCHEDULE_KIND, prefix }, fits);
  const Schedules = page.items.map(({ key, body }) => ({
    ...commonMembers(scheduleOfKey(key), body),
    Target: { Arn: body.target.Arn },
  }));
  return { Schedules, ...page.rest };
};

function commonMembers(name: ScheduleName, body: ScheduleRecord): object {
  return {
    Arn: scheduleArn(name),
    CreationDate: new Date(body.createdMs),
    GroupName: name.group,
    LastModificationDate: new Date(body.modifiedMs),
    Name: name.name,
    State: stateOf(body),
  };
}

function stateOf({ enabled }: ScheduleRecord): 'ENABLED' | 'DISABLED' {
  return enabled ? 'ENABLED' : 'DISABLED';
}
