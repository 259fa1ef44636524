import type { Locality } from '../../../model/arn.ts';
import { type Document, RevisionConflict } from '../../../ports/metadata-store.ts';
import {
  DEFAULT_GROUP,
  type GroupRecord,
  groupKey,
  runKey,
  scheduleArn,
  scheduleKey,
  type ScheduleName,
  type ScheduleRecord,
} from '../../../sources/scheduler/schedule-records.ts';
import { requestHash, tokenConflict } from '../client-tokens.ts';
import { checkedSettings, type ScheduleInput } from '../schedule-settings.ts';
import {
  commitOptimistically,
  existingGroup,
  existingSchedule,
  noSuchGroup,
  openGroup,
  type Scheduler,
  type SchedulerOperation,
} from '../scheduler-context.ts';
import { schedulerError } from '../scheduler-errors.ts';

/** CreateSchedule. Throws ConflictException, ResourceNotFoundException, ServiceQuotaExceededException and ValidationException. */
export const createSchedule: SchedulerOperation<ScheduleInput> = (scheduler, input, context) =>
  scheduler.tokens.once('CreateSchedule', arnNamed(context, input), input, async () => {
    const { store, clock, ids } = scheduler;
    const name = scheduleNamed(context, input);
    const nowMs = clock.now();
    const settings = checkedSettings(input, nowMs);
    const group = await openGroup(scheduler, name, name.group);
    const output = { ScheduleArn: scheduleArn(name) };
    const found = await store.get<ScheduleRecord>(scheduleKey(name));
    if (found) return againOrConflict(found.body, name, input, output);
    await scheduler.room.take(name);
    const body: ScheduleRecord = {
      ...settings,
      uid: ids.uuid(),
      createdMs: nowMs,
      modifiedMs: nowMs,
      ...(input.ClientToken === undefined ? {} : { creation: { token: input.ClientToken, request: requestHash(input) } }),
    };
    try {
      await store.commit([{ put: scheduleKey(name), body, expect: 'absent' }]);
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      const faster = await existingSchedule(scheduler, name);
      return againOrConflict(faster.body, name, input, output);
    }
    await undoWithoutGroup(scheduler, name, group);
    scheduler.tokens.forget(['DeleteSchedule'], output.ScheduleArn);
    scheduler.scheduleChanged(name);
    return output;
  });

/** UpdateSchedule: replaces all of a schedule. Throws ConflictException, ResourceNotFoundException and ValidationException. */
export const updateSchedule: SchedulerOperation<ScheduleInput> = (scheduler, input, context) =>
  scheduler.tokens.once('UpdateSchedule', arnNamed(context, input), input, async () => {
    const name = scheduleNamed(context, input);
    // Before it is looked for, so that a mistake is told as one.
    checkedSettings(input, scheduler.clock.now(), (await scheduler.store.get<ScheduleRecord>(scheduleKey(name)))?.body);
    await commitOptimistically(scheduler, async () => {
      await openGroup(scheduler, name, name.group);
      const { key, revision, body: before } = await existingSchedule(scheduler, name);
      const nowMs = scheduler.clock.now();
      const { uid, createdMs, creation } = before;
      const body: ScheduleRecord = {
        ...checkedSettings(input, nowMs, before),
        uid,
        createdMs,
        modifiedMs: nowMs,
        ...(creation === undefined ? {} : { creation }),
      };
      return { changes: [{ put: key, body, expect: revision }], result: undefined };
    });
    scheduler.scheduleChanged(name);
    return { ScheduleArn: scheduleArn(name) };
  });

/** DeleteSchedule. Throws ResourceNotFoundException. */
export const deleteSchedule: SchedulerOperation<Pick<ScheduleInput, 'Name' | 'GroupName' | 'ClientToken'>> = (
  scheduler,
  input,
  context,
) =>
  scheduler.tokens.once('DeleteSchedule', arnNamed(context, input), input, async () => {
    const name = scheduleNamed(context, input);
    await commitOptimistically(scheduler, async () => {
      const { key, revision } = await existingSchedule(scheduler, name);
      return { changes: [{ remove: key, expect: revision }, { remove: runKey(name) }], result: undefined };
    });
    scheduler.tokens.forget(['CreateSchedule', 'UpdateSchedule'], scheduleArn(name));
    scheduler.scheduleChanged(name);
    return {};
  });

/** The schedule that the members of an input stand for. */
export function scheduleNamed(
  { account, region }: Locality,
  { Name, GroupName }: { readonly Name: string; readonly GroupName?: string },
): ScheduleName {
  return { account, region, group: GroupName ?? DEFAULT_GROUP, name: Name };
}

function arnNamed(place: Locality, input: { readonly Name: string; readonly GroupName?: string }): string {
  return scheduleArn(scheduleNamed(place, input));
}

/** The same request again has the same answer, also after the server was started anew. */
function againOrConflict<Output>(
  { creation }: ScheduleRecord,
  { name }: ScheduleName,
  input: ScheduleInput,
  output: Output,
): Output {
  if (creation === undefined || creation.token !== input.ClientToken)
    throw schedulerError('ConflictException', `Schedule ${name} already exists.`);
  if (creation.request !== requestHash(input)) throw tokenConflict();
  return output;
}

/**
 * A group that was deleted since it was looked at has lost its schedules, but perhaps not this one. Looking again afterwards
 * costs less than writing the group with every schedule, at which all of them would meet.
 */
async function undoWithoutGroup(scheduler: Scheduler, name: ScheduleName, group: Document<GroupRecord>): Promise<void> {
  const { store } = scheduler;
  const now = await store.get<GroupRecord>(groupKey(name, name.group));
  if (now?.body.uid === group.body.uid && now.body.state === 'ACTIVE') return;
  await store.commit([{ remove: scheduleKey(name) }]);
  await existingGroup(scheduler, name, name.group);
  throw noSuchGroup(name.group);
}
