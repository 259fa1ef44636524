import { required } from '../../../wire/query/members.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { readTopicArn } from '../arns.ts';
import { ARN, TAG_KEYS, TAGS } from '../member-rules.ts';
import { topicKey, type TopicRecord, type TopicTag } from '../records.ts';
import { commitOptimistically, snsOperation, type Sns } from '../sns-context.ts';
import { snsError } from '../sns-errors.ts';
import { mergedTags } from '../tags.ts';

/** Sets tags of a topic. */
export const tagResource = snsOperation(
  { ResourceArn: ARN, Tags: required(TAGS) },
  async (sns, { ResourceArn, Tags }, context) => {
    await changeTags(sns, ResourceArn, context, (tags) => mergedTags(tags, Tags));
    return {};
  },
);

/** Takes tags off a topic; keys that it does not have are passed over. */
export const untagResource = snsOperation(
  { ResourceArn: ARN, TagKeys: TAG_KEYS },
  async (sns, { ResourceArn, TagKeys }, context) => {
    await changeTags(sns, ResourceArn, context, (tags) => tags.filter(({ Key }) => !TagKeys.includes(Key)));
    return {};
  },
);

/** The tags of a topic, by key. */
export const listTagsForResource = snsOperation({ ResourceArn: ARN }, async (sns, { ResourceArn }, context) => {
  const tags = await changeTags(sns, ResourceArn, context, (present) => present);
  return { Tags: tags.map(({ Key, Value }) => ({ Key, Value })) };
});

async function changeTags(
  sns: Sns,
  arn: string,
  context: RequestContext,
  change: (tags: readonly TopicTag[]) => readonly TopicTag[],
): Promise<readonly TopicTag[]> {
  const key = topicKey(readTopicArn(arn, context, 'ResourceArn'));
  return commitOptimistically(sns, async () => {
    const found = await sns.store.get<TopicRecord>(key);
    if (!found) throw snsError('ResourceNotFound', 'Resource does not exist');
    const tags = change(found.body.tags);
    const isSame = tags === found.body.tags;
    return { changes: isSame ? [] : [{ put: key, body: { ...found.body, tags }, expect: found.revision }], result: tags };
  });
}
