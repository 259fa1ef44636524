import type { Document } from '../../../ports/metadata-store.ts';
import {
  DEFAULT_GROUP,
  GROUP_KIND,
  groupArn,
  groupKey,
  type GroupRecord,
  type SchedulerTag,
} from '../../../sources/scheduler/schedule-records.ts';
import { requestHash, tokenConflict } from '../client-tokens.ts';
import { takePage } from '../paging.ts';
import { commitOptimistically, existingGroup, openGroup, type SchedulerOperation } from '../scheduler-context.ts';
import { invalid, schedulerError } from '../scheduler-errors.ts';
import { mergedTags } from '../tags.ts';

interface CreateScheduleGroupInput {
  readonly Name: string;
  readonly ClientToken?: string;
  readonly Tags?: readonly SchedulerTag[];
}

interface ListScheduleGroupsInput {
  readonly NamePrefix?: string;
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

/** CreateScheduleGroup. Throws ConflictException, ServiceQuotaExceededException and ValidationException. */
export const createScheduleGroup: SchedulerOperation<CreateScheduleGroupInput> = (scheduler, input, context) =>
  scheduler.tokens.once('CreateScheduleGroup', groupArn(context, input.Name), input, async () => {
    const { store, clock, ids, quotas } = scheduler;
    const { account, region } = context;
    const { Name, ClientToken, Tags = [] } = input;
    const tags = mergedTags([], Tags);
    const output = { ScheduleGroupArn: groupArn(context, Name) };
    await existingGroup(scheduler, context, DEFAULT_GROUP);
    const key = groupKey(context, Name);
    await commitOptimistically(scheduler, async () => {
      const found = await store.get<GroupRecord>(key);
      if (found) return { changes: [], result: againOrConflict(found.body, input) };
      const { documents } = await store.totals({ account, region, kind: GROUP_KIND });
      if (documents >= quotas.groups)
        throw schedulerError(
          'ServiceQuotaExceededException',
          `The account has reached its quota of ${quotas.groups} schedule groups in this region.`,
        );
      const nowMs = clock.now();
      const body: GroupRecord = {
        uid: ids.uuid(),
        state: 'ACTIVE',
        tags,
        createdMs: nowMs,
        modifiedMs: nowMs,
        ...(ClientToken === undefined ? {} : { creation: { token: ClientToken, request: requestHash(input) } }),
      };
      return { changes: [{ put: key, body, expect: 'absent' }], result: undefined };
    });
    scheduler.tokens.forget(['DeleteScheduleGroup'], output.ScheduleGroupArn);
    return output;
  });

/** GetScheduleGroup. Throws ResourceNotFoundException. */
export const getScheduleGroup: SchedulerOperation<{ readonly Name: string }> = async (scheduler, { Name }, context) =>
  shownGroup(await existingGroup(scheduler, context, Name));

/**
 * DeleteScheduleGroup: the group is DELETING until all of its schedules are gone, then gone itself. Throws ConflictException
 * for one that is, ResourceNotFoundException, and ValidationException for the default group.
 */
export const deleteScheduleGroup: SchedulerOperation<{ readonly Name: string; readonly ClientToken?: string }> = (
  scheduler,
  input,
  context,
) =>
  scheduler.tokens.once('DeleteScheduleGroup', groupArn(context, input.Name), input, async () => {
    if (input.Name === DEFAULT_GROUP) throw invalid('The default schedule group can not be deleted.');
    await commitOptimistically(scheduler, async () => {
      const { key, revision, body } = await openGroup(scheduler, context, input.Name);
      const changed: GroupRecord = { ...body, state: 'DELETING', modifiedMs: scheduler.clock.now() };
      return { changes: [{ put: key, body: changed, expect: revision }], result: undefined };
    });
    scheduler.tokens.forget(['CreateScheduleGroup'], groupArn(context, input.Name));
    scheduler.groupChanged();
    return {};
  });

/** ListScheduleGroups, in the order of names. */
export const listScheduleGroups: SchedulerOperation<ListScheduleGroupsInput> = async (scheduler, input, context) => {
  const { account, region } = context;
  await existingGroup(scheduler, context, DEFAULT_GROUP);
  const place = { account, region, kind: GROUP_KIND, prefix: input.NamePrefix ?? '' };
  const page = await takePage<GroupRecord>(scheduler.store, input, place, () => true);
  return { ScheduleGroups: page.items.map(shownGroup), ...page.rest };
};

function shownGroup({ key, body }: Document<GroupRecord>): object {
  return {
    Arn: groupArn(key, key.id),
    CreationDate: new Date(body.createdMs),
    LastModificationDate: new Date(body.modifiedMs),
    Name: key.id,
    State: body.state,
  };
}

/** The same request again has the same answer, also after the server was started anew. */
function againOrConflict({ creation }: GroupRecord, input: CreateScheduleGroupInput): undefined {
  if (creation === undefined || creation.token !== input.ClientToken)
    throw schedulerError('ConflictException', `Schedule group ${input.Name} already exists.`);
  if (creation.request !== requestHash(input)) throw tokenConflict();
  return undefined;
}
