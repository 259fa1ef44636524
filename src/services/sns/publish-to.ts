import { ServiceError } from '../../model/service-error.ts';
import type { TopicMessage } from '../../ports/topic-publisher.ts';
import type { RequestContext } from '../../wire/service.ts';
import { readTopicArn } from './arns.ts';
import { readPublication } from './publication.ts';
import { publishMessages } from './publish-messages.ts';
import { topicKey } from './records.ts';
import { existingTopic, type Sns } from './sns-context.ts';

/** The server itself: it signs nothing, so it reaches topics of every region. */
const OURSELVES: RequestContext = {
  requestId: '',
  account: '',
  region: '',
  path: '',
  query: '',
  presigned: false,
  origin: '',
  remoteAddress: '',
};

/** Publishes to a topic by its ARN. Resolves when all deliveries are on disk. Throws NotFound and InvalidParameter. */
export async function publishTo(sns: Sns, topicArn: string, message: TopicMessage): Promise<void> {
  const { body, subject, attributes = {}, traceHeader } = message;
  const context = { ...OURSELVES, ...(traceHeader === undefined ? {} : { traceHeader }) };
  const topic = readTopicArn(topicArn, context);
  const { body: record } = await existingTopic(sns, topic);
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
    ]),
  );
  const input = { Message: body, MessageAttributes, ...(subject === undefined ? {} : { Subject: subject }) };
  await publishMessages(sns, topic, record, [readPublication(topic, record, input, context)]);
}

/** Whether an ARN is one of a topic that exists. */
export async function topicExists(sns: Sns, topicArn: string): Promise<boolean> {
  try {
    return (await sns.store.get(topicKey(readTopicArn(topicArn, OURSELVES)))) !== undefined;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}
