import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConfirmSubscriptionCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  SetSubscriptionAttributesCommand,
  type SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { ACCOUNT, FUNCTION_ARN, openEndpoint, openSns, queueArn, until } from './sns-fixture.ts';

const invalid = (reason: string) => ({ name: 'InvalidParameterException', message: `Invalid parameter: ${reason}` });
const NOT_FOUND = { name: 'NotFoundException', message: 'Subscription does not exist' };

async function attributesOf(client: SNSClient, SubscriptionArn: string): Promise<Record<string, string>> {
  return (await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes ?? {};
}

test('queues and functions are subscribed at once, and an endpoint only once', async (t) => {
  const { client, topic, subscribe } = await openSns(t);
  const TopicArn = await topic('news');
  const first = await subscribe({
    TopicArn,
    Protocol: 'sqs',
    Endpoint: queueArn('q'),
    Attributes: { RawMessageDelivery: 'true' },
  });
  assert.match(first, new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
  assert.equal(await subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('q') }), first);
  await assert.rejects(
    subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('q'), Attributes: { RawMessageDelivery: 'false' } }),
    invalid('Attributes Reason: Subscription already exists with different attributes'),
  );
  assert.deepEqual(await attributesOf(client, first), {
    ConfirmationWasAuthenticated: 'true',
    Endpoint: queueArn('q'),
    Owner: ACCOUNT,
    PendingConfirmation: 'false',
    Protocol: 'sqs',
    RawMessageDelivery: 'true',
    SubscriptionArn: first,
    SubscriptionPrincipal: `arn:aws:iam::${ACCOUNT}:root`,
    TopicArn,
  });
  const second = await subscribe({ TopicArn, Protocol: 'lambda', Endpoint: `${FUNCTION_ARN}:live` });
  const { Subscriptions = [] } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  assert.deepEqual(Subscriptions.map(({ SubscriptionArn }) => SubscriptionArn).toSorted(), [first, second].toSorted());
  assert.deepEqual((await client.send(new ListSubscriptionsCommand({}))).Subscriptions, Subscriptions);
  const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
  assert.equal(Attributes?.['SubscriptionsConfirmed'], '2');
  await client.send(new UnsubscribeCommand({ SubscriptionArn: first }));
  await client.send(new UnsubscribeCommand({ SubscriptionArn: first }));
  await assert.rejects(attributesOf(client, first), NOT_FOUND);
  assert.notEqual(await subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('q') }), first);
  await client.send(new DeleteTopicCommand({ TopicArn }));
  await assert.rejects(attributesOf(client, second), NOT_FOUND);
});

test('what can not be delivered to is refused by name', async (t) => {
  const { client, topic, subscribe } = await openSns(t);
  const TopicArn = await topic('news');
  const ordered = await topic('ordered.fifo', { FifoTopic: 'true' });
  const cases: [string, string, string, string?][] = [
    ['pigeon', 'x', 'Invalid parameter: Amazon SNS does not support this protocol string: pigeon'],
    ['email', 'a@b.c', 'lambkin does not deliver by the protocol email yet.'],
    ['sms', '+1', 'lambkin does not deliver by the protocol sms yet.'],
    ['sqs', 'http://127.0.0.1/1/q', 'Invalid parameter: SQS endpoint ARN'],
    ['lambda', 'f', 'Invalid parameter: Lambda endpoint ARN'],
    ['http', 'https://x', 'Invalid parameter: Endpoint must match the specified protocol'],
    ['http', 'http://', 'Invalid parameter: Endpoint'],
    ['http', 'http://169.254.169.254/latest', 'Invalid parameter: Endpoint Reason: link-local addresses are not delivered to'],
    ['http', 'http://2852039166/', 'Invalid parameter: Endpoint Reason: link-local addresses are not delivered to'],
    ['http', 'http://[fe80::1]/', 'Invalid parameter: Endpoint Reason: link-local addresses are not delivered to'],
    ['http', 'http://[::ffff:169.254.1.1]/', 'Invalid parameter: Endpoint Reason: link-local addresses are not delivered to'],
    ['lambda', FUNCTION_ARN, 'Invalid parameter: Invalid parameter: Endpoint Reason: Please use FIFO SQS queue', ordered],
    [
      'sqs',
      queueArn('q.fifo'),
      'Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
    ],
  ];
  for (const [Protocol, Endpoint, message, arn = TopicArn] of cases)
    await assert.rejects(subscribe({ TopicArn: arn, Protocol, Endpoint }), { message }, `${Protocol} ${Endpoint}`);
  await assert.rejects(subscribe({ TopicArn: `${TopicArn}2`, Protocol: 'sqs', Endpoint: queueArn('q') }), {
    name: 'NotFoundException',
  });
  await assert.rejects(
    client.send(new UnsubscribeCommand({ SubscriptionArn: 'x' })),
    invalid('SubscriptionArn Reason: An ARN must have at least 6 elements, not 1'),
  );
});

