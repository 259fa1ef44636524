import type { Change } from '../../../ports/metadata-store.ts';
import { required } from '../../../wire/query/members.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { readTopicArn } from '../arns.ts';
import { ARN, ATTRIBUTES, NEXT_TOKEN, TAGS } from '../member-rules.ts';
import { takePage } from '../paging.ts';
import { isFifo, TOPIC_KIND, topicArn, topicKey, type TopicName, type TopicRecord, type TopicTag } from '../records.ts';
import { commitOptimistically, existingTopic, snsOperation, type Sns } from '../sns-context.ts';
import { invalidParameter } from '../sns-errors.ts';
import { checkedTags } from '../tags.ts';
import { removalsOf } from '../topic-removal.ts';
import { checkNewTopic } from '../topic-attributes.ts';

const NAME = /^[\w-]{1,256}$/;
const FIFO_NAME = /^[\w-]{1,251}\.fifo$/;

/** Makes a topic, or answers the one that is there when nothing that was given differs from it. */
export const createTopic = snsOperation(
  { Name: required({ type: 'text' }), Attributes: ATTRIBUTES, Tags: TAGS },
  async (sns, { Name, Attributes = {}, Tags }, context) => {
    const topic = newName(Name, Attributes, context);
    checkNewTopic(topic, Attributes);
    const tags = Tags && checkedTags(Tags);
    await commitOptimistically(sns, async () => {
      const present = await sns.store.get<TopicRecord>(topicKey(topic));
      if (present) return { changes: [], result: checkSame(present.body, Attributes, tags) };
      const body: TopicRecord = { attributes: Attributes, tags: tags ?? [] };
      const changes: Change[] = [{ put: topicKey(topic), body, expect: 'absent' }];
      return { changes, result: undefined };
    });
    return { TopicArn: topicArn(topic) };
  },
);

/** Removes a topic and its subscriptions; what waits to be delivered of it is dropped. Fine with one that is not there. */
export const deleteTopic = snsOperation({ TopicArn: ARN }, async (sns, { TopicArn }, context) => {
  const topic = readTopicArn(TopicArn, context);
  await commitOptimistically(sns, async () => {
    const found = await sns.store.get<TopicRecord>(topicKey(topic));
    if (!found) return { changes: [], result: undefined };
    // Whoever subscribes writes the topic too, so that no subscription outlives it.
    const changes = [{ remove: found.key, expect: found.revision }, ...(await removalsOf(sns, topic))];
    return { changes, result: undefined };
  });
  return undefined;
});

/** Topics of the account in the region. */
export const listTopics = snsOperation({ NextToken: NEXT_TOKEN }, async (sns, { NextToken }, { account, region }) => {
  const { documents, rest } = await takePage<TopicRecord>(sns.store, { account, region, kind: TOPIC_KIND }, NextToken);
  return { Topics: documents.map(({ key }) => ({ TopicArn: topicArn({ account, region, name: key.id }) })), ...rest };
});

function newName(name: string, attributes: Readonly<Record<string, string>>, context: RequestContext): TopicName {
  const isOrdered = attributes['FifoTopic']?.toLowerCase() === 'true';
  if (isOrdered && !FIFO_NAME.test(name)) {
    throw invalidParameter(
      'Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.',
    );
  }
  if (!isOrdered && !NAME.test(name)) throw invalidParameter('Topic Name');
  return { account: context.account, region: context.region, name };
}

function checkSame(
  present: TopicRecord,
  attributes: Readonly<Record<string, string>>,
  tags: readonly TopicTag[] | undefined,
): void {
  const differs = Object.entries(attributes).some(([name, value]) => (present.attributes[name] ?? '') !== value);
  if (differs) throw invalidParameter('Attributes Reason: Topic already exists with different attributes');
  if (tags && JSON.stringify(tags) !== JSON.stringify(present.tags))
    throw invalidParameter('Tags Reason: Topic already exists with different tags');
}

/** A topic by its ARN in a request; throws InvalidParameter and NotFound. */
export async function topicOfRequest(
  sns: Sns,
  arn: string,
  context: RequestContext,
): Promise<{ readonly topic: TopicName; readonly record: TopicRecord; readonly revision: number; readonly isOrdered: boolean }> {
  const topic = readTopicArn(arn, context);
  const { body, revision } = await existingTopic(sns, topic);
  return { topic, record: body, revision, isOrdered: isFifo(topic.name) };
}
