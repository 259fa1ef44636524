import { required } from '../../../wire/query/members.ts';
import { iamOperation } from '../iam-context.ts';
import { PAGE, ROLE_NAME, TAG_KEYS, TAGS } from '../member-rules.ts';
import { listedItems, takePage } from '../paging.ts';
import { changeRole, existingRole } from '../roles.ts';
import { mergedTags, tagsWithout } from '../tags.ts';

/** TagRole. */
export const tagRole = iamOperation({ RoleName: ROLE_NAME, Tags: required(TAGS) }, async (iam, input, context) => {
  await changeRole(iam, context, input.RoleName, (role) => ({ ...role, tags: mergedTags(role.tags, input.Tags) }));
  return undefined;
});

/** UntagRole; keys that are not there are harmless. */
export const untagRole = iamOperation({ RoleName: ROLE_NAME, TagKeys: required(TAG_KEYS) }, async (iam, input, context) => {
  await changeRole(iam, context, input.RoleName, (role) => ({ ...role, tags: tagsWithout(role.tags, input.TagKeys) }));
  return undefined;
});

/** ListRoleTags. */
export const listRoleTags = iamOperation({ ...PAGE, RoleName: ROLE_NAME }, async (iam, input, { account }) => {
  const { body } = await existingRole(iam, account, input.RoleName);
  const { items, rest } = await takePage(
    input,
    listedItems(body.tags.map((tag) => [tag.Key, { Key: tag.Key, Value: tag.Value }])),
  );
  return { Tags: items, ...rest };
});
