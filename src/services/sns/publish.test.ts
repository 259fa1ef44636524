import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  ConfirmSubscriptionCommand,
  DeleteTopicCommand,
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  PublishCommand,
  type PublishCommandInput,
} from '@aws-sdk/client-sns';
import { ACCOUNT, FUNCTION_ARN, openEndpoint, openSns, queueArn, type SnsFixture, until } from './sns-fixture.ts';

const invalid = (reason: string) => ({ name: 'InvalidParameterException', message: `Invalid parameter: ${reason}` });
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:news`;
const publish = ({ client }: SnsFixture, input: Partial<PublishCommandInput>) =>
  client.send(new PublishCommand({ TopicArn: TOPIC, Message: 'hello', ...input }));

async function openTopic(t: Parameters<typeof openSns>[0]): Promise<SnsFixture> {
  const fixture = await openSns(t);
  await fixture.topic('news');
  return fixture;
}

test('a message that can not be taken is refused in the words of AWS', async (t) => {
  const fixture = await openTopic(t);
  const Message = 'x'.repeat(262_144);
  const cases: [Partial<PublishCommandInput>, string][] = [
    [{ Message: '' }, 'Empty message'],
    [{ Subject: '' }, 'Subject'],
    [{ Subject: 'x'.repeat(101) }, 'Subject'],
    [{ Subject: 'a\nb' }, 'Subject'],
    [{ Message: `${Message}x` }, 'Message too long'],
    [{ Message, MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } } }, 'Message too long'],
    [{ MessageStructure: 'json', Message: 'x' }, 'Message Structure - JSON message body failed to parse'],
    [{ MessageStructure: 'json', Message: '{"sqs":"x"}' }, 'Message Structure - No default entry in JSON message body'],
    [{ MessageStructure: 'json', Message: '{"default":{}}' }, 'Message Structure - No default entry in JSON message body'],
    [
      { MessageDeduplicationId: 'x' },
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    ],
    [{ TopicArn: undefined }, 'TopicArn or TargetArn Reason: no value for required parameter'],
    [
      { TopicArn: undefined, TargetArn: `arn:aws:sns:us-east-1:${ACCOUNT}:endpoint/APNS/a/b` },
      'TargetArn Reason: No endpoint found for the target arn specified',
    ],
  ];
  for (const [input, reason] of cases) await assert.rejects(publish(fixture, input), invalid(reason));
  await assert.rejects(publish(fixture, { TopicArn: `${TOPIC}2` }), {
    name: 'NotFoundException',
    message: 'Topic does not exist',
  });
  await assert.rejects(publish(fixture, { TopicArn: undefined, PhoneNumber: '+1' }), {
    message: 'lambkin does not send to a PhoneNumber yet.',
  });
  await publish(fixture, { Message });
  await publish(fixture, { TopicArn: undefined, TargetArn: TOPIC });
});

test('attributes of messages are checked in the words of AWS', async (t) => {
  const fixture = await openTopic(t);
  const attempt = (name: string, DataType: string, value: { StringValue?: string; BinaryValue?: Uint8Array }) =>
    publish(fixture, { MessageAttributes: { [name]: { DataType, ...value } } });
  const text = { StringValue: 'x' };
  const cases: [string, string, { StringValue?: string; BinaryValue?: Uint8Array }, string][] = [
    [
      'a',
      'String',
      {},
      "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'.",
    ],
    ['a', 'Binary', text, "The message attribute 'a' with type 'Binary' must use field 'Binary'."],
    ['a', 'Number', { BinaryValue: Buffer.from('1') }, "The message attribute 'a' with type 'Number' must use field 'String'."],
    [
      'a',
      'Strings',
      text,
      "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    ],
    ['a'.repeat(257), 'String', text, 'Length of message attribute name must be less than 256 bytes.'],
    [
      'a^b',
      'String',
      text,
      "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
    ],
    ['.a', 'String', text, "Invalid message attribute name starting with character '.' was found."],
    ['a.', 'String', text, "Invalid message attribute name ending with character '.' was found."],
    ['a..b', 'String', text, "Message attribute name can not have successive '.' character."],
  ];
  for (const [name, type, value, message] of cases)
    await assert.rejects(attempt(name, type, value), { name: 'InvalidParameterValueException', message });
  await attempt('a', 'String.mine', text);
});

test('a function gets the event exactly as AWS makes it', async (t) => {
  const fixture = await openTopic(t);
  const { subscribe, accepted, clock, endpoint, sns } = fixture;
  const SubscriptionArn = await subscribe({ TopicArn: TOPIC, Protocol: 'lambda', Endpoint: `${FUNCTION_ARN}:live` });
  const { MessageId } = await publish(fixture, {
    Message: 'h\u00e9llo',
    MessageAttributes: {
      s: { DataType: 'String', StringValue: 'x' },
      b: { DataType: 'Binary', BinaryValue: Buffer.from([2, 3, 4]) },
    },
  });
  await until(() => accepted.length === 1);
  const [{ payload, requestId: _id, ...request } = { payload: Buffer.from(''), requestId: '' }] = accepted;
  assert.deepEqual(request, { account: ACCOUNT, region: 'us-east-1', functionName: 'hear', qualifier: 'live' });
  const event = JSON.parse(Buffer.from(payload).toString());
  const { Signature, SigningCertUrl, ...Sns } = event.Records[0].Sns;
  assert.ok(Signature);
  assert.ok(SigningCertUrl.startsWith(`${endpoint}${sns.certificate.path}SimpleNotificationService-`));
  assert.deepEqual(
    { Records: [{ ...event.Records[0], Sns }] },
    {
      Records: [
        {
          EventSource: 'aws:sns',
          EventVersion: '1.0',
          EventSubscriptionArn: SubscriptionArn,
          Sns: {
            Type: 'Notification',
            MessageId,
            TopicArn: TOPIC,
            Subject: null,
            Message: 'h\u00e9llo',
            Timestamp: new Date(clock.now()).toISOString(),
            SignatureVersion: '1',
            UnsubscribeUrl: `${endpoint}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}&Version=2010-03-31`,
            MessageAttributes: { s: { Type: 'String', Value: 'x' }, b: { Type: 'Binary', Value: 'AgME' } },
          },
        },
      ],
    },
  );
});

test('a queue gets an envelope spaced as AWS spaces it, or the message itself with its attributes', async (t) => {
  const fixture = await openTopic(t);
  const { subscribe, sent } = fixture;
  const SubscriptionArn = await subscribe({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint: queueArn('wrapped') });
  await subscribe({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint: queueArn('raw'), Attributes: { RawMessageDelivery: 'true' } });
  const { MessageId } = await publish(fixture, {
    Subject: 'S',
    MessageStructure: 'json',
    Message: '{"default":"d","sqs":"for queues","lambda":"l","odd":{}}',
    MessageAttributes: {
      n: { DataType: 'Number', StringValue: '1' },
      b: { DataType: 'Binary', BinaryValue: Buffer.from([2, 3, 4]) },
    },
  });
  await until(() => sent.length === 2);
  const raw = sent.find((message) => message.queueArn === queueArn('raw'));
  assert.deepEqual(raw, {
    queueArn: queueArn('raw'),
    body: 'for queues',
    messageAttributes: {
      n: { dataType: 'Number', stringValue: '1' },
      b: { dataType: 'Binary', binaryValue: Buffer.from([2, 3, 4]) },
    },
  });
  const { body = '', messageAttributes } = sent.find((message) => message.queueArn === queueArn('wrapped')) ?? {};
  assert.equal(messageAttributes, undefined);
  const { Signature, SigningCertURL, UnsubscribeURL } = JSON.parse(body) as Record<string, string>;
  assert.ok(UnsubscribeURL?.includes(SubscriptionArn));
  assert.equal(
    body,
    `{
  "Type" : "Notification",
  "MessageId" : "${MessageId}",
  "TopicArn" : "${TOPIC}",
  "Subject" : "S",
  "Message" : "for queues",
  "Timestamp" : "2026-01-01T00:00:00.000Z",
  "SignatureVersion" : "1",
  "Signature" : "${Signature}",
  "SigningCertURL" : "${SigningCertURL}",
  "UnsubscribeURL" : "${UnsubscribeURL}",
  "MessageAttributes" : {
    "n" : {"Type":"Number","Value":"1"},
    "b" : {"Type":"Binary","Value":"AgME"}
  }
}`,
  );
});

test('an HTTP endpoint gets headers that tell of the message', async (t) => {
  const fixture = await openTopic(t);
  const { subscribe, client } = fixture;
  const { url, received } = await openEndpoint(t);
  const DeliveryPolicy = '{"requestPolicy":{"headerContentType":"application/json"}}';
  const Attributes = { RawMessageDelivery: 'true', DeliveryPolicy };
  const SubscriptionArn = await subscribe({ TopicArn: TOPIC, Protocol: 'http', Endpoint: url, Attributes });
  await until(() => received.length === 1);
  const { Token } = JSON.parse(received[0]?.body ?? '') as { Token: string };
  await client.send(new ConfirmSubscriptionCommand({ TopicArn: TOPIC, Token }));
  const { MessageId } = await publish(fixture, { Message: 'bare' });
  await until(() => received.length === 2);
  const { headers, body } = received[1] ?? { headers: {}, body: '' };
  assert.equal(body, 'bare');
  const own = Object.entries(headers).filter(([name]) => name.startsWith('x-amz') || name === 'content-type');
  assert.deepEqual(Object.fromEntries(own), {
    'content-type': 'application/json',
    'x-amz-sns-message-id': MessageId,
    'x-amz-sns-message-type': 'Notification',
    'x-amz-sns-rawdelivery': 'true',
    'x-amz-sns-subscription-arn': SubscriptionArn,
    'x-amz-sns-topic-arn': TOPIC,
  });
});

test('filter policies choose who gets a message, by its attributes or its text', async (t) => {
  const fixture = await openTopic(t);
  const { subscribe, sent } = fixture;
  const filter = (name: string, FilterPolicy: string, scope: Record<string, string> = {}) =>
    subscribe({
      TopicArn: TOPIC,
      Protocol: 'sqs',
      Endpoint: queueArn(name),
      Attributes: { RawMessageDelivery: 'true', FilterPolicy, ...scope },
    });
  await filter('attributes', '{"kind":["a",{"prefix":"b"}]}');
  await filter('body', '{"order":{"total":[{"numeric":[">",10]}]}}', { FilterPolicyScope: 'MessageBody' });
  await subscribe({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint: queueArn('all') });
  const kind = (StringValue: string) => ({ kind: { DataType: 'String', StringValue } });
  await publish(fixture, { MessageAttributes: kind('bc') });
  await publish(fixture, { MessageAttributes: kind('c'), Message: '{"order":{"total":11}}' });
  await publish(fixture, { Message: '{"order":{"total":9}}' });
  await until(() => sent.length === 5);
  const got = (name: string) => sent.filter((message) => message.queueArn === queueArn(name)).map(({ body }) => body);
  assert.deepEqual([got('attributes'), got('body'), got('all').length], [['hello'], ['{"order":{"total":11}}'], 3]);
});

test('a batch is published as a whole or not at all', async (t) => {
  const { client, topic, subscribe, sent } = await openTopic(t);
  const batch = (entries: PublishBatchRequestEntry[], TopicArn = TOPIC) =>
    client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }));
  const entry = (Id: string, Message = 'x') => ({ Id, Message });
  const refused: [PublishBatchRequestEntry[], string, string][] = [
    [[], 'EmptyBatchRequestException', "The batch request doesn't contain any entries."],
    [
      Array.from({ length: 11 }, (_, index) => entry(`e${index}`)),
      'TooManyEntriesInBatchRequestException',
      'The batch request contains more entries than permissible.',
    ],
    [[entry('a'), entry('a')], 'BatchEntryIdsNotDistinctException', 'Two or more batch entries in the request have the same Id.'],
    [
      [entry('a b')],
      'InvalidBatchEntryIdException',
      "The Id of a batch entry in a batch request doesn't abide by the specification.",
    ],
    [
      [entry('a', 'x'.repeat(200_000)), entry('b', 'x'.repeat(100_000))],
      'BatchRequestTooLongException',
      'The length of all the messages put together is more than the limit.',
    ],
  ];
  for (const [entries, name, message] of refused) await assert.rejects(batch(entries), { name, message });
  await assert.rejects(batch([entry('a'), entry('b', '')]), invalid('Empty message'));
  await subscribe({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint: queueArn('q'), Attributes: { RawMessageDelivery: 'true' } });
  const { Successful = [], Failed } = await batch([entry('a', '1'), entry('b', '2')]);
  assert.deepEqual(
    Successful.map(({ Id }) => Id),
    ['a', 'b'],
  );
  assert.deepEqual(Failed, []);
  await until(() => sent.length === 2);
  assert.deepEqual(sent.map(({ body }) => body).toSorted(), ['1', '2']);
  const ordered = await topic('ordered.fifo', { FifoTopic: 'true' });
  await assert.rejects(batch([entry('a')], ordered), invalid('The MessageGroupId parameter is required for FIFO topics'));
});

test('FIFO topics need groups and ids, number their messages and take none twice within five minutes', async (t) => {
  const fixture = await openSns(t);
  const { topic, subscribe, sent, clock } = fixture;
  const TopicArn = await topic('ordered.fifo', { FifoTopic: 'true' });
  const byContent = await topic('content.fifo', {
    FifoTopic: 'true',
    ContentBasedDeduplication: 'true',
    FifoThroughputScope: 'MessageGroup',
  });
  await subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('q.fifo') });
  await subscribe({
    TopicArn: byContent,
    Protocol: 'sqs',
    Endpoint: queueArn('plain'),
    Attributes: { RawMessageDelivery: 'true' },
  });
  await assert.rejects(publish(fixture, { TopicArn }), invalid('The MessageGroupId parameter is required for FIFO topics'));
  await assert.rejects(
    publish(fixture, { TopicArn, MessageGroupId: 'g' }),
    invalid('The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly'),
  );
  const input = { TopicArn, MessageGroupId: 'g', MessageDeduplicationId: 'd' };
  const first = await publish(fixture, input);
  assert.match(first.SequenceNumber ?? '', /^\d{20}$/);
  const again = await publish(fixture, { ...input, Message: 'other', MessageGroupId: 'h' });
  assert.deepEqual([again.MessageId, again.SequenceNumber], [first.MessageId, first.SequenceNumber]);
  await clock.advance(300_000);
  const later = await publish(fixture, input);
  assert.ok((later.SequenceNumber ?? '') > (first.SequenceNumber ?? ''));
  await until(() => sent.length === 2);
  const [{ groupId, deduplicationId, body } = { groupId: '', deduplicationId: '', body: '{}' }] = sent;
  assert.deepEqual([groupId, deduplicationId], ['g', 'd']);
  // Messages of FIFO topics are not signed.
  assert.deepEqual(Object.keys(JSON.parse(body) as object), [
    'Type',
    'MessageId',
    'SequenceNumber',
    'TopicArn',
    'Message',
    'Timestamp',
    'UnsubscribeURL',
  ]);
  for (const MessageGroupId of ['g', 'h', 'g']) await publish(fixture, { TopicArn: byContent, Message: 'same', MessageGroupId });
  await until(() => sent.length === 4);
  assert.deepEqual(sent.at(-1), { queueArn: queueArn('plain'), body: 'same' });
  assert.equal(
    createHash('sha256').update('Test').digest('hex'),
    '532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25',
  );
});

test('the rest of the server publishes by ARN, with attributes and a trace', async (t) => {
  const { sns, subscribe, sent, client } = await openTopic(t);
  await subscribe({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint: queueArn('q'), Attributes: { RawMessageDelivery: 'true' } });
  const traceHeader = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1';
  await sns.topics.publish(TOPIC, { body: '{}', attributes: { ErrorCode: 200, RequestID: 'r' }, traceHeader });
  await until(() => sent.length === 1);
  assert.deepEqual(sent[0], {
    queueArn: queueArn('q'),
    body: '{}',
    messageAttributes: {
      ErrorCode: { dataType: 'Number', stringValue: '200' },
      RequestID: { dataType: 'String', stringValue: 'r' },
    },
    traceHeader,
  });
  await client.send(new DeleteTopicCommand({ TopicArn: TOPIC }));
  await assert.rejects(sns.topics.publish(TOPIC, { body: '{}' }), { name: 'NotFound', message: 'Topic does not exist' });
});

test('the group of a message and the trace of its publisher go with it', async (t) => {
  const { subscribe, sent, accepted, endpoint } = await openTopic(t);
  await subscribe({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint: queueArn('q'), Attributes: { RawMessageDelivery: 'true' } });
  await subscribe({ TopicArn: TOPIC, Protocol: 'lambda', Endpoint: FUNCTION_ARN });
  const traceHeader = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1;Lineage=1:a87bd80c:0';
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-amzn-trace-id': traceHeader },
    body: `Action=Publish&Version=2010-03-31&TopicArn=${TOPIC}&Message=m&MessageGroupId=g`,
  });
  // Nothing but the version in a body tells whose request this is.
  assert.notEqual(answer.status, 200);
  const byQuery = await fetch(`${endpoint}/?Action=Publish&Version=2010-03-31&TopicArn=${TOPIC}&Message=m&MessageGroupId=g`, {
    headers: { 'x-amzn-trace-id': traceHeader },
  });
  assert.equal(byQuery.status, 200);
  await until(() => sent.length === 1 && accepted.length === 1);
  assert.deepEqual(sent, [{ queueArn: queueArn('q'), body: 'm', traceHeader, groupId: 'g' }]);
  assert.equal(accepted[0]?.traceHeader, traceHeader);
});
