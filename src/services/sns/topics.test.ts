import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddPermissionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PutDataProtectionPolicyCommand,
  RemovePermissionCommand,
  SetTopicAttributesCommand,
  type SNSClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import { ACCOUNT, openSns } from './sns-fixture.ts';

const ARN = `arn:aws:sns:us-east-1:${ACCOUNT}:news`;
const invalid = (reason: string) => ({ name: 'InvalidParameterException', message: `Invalid parameter: ${reason}` });
const NOT_FOUND = { name: 'NotFoundException', message: 'Topic does not exist' };

async function attributesOf(client: SNSClient, TopicArn = ARN): Promise<Record<string, string>> {
  return (await client.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};
}

test('a topic is made once, and has the attributes that AWS gives it', async (t) => {
  const { client, topic } = await openSns(t);
  assert.equal(await topic('news'), ARN);
  assert.equal(await topic('news'), ARN);
  const { Policy = '', EffectiveDeliveryPolicy = '', ...others } = await attributesOf(client);
  assert.deepEqual(others, {
    DisplayName: '',
    Owner: ACCOUNT,
    SubscriptionsConfirmed: '0',
    SubscriptionsDeleted: '0',
    SubscriptionsPending: '0',
    TopicArn: ARN,
  });
  assert.deepEqual(JSON.parse(EffectiveDeliveryPolicy), {
    http: {
      defaultHealthyRetryPolicy: {
        minDelayTarget: 20,
        maxDelayTarget: 20,
        numRetries: 3,
        numMaxDelayRetries: 0,
        numNoDelayRetries: 0,
        numMinDelayRetries: 0,
        backoffFunction: 'linear',
      },
      disableSubscriptionOverrides: false,
      defaultRequestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
    },
  });
  assert.equal(JSON.parse(Policy).Statement[0].Resource, ARN);
  await client.send(new SetTopicAttributesCommand({ TopicArn: ARN, AttributeName: 'DisplayName', AttributeValue: 'News' }));
  assert.equal((await attributesOf(client))['DisplayName'], 'News');
  assert.equal(await topic('news', { DisplayName: 'News' }), ARN);
  await assert.rejects(
    topic('news', { DisplayName: 'Olds' }),
    invalid('Attributes Reason: Topic already exists with different attributes'),
  );
});

test('names of topics are checked, those of FIFO topics end in .fifo', async (t) => {
  const { client, topic } = await openSns(t);
  for (const name of ['', 'a'.repeat(257), 'a:b', 'a b', 'a.fifo', 'a.b'])
    await assert.rejects(topic(name), invalid('Topic Name'));
  await topic('a'.repeat(256));
  await assert.rejects(topic('ordered', { FifoTopic: 'true' }), {
    message: /^Invalid parameter: Fifo Topic names must end with \.fifo/,
  });
  const arn = await topic('ordered.fifo', { FifoTopic: 'true', ContentBasedDeduplication: 'true' });
  const { FifoTopic, ContentBasedDeduplication } = await attributesOf(client, arn);
  assert.deepEqual([FifoTopic, ContentBasedDeduplication], ['true', 'true']);
});

test('attributes that are none, or of which something would not happen, are refused by name', async (t) => {
  const { client, topic } = await openSns(t);
  await assert.rejects(topic('x', { Color: 'red' }), invalid('Attributes Reason: Unknown attribute: Color'));
  await assert.rejects(topic('x', { ArchivePolicy: '{}' }), {
    message: 'lambkin does not implement ArchivePolicy of topics yet.',
  });
  await assert.rejects(topic('x', { FifoThroughputScope: 'Topic' }), { message: /is only valid for FIFO topics$/ });
  await topic('news');
  const set = (AttributeName: string, AttributeValue: string) =>
    client.send(new SetTopicAttributesCommand({ TopicArn: ARN, AttributeName, AttributeValue }));
  await assert.rejects(set('FifoTopic', 'false'), invalid('AttributeName'));
  await assert.rejects(set('Color', 'red'), invalid('AttributeName'));
  await assert.rejects(set('SignatureVersion', '3'), { name: 'InvalidParameterException' });
  await assert.rejects(set('DeliveryPolicy', '{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":1}}}'), {
    message: /^Invalid parameter: DeliveryPolicy: http: .*defaultThrottlePolicy/,
  });
  await assert.rejects(set('DeliveryPolicy', 'x'), invalid('DeliveryPolicy: failed to parse JSON.'));
  await assert.rejects(client.send(new PutDataProtectionPolicyCommand({ ResourceArn: ARN, DataProtectionPolicy: '{}' })), {
    message: 'lambkin does not implement PutDataProtectionPolicy yet.',
  });
  await assert.rejects(client.send(new CreateTopicCommand({ Name: 'y', DataProtectionPolicy: '{}' })), {
    message: 'The parameter DataProtectionPolicy is not supported.',
  });
});

