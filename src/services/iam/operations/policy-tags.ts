import { required } from '../../../wire/query/members.ts';
import { iamOperation } from '../iam-context.ts';
import { PAGE, POLICY_ARN, TAG_KEYS, TAGS } from '../member-rules.ts';
import { listedItems, takePage } from '../paging.ts';
import { changePolicy, existingPolicy } from '../policies.ts';
import { mergedTags, tagsWithout } from '../tags.ts';

/** TagPolicy. */
export const tagPolicy = iamOperation({ PolicyArn: POLICY_ARN, Tags: required(TAGS) }, async (iam, input, { account }) => {
  await changePolicy(iam, account, input.PolicyArn, (policy) => ({ ...policy, tags: mergedTags(policy.tags, input.Tags) }));
  return undefined;
});

/** UntagPolicy; keys that are not there are harmless. */
export const untagPolicy = iamOperation(
  { PolicyArn: POLICY_ARN, TagKeys: required(TAG_KEYS) },
  async (iam, input, { account }) => {
    await changePolicy(iam, account, input.PolicyArn, (policy) => ({ ...policy, tags: tagsWithout(policy.tags, input.TagKeys) }));
    return undefined;
  },
);

/** ListPolicyTags. */
export const listPolicyTags = iamOperation({ ...PAGE, PolicyArn: POLICY_ARN }, async (iam, input, { account }) => {
  const { policy } = await existingPolicy(iam, account, input.PolicyArn);
  const tags = policy.tags.map((tag) => [tag.Key, { Key: tag.Key, Value: tag.Value }] as const);
  const { items, rest } = await takePage(input, listedItems(tags));
  return { Tags: items, ...rest };
});
