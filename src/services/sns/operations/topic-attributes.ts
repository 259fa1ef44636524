import { required } from '../../../wire/query/members.ts';
import { readTopicArn } from '../arns.ts';
import { ARN } from '../member-rules.ts';
import { changeTopic, snsOperation, subscriptionsOf } from '../sns-context.ts';
import { checkTopicAttribute, shownTopicAttributes } from '../topic-attributes.ts';
import { topicOfRequest } from './topics.ts';

/** Attributes of a topic, those that were never set by their defaults. */
export const getTopicAttributes = snsOperation({ TopicArn: ARN }, async (sns, { TopicArn }, context) => {
  const { topic, record } = await topicOfRequest(sns, TopicArn, context);
  const subscriptions = await subscriptionsOf(sns, topic);
  const pending = subscriptions.filter(([, { token }]) => token !== undefined).length;
  return { Attributes: shownTopicAttributes(topic, record, { pending, confirmed: subscriptions.length - pending }) };
});

/** Sets one attribute of a topic; without a value it has its default again. */
export const setTopicAttributes = snsOperation(
  { TopicArn: ARN, AttributeName: required({ type: 'text' }), AttributeValue: { type: 'text' } },
  async (sns, { TopicArn, AttributeName, AttributeValue }, context) => {
    const topic = readTopicArn(TopicArn, context);
    await changeTopic(sns, topic, (record) => {
      const { [AttributeName]: _before, ...others } = record.attributes;
      if (AttributeValue !== undefined || _before === undefined) checkTopicAttribute(topic, AttributeName, AttributeValue ?? '');
      const attributes = AttributeValue === undefined ? others : { ...others, [AttributeName]: AttributeValue };
      return { ...record, attributes };
    });
    return undefined;
  },
);
