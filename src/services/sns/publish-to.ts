import type { TopicMessage } from '../../ports/topic-publisher.ts';
import { readTopicArn } from './arns.ts';
import { readPublication } from './publication.ts';
import { publishMessages } from './publish-messages.ts';
import { existingTopic, type Sns } from './sns-context.ts';

/** Publishes to a topic by its ARN. Resolves when all deliveries are on disk. Throws NotFound and InvalidParameter. */
export async function publishTo(sns: Sns, topicArn: string, { body, attributes = {}, traceHeader }: TopicMessage): Promise<void> {
  const caller = { requestId: '', account: '', region: '', path: '', query: '', presigned: false, origin: '', remoteAddress: '' };
  const context = { ...caller, ...(traceHeader === undefined ? {} : { traceHeader }) };
  const topic = readTopicArn(topicArn, context);
  const { body: record } = await existingTopic(sns, topic);
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
    ]),
  );
  await publishMessages(sns, topic, record, [readPublication(topic, record, { Message: body, MessageAttributes }, context)]);
}
