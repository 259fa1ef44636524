import { isObjectText } from '../policy-text.ts';
import { kinesisOperation } from '../kinesis-context.ts';
import { invalidArgument, kinesisError } from '../kinesis-errors.ts';
import { required, RESOURCE_ARN, TAG_KEYS, TAGS } from '../member-rules.ts';
import { changeResource, existingResource } from '../resources.ts';
import { mergedTags, tagList, tagsWithout } from '../tags.ts';

/** Source: resource-based policies in the Kinesis developer guide. */
const POLICY_CHARACTERS_MAX = 20_480;

/** TagResource. Throws ResourceNotFoundException, InvalidArgumentException and LimitExceededException. */
export const tagResource = kinesisOperation(
  { ResourceARN: RESOURCE_ARN, Tags: required(TAGS) },
  async (kinesis, input, context) => {
    await changeResource(kinesis, input.ResourceARN, context, ({ tags }) => ({ tags: mergedTags(tags, input.Tags) }));
    return {};
  },
);

/** UntagResource. Throws ResourceNotFoundException. */
export const untagResource = kinesisOperation(
  { ResourceARN: RESOURCE_ARN, TagKeys: TAG_KEYS },
  async (kinesis, input, context) => {
    await changeResource(kinesis, input.ResourceARN, context, ({ tags }) => ({ tags: tagsWithout(tags, input.TagKeys) }));
    return {};
  },
);

/** ListTagsForResource. Throws ResourceNotFoundException. */
export const listTagsForResource = kinesisOperation({ ResourceARN: RESOURCE_ARN }, async (kinesis, input, context) => {
  return { Tags: tagList((await existingResource(kinesis, input.ResourceARN, context)).tags) };
});

/** PutResourcePolicy; nothing is held against the policy. Throws ResourceNotFoundException and InvalidArgumentException. */
export const putResourcePolicy = kinesisOperation(
  { ResourceARN: RESOURCE_ARN, Policy: required({ type: 'text', charactersMax: POLICY_CHARACTERS_MAX }) },
  async (kinesis, input, context) => {
    if (!isObjectText(input.Policy)) throw invalidArgument('The policy is not valid JSON.');
    await changeResource(kinesis, input.ResourceARN, context, () => ({ policy: input.Policy }));
    return {};
  },
);

/** GetResourcePolicy. Throws ResourceNotFoundException. */
export const getResourcePolicy = kinesisOperation({ ResourceARN: RESOURCE_ARN }, async (kinesis, input, context) => {
  const { policy } = await existingResource(kinesis, input.ResourceARN, context);
  if (policy === undefined) throw noPolicy(input.ResourceARN);
  return { Policy: policy };
});

/** DeleteResourcePolicy. Throws ResourceNotFoundException. */
export const deleteResourcePolicy = kinesisOperation({ ResourceARN: RESOURCE_ARN }, async (kinesis, input, context) => {
  await changeResource(kinesis, input.ResourceARN, context, ({ policy, ...resource }) => {
    if (policy === undefined) throw noPolicy(input.ResourceARN);
    return { ...resource, policy: undefined as never };
  });
  return {};
});

function noPolicy(arn: string): Error {
  return kinesisError('ResourceNotFoundException', `No resource policy found for resource ${arn}.`);
}
