import { z } from 'zod';
import { topicArn, type TopicName } from './records.ts';

const statementSchema = z.looseObject({ Sid: z.string().optional(), Effect: z.enum(['Allow', 'Deny']) });
const policySchema = z.looseObject({ Statement: z.union([statementSchema, z.array(statementSchema)]) });
const CHARACTERS_MAX = 30_720;

/** A topic's policy, as far as it is looked at. */
export interface TopicPolicy {
  readonly [name: string]: unknown;
  readonly Statement: readonly z.infer<typeof statementSchema>[];
}

/** The policy of a topic that was given none. */
export function defaultPolicy(topic: TopicName): TopicPolicy {
  return {
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'SNS:GetTopicAttributes',
          'SNS:SetTopicAttributes',
          'SNS:AddPermission',
          'SNS:RemovePermission',
          'SNS:DeleteTopic',
          'SNS:Subscribe',
          'SNS:ListSubscriptionsByTopic',
          'SNS:Publish',
        ],
        Resource: topicArn(topic),
        Condition: { StringEquals: { 'AWS:SourceOwner': topic.account } },
      },
    ],
  };
}

/** Reads the text of a policy; undefined when it is none. */
export function parsePolicy(text: string): TopicPolicy | undefined {
  if (text.length > CHARACTERS_MAX) return undefined;
  try {
    const { data } = policySchema.safeParse(JSON.parse(text));
    if (data === undefined) return undefined;
    return { ...data, Statement: Array.isArray(data.Statement) ? data.Statement : [data.Statement] };
  } catch {
    return undefined;
  }
}
