import { required } from '../../../wire/query/members.ts';
import { readTopicArn } from '../arns.ts';
import { ARN } from '../member-rules.ts';
import { topicArn, type TopicName, type TopicRecord } from '../records.ts';
import { changeTopic, snsOperation } from '../sns-context.ts';
import { invalidParameter, snsError } from '../sns-errors.ts';
import { defaultPolicy, parsePolicy, type TopicPolicy } from '../topic-policy.ts';

const LABEL = required({ type: 'text', charactersMax: 100 });
const ACCOUNT = /^\d{12}$/;
const ACTIONS = new Set([
  'AddPermission',
  'DeleteTopic',
  'GetTopicAttributes',
  'ListSubscriptionsByTopic',
  'Publish',
  'Receive',
  'RemovePermission',
  'SetTopicAttributes',
  'Subscribe',
]);

/** Adds a statement to a topic's policy, which is kept and told but not enforced. */
export const addPermission = snsOperation(
  {
    TopicArn: ARN,
    Label: LABEL,
    AWSAccountId: required({ type: 'list', countMax: 100, of: { type: 'text' } }),
    ActionName: required({ type: 'list', countMax: 20, of: { type: 'text' } }),
  },
  async (sns, { TopicArn, Label, AWSAccountId, ActionName }, context) => {
    const topic = readTopicArn(TopicArn, context);
    if (AWSAccountId.length === 0 || AWSAccountId.some((id) => !ACCOUNT.test(id))) throw invalidParameter('AWSAccountId');
    const odd = ActionName.find((name) => !ACTIONS.has(name));
    if (odd !== undefined || ActionName.length === 0) throw invalidParameter('Policy statement action out of service scope!');
    await changeTopic(sns, topic, (record) => {
      const policy = policyOf(topic, record);
      if (policy.Statement.some(({ Sid }) => Sid === Label)) throw invalidParameter('Statement already exists');
      const principals = AWSAccountId.map((id) => `arn:aws:iam::${id}:root`);
      const actions = ActionName.map((name) => `SNS:${name}`);
      const statement = {
        Sid: Label,
        Effect: 'Allow' as const,
        Principal: { AWS: principals.length === 1 ? principals[0] : principals },
        Action: actions.length === 1 ? actions[0] : actions,
        Resource: topicArn(topic),
      };
      return withPolicy(record, { ...policy, Statement: [...policy.Statement, statement] });
    });
    return undefined;
  },
);

/** Takes a statement off a topic's policy. Throws NotFound when there is none with the label. */
export const removePermission = snsOperation({ TopicArn: ARN, Label: LABEL }, async (sns, { TopicArn, Label }, context) => {
  const topic = readTopicArn(TopicArn, context);
  await changeTopic(sns, topic, (record) => {
    const policy = policyOf(topic, record);
    const statements = policy.Statement.filter(({ Sid }) => Sid !== Label);
    if (statements.length === policy.Statement.length) throw snsError('NotFound', 'Statement does not exist');
    return withPolicy(record, { ...policy, Statement: statements });
  });
  return undefined;
});

function policyOf(topic: TopicName, { attributes }: TopicRecord): TopicPolicy {
  return parsePolicy(attributes['Policy'] ?? '') ?? defaultPolicy(topic);
}

function withPolicy(record: TopicRecord, policy: TopicPolicy): TopicRecord {
  return { ...record, attributes: { ...record.attributes, Policy: JSON.stringify(policy) } };
}
