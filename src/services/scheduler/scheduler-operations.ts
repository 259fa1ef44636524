import { deleteSchedule, createSchedule, updateSchedule } from './operations/put-schedules.ts';
import { listTagsForResource, tagResource, untagResource } from './operations/group-tags.ts';
import { getSchedule, listSchedules } from './operations/read-schedules.ts';
import { createScheduleGroup, deleteScheduleGroup, getScheduleGroup, listScheduleGroups } from './operations/schedule-groups.ts';
import type { SchedulerOperation } from './scheduler-context.ts';

/** Every operation of EventBridge Scheduler, by name. */
// oxlint-disable-next-line no-explicit-any -- each operation names its own input; the table has checked it.
export const SCHEDULER_BUILT: Readonly<Record<string, SchedulerOperation<any>>> = {
  CreateSchedule: createSchedule,
  CreateScheduleGroup: createScheduleGroup,
  DeleteSchedule: deleteSchedule,
  DeleteScheduleGroup: deleteScheduleGroup,
  GetSchedule: getSchedule,
  GetScheduleGroup: getScheduleGroup,
  ListScheduleGroups: listScheduleGroups,
  ListSchedules: listSchedules,
  ListTagsForResource: listTagsForResource,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateSchedule: updateSchedule,
};
