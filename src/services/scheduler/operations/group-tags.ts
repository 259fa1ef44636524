import type { Document } from '../../../ports/metadata-store.ts';
import { groupArn, type GroupRecord, type SchedulerTag } from '../../../sources/scheduler/schedule-records.ts';
import type { RequestContext } from '../../../wire/service.ts';
import {
  commitOptimistically,
  existingGroup,
  noSuchGroup,
  openGroup,
  type Scheduler,
  type SchedulerOperation,
} from '../scheduler-context.ts';
import { mergedTags } from '../tags.ts';

interface TaggedResource {
  readonly ResourceArn: string;
}

/** TagResource. Throws ConflictException while the group is being deleted, ResourceNotFoundException and ValidationException. */
export const tagResource: SchedulerOperation<TaggedResource & { readonly Tags: readonly SchedulerTag[] }> = (
  scheduler,
  { ResourceArn, Tags },
  context,
) => changeTags(scheduler, ResourceArn, context, (tags) => mergedTags(tags, Tags));

/** UntagResource; keys that no tag has are passed over. Throws ConflictException and ResourceNotFoundException. */
export const untagResource: SchedulerOperation<TaggedResource & { readonly TagKeys: readonly string[] }> = (
  scheduler,
  { ResourceArn, TagKeys },
  context,
) => changeTags(scheduler, ResourceArn, context, (tags) => tags.filter(({ Key }) => !TagKeys.includes(Key)));

/** ListTagsForResource. Throws ResourceNotFoundException. */
export const listTagsForResource: SchedulerOperation<TaggedResource> = async (scheduler, { ResourceArn }, context) => {
  const { body } = await existingGroup(scheduler, context, groupOfArn(ResourceArn, context));
  return { Tags: body.tags };
};

async function changeTags(
  scheduler: Scheduler,
  arn: string,
  context: RequestContext,
  change: (tags: readonly SchedulerTag[]) => readonly SchedulerTag[],
): Promise<object> {
  const group = groupOfArn(arn, context);
  await commitOptimistically(scheduler, async () => {
    const { key, revision, body }: Document<GroupRecord> = await openGroup(scheduler, context, group);
    return { changes: [{ put: key, body: { ...body, tags: change(body.tags) }, expect: revision }], result: undefined };
  });
  return {};
}

/** The table has checked its form. Nothing is told of another account's or region's groups. */
function groupOfArn(arn: string, context: RequestContext): string {
  const group = arn.slice(arn.lastIndexOf('/') + 1);
  if (arn !== groupArn(context, group)) throw noSuchGroup(group);
  return group;
}