test('ARNs are told from texts that are none, and topics of other regions are not reached', async (t) => {
  const { client } = await openSns(t);
  const reason = (count: number) => invalid(`TopicArn Reason: An ARN must have at least 6 elements, not ${count}`);
  await assert.rejects(attributesOf(client, 'x'), reason(1));
  await assert.rejects(attributesOf(client, 'arn:aws:sns:us-east-1:111122223333'), reason(5));
  await assert.rejects(attributesOf(client, `arn:aws:sns:eu-west-1:${ACCOUNT}:news`), invalid('TopicArn'));
  await assert.rejects(attributesOf(client, `arn:aws:sqs:us-east-1:${ACCOUNT}:news`), invalid('TopicArn'));
  await assert.rejects(attributesOf(client), NOT_FOUND);
});

test('topics are listed by the hundred, and a deleted one is gone', async (t) => {
  const { client, topic } = await openSns(t);
  const arns: string[] = [];
  for (let index = 0; index < 101; index += 1) arns.push(await topic(`topic-${String(index).padStart(3, '0')}`));
  const first = await client.send(new ListTopicsCommand({}));
  const second = await client.send(new ListTopicsCommand({ NextToken: first.NextToken }));
  const listed = [...(first.Topics ?? []), ...(second.Topics ?? [])].map(({ TopicArn }) => TopicArn);
  assert.deepEqual([first.Topics?.length, listed, second.NextToken], [100, arns, undefined]);
  await assert.rejects(client.send(new ListTopicsCommand({ NextToken: 'x' })), invalid('NextToken'));
  await client.send(new DeleteTopicCommand({ TopicArn: arns[0] }));
  await client.send(new DeleteTopicCommand({ TopicArn: arns[0] }));
  await assert.rejects(attributesOf(client, arns[0]), NOT_FOUND);
});

test('tags are set, told and taken away', async (t) => {
  const { client } = await openSns(t);
  const [a, b] = [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '2' },
  ];
  await client.send(new CreateTopicCommand({ Name: 'news', Tags: [b, a] }));
  await client.send(new CreateTopicCommand({ Name: 'news', Tags: [a, b] }));
  await assert.rejects(
    client.send(new CreateTopicCommand({ Name: 'news', Tags: [a] })),
    invalid('Tags Reason: Topic already exists with different tags'),
  );
  await client.send(new TagResourceCommand({ ResourceArn: ARN, Tags: [{ Key: 'b', Value: '3' }] }));
  await client.send(new UntagResourceCommand({ ResourceArn: ARN, TagKeys: ['a', 'z'] }));
  assert.deepEqual((await client.send(new ListTagsForResourceCommand({ ResourceArn: ARN }))).Tags, [{ Key: 'b', Value: '3' }]);
  await assert.rejects(
    client.send(new TagResourceCommand({ ResourceArn: ARN, Tags: [a, a] })),
    invalid('Duplicated keys are not allowed.'),
  );
  await assert.rejects(client.send(new ListTagsForResourceCommand({ ResourceArn: `${ARN}2` })), {
    name: 'ResourceNotFoundException',
    message: 'Resource does not exist',
  });
});

test('permissions become statements of the policy', async (t) => {
  const { client, topic } = await openSns(t);
  await topic('news');
  const add = (Label: string, ActionName = ['Publish']) =>
    client.send(new AddPermissionCommand({ TopicArn: ARN, Label, AWSAccountId: ['444455556666'], ActionName }));
  await add('friends');
  const statements = async () => JSON.parse((await attributesOf(client))['Policy'] ?? '').Statement;
  assert.deepEqual((await statements())[1], {
    Sid: 'friends',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::444455556666:root' },
    Action: 'SNS:Publish',
    Resource: ARN,
  });
  await assert.rejects(add('friends'), invalid('Statement already exists'));
  await assert.rejects(add('others', ['Fly']), invalid('Policy statement action out of service scope!'));
  await client.send(new RemovePermissionCommand({ TopicArn: ARN, Label: 'friends' }));
  assert.equal((await statements()).length, 1);
});
