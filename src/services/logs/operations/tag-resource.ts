import { groupNameOf } from '../log-arns.ts';
import { groupNotFound } from '../log-errors.ts';
import { mergedTags, requiredTags, tagsWithout, type LogTags } from '../log-tags.ts';
import { GROUP_NAME, missing, requiredText, texts, type Members } from '../members.ts';
import type { LogsOperation, LogsService } from '../operation.ts';
import type { LogScope } from '../store/log-catalogue.ts';

/** TagResource. */
export const tagResource: LogsOperation = async (service, input, context) => {
  const tags = requiredTags(input);
  return change(service, context, groupNameOf(context, requiredText(input, 'resourceArn')), (present) =>
    mergedTags(present, tags),
  );
};

/** UntagResource. */
export const untagResource: LogsOperation = async (service, input, context) => {
  const keys = texts(input, 'tagKeys', 50) ?? missing('tagKeys');
  return change(service, context, groupNameOf(context, requiredText(input, 'resourceArn')), (present) =>
    tagsWithout(present, keys),
  );
};

/** ListTagsForResource. */
export const listTagsForResource: LogsOperation = async (service, input, context) => {
  return { tags: await tagsOfGroup(service, context, groupNameOf(context, requiredText(input, 'resourceArn'))) };
};

/** TagLogGroup, the older form of TagResource. */
export const tagLogGroup: LogsOperation = async (service, input, context) => {
  const tags = requiredTags(input);
  return change(service, context, groupName(input), (present) => mergedTags(present, tags));
};

/** UntagLogGroup, the older form of UntagResource; its keys are named `tags`. */
export const untagLogGroup: LogsOperation = async (service, input, context) => {
  const keys = texts(input, 'tags', 50) ?? missing('tags');
  return change(service, context, groupName(input), (present) => tagsWithout(present, keys));
};

/** ListTagsLogGroup, the older form of ListTagsForResource. */
export const listTagsLogGroup: LogsOperation = async (service, input, context) => {
  return { tags: await tagsOfGroup(service, context, groupName(input)) };
};

function groupName(input: Members): string {
  return requiredText(input, 'logGroupName', GROUP_NAME);
}

async function tagsOfGroup({ store }: LogsService, scope: LogScope, name: string | undefined): Promise<LogTags> {
  const group = name === undefined ? undefined : await store.group(scope, name);
  if (group === undefined) throw groupNotFound();
  return group.settings.tags;
}

async function change(
  { store }: LogsService,
  scope: LogScope,
  name: string | undefined,
  tags: (present: LogTags) => LogTags,
): Promise<object> {
  const changed =
    name !== undefined && (await store.changeGroup(scope, name, (settings) => ({ ...settings, tags: tags(settings.tags) })));
  if (!changed) throw groupNotFound();
  return {};
}