test('attributes of subscriptions are checked, in the words that tell where they were given', async (t) => {
  const { client, topic, subscribe } = await openSns(t);
  const TopicArn = await topic('news');
  const make = (Attributes: Record<string, string>) =>
    subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('q'), Attributes });
  const cases: [Record<string, string>, string][] = [
    [{ RawMessageDelivery: 'x' }, 'RawMessageDelivery: Invalid value [x]. Must be true or false.'],
    [{ RedrivePolicy: '{"deadLetterTargetArn":"x"}' }, 'RedrivePolicy: deadLetterTargetArn is an invalid arn'],
    [{ RedrivePolicy: '{invalid' }, 'RedrivePolicy: failed to parse JSON.'],
    [{ DeliveryPolicy: '{}' }, 'DeliveryPolicy: is not supported for the protocol sqs'],
    [
      { FilterPolicyScope: 'Body' },
      'FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or MessageAttributes',
    ],
    [{ FilterPolicy: '{"a":{"b":["c"]}}' }, 'Filter policy scope MessageAttributes does not support nested filter policy'],
  ];
  for (const [attributes, reason] of cases) await assert.rejects(make(attributes), invalid(`Attributes Reason: ${reason}`));
  await assert.rejects(make({ FilterPolicy: '{"a":"b"}' }), { message: /^Invalid parameter: Attributes Reason: FilterPolicy: / });
  await assert.rejects(make({ Color: 'red' }), invalid('Attributes Reason: Unknown attribute: Color'));
  await assert.rejects(make({ ReplayPolicy: '{}' }), {
    message: 'lambkin does not implement ReplayPolicy of subscriptions yet.',
  });
  const SubscriptionArn = await make({ FilterPolicy: '{"a":["b"]}' });
  const set = (AttributeName: string, AttributeValue?: string) =>
    client.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }));
  const [attributes, reason] = cases[0] ?? [{}, ''];
  await assert.rejects(set('RawMessageDelivery', attributes['RawMessageDelivery']), invalid(reason));
  await assert.rejects(set('RawMessageDelivery', ''), invalid('RawMessageDelivery: Invalid value []. Must be true or false.'));
  await assert.rejects(set('Color', 'red'), invalid('AttributeName'));
  await set('FilterPolicyScope', 'MessageBody');
  await set('FilterPolicy', '{"a":{"b":["c"]}}');
  const { FilterPolicy, FilterPolicyScope } = await attributesOf(client, SubscriptionArn);
  assert.deepEqual([FilterPolicy, FilterPolicyScope], ['{"a":{"b":["c"]}}', 'MessageBody']);
  await assert.rejects(set('FilterPolicyScope', 'MessageAttributes'), { name: 'InvalidParameterException' });
  await set('FilterPolicy', '{}');
  assert.equal((await attributesOf(client, SubscriptionArn))['FilterPolicy'], undefined);
});

test('an HTTP endpoint gets no message before it confirms, by the link or by the operation', async (t) => {
  const { client, topic, clock } = await openSns(t);
  const { url, received } = await openEndpoint(t);
  const TopicArn = await topic('news');
  const input = { TopicArn, Protocol: 'http', Endpoint: url };
  assert.equal((await client.send(new SubscribeCommand(input))).SubscriptionArn, 'pending confirmation');
  await until(() => received.length === 1);
  const [{ headers, body } = { headers: {}, body: '' }] = received;
  const message = JSON.parse(body) as Record<string, string>;
  assert.equal(headers['x-amz-sns-message-type'], 'SubscriptionConfirmation');
  assert.equal(headers['x-amz-sns-topic-arn'], TopicArn);
  assert.equal(headers['x-amz-sns-message-id'], message['MessageId']);
  assert.equal(headers['x-amz-sns-subscription-arn'], undefined);
  assert.equal(headers['content-type'], 'text/plain; charset=UTF-8');
  assert.equal(headers['user-agent'], 'Amazon Simple Notification Service Agent');
  const { Token = '', SubscribeURL = '', Signature, SigningCertURL, MessageId, ...others } = message;
  assert.ok(Signature && SigningCertURL && MessageId);
  assert.deepEqual(others, {
    Type: 'SubscriptionConfirmation',
    TopicArn,
    Message: `You have chosen to subscribe to the topic ${TopicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    Timestamp: new Date(clock.now()).toISOString(),
    SignatureVersion: '1',
  });
  const [pending] = (await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [];
  assert.equal(pending?.SubscriptionArn, 'PendingConfirmation');
  // Asking again sends the request again.
  const again = await client.send(new SubscribeCommand({ ...input, ReturnSubscriptionArn: true }));
  await until(() => received.length === 2);
  await assert.rejects(client.send(new ConfirmSubscriptionCommand({ TopicArn, Token: 'x' })), {
    name: 'InvalidParameterException',
    message: 'Invalid token',
  });
  await assert.rejects(
    client.send(new ConfirmSubscriptionCommand({ TopicArn, Token: `${Token.slice(0, -1)}${Token.endsWith('0') ? '1' : '0'}` })),
    invalid('Token'),
  );
  // The link is followed without a signature, in whatever region the topic is.
  const answer = await fetch(SubscribeURL);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), new RegExp(`<SubscriptionArn>${again.SubscriptionArn}</SubscriptionArn>`));
  const attributes = await attributesOf(client, again.SubscriptionArn ?? '');
  assert.deepEqual([attributes['PendingConfirmation'], attributes['ConfirmationWasAuthenticated']], ['false', 'false']);
  const { SubscriptionArn } = await client.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
  assert.equal(SubscriptionArn, again.SubscriptionArn);
});

test('a subscription that wants it is ended by signed requests alone', async (t) => {
  const { client, topic, endpoint } = await openSns(t);
  const { url, received } = await openEndpoint(t);
  const TopicArn = await topic('news');
  await client.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: url }));
  await until(() => received.length === 1);
  const { Token } = JSON.parse(received[0]?.body ?? '') as { Token: string };
  const { SubscriptionArn = '' } = await client.send(
    new ConfirmSubscriptionCommand({ TopicArn, Token, AuthenticateOnUnsubscribe: 'true' }),
  );
  const answer = await fetch(`${endpoint}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}&Version=2010-03-31`);
  assert.equal(answer.status, 403);
  assert.equal((await attributesOf(client, SubscriptionArn))['ConfirmationWasAuthenticated'], 'true');
  await client.send(new UnsubscribeCommand({ SubscriptionArn }));
});
