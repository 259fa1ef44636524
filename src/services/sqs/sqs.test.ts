import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddPermissionCommand,
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSServiceException,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { openSqs, type SqsFixture } from './sqs-fixture.ts';

const ARN = 'arn:aws:sqs:us-east-1:000000000000:';

async function make({ client }: SqsFixture, name: string, attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  return QueueUrl;
}

async function bodies({ client }: SqsFixture, url: string, max = 10): Promise<(string | undefined)[]> {
  const answer = await client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: max }));
  return (answer.Messages ?? []).map(({ Body }) => Body);
}

async function fails(promise: Promise<unknown>, name: string, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: SQSServiceException) => {
    assert.match(`${error.name}: ${error.message}`, message);
    assert.equal(error.name, name);
    return true;
  });
}

test('queues are made once, found, listed by pages, tagged and deleted', async (t) => {
  const sqs = await openSqs(t);
  const { client } = sqs;
  const url = await make(sqs, 'a', { VisibilityTimeout: '7' });
  assert.equal(url, `${sqs.endpoint}/000000000000/a`);
  assert.equal(await make(sqs, 'a', { VisibilityTimeout: '7' }), url);
  await fails(
    make(sqs, 'a', { VisibilityTimeout: '8' }),
    'QueueNameExists',
    /A queue already exists with the same name and a different value for attribute VisibilityTimeout/,
  );
  await fails(make(sqs, 'a b'), 'InvalidParameterValue', /1 to 80 in length/);
  await fails(make(sqs, 'c', { Nonsense: '1' }), 'InvalidAttributeName', /Unknown Attribute Nonsense\./);
  await fails(make(sqs, 'c', { DelaySeconds: '901' }), 'InvalidAttributeValue', /Invalid value for the parameter DelaySeconds\./);
  for (const name of ['p-1', 'p-2', 'p-3']) await make(sqs, name);
  const first = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'p-', MaxResults: 2 }));
  const rest = await client.send(
    new ListQueuesCommand({ QueueNamePrefix: 'p-', MaxResults: 2, ...(first.NextToken ? { NextToken: first.NextToken } : {}) }),
  );
  assert.deepEqual([first.QueueUrls?.length, rest.QueueUrls?.length, rest.NextToken], [2, 1, undefined]);
  await client.send(new TagQueueCommand({ QueueUrl: url, Tags: { one: '1', two: '2' } }));
  await client.send(new UntagQueueCommand({ QueueUrl: url, TagKeys: ['one'] }));
  assert.deepEqual((await client.send(new ListQueueTagsCommand({ QueueUrl: url }))).Tags, { two: '2' });
  await client.send(new DeleteQueueCommand({ QueueUrl: url }));
  await fails(
    client.send(new GetQueueUrlCommand({ QueueName: 'a' })),
    'QueueDoesNotExist',
    /The specified queue does not exist\./,
  );
});

test('attributes are told with their defaults, changed, and counted', async (t) => {
  const sqs = await openSqs(t);
  const { client } = sqs;
  const url = await make(sqs, 'q');
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { DelaySeconds: '5', Policy: '{}' } }));
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'later' }));
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'now', DelaySeconds: 0 }));
  assert.deepEqual(await bodies(sqs, url), ['now']);
  await client.send(
    new AddPermissionCommand({ QueueUrl: url, Label: 'l', AWSAccountIds: ['111122223333'], Actions: ['SendMessage'] }),
  );
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  assert.match(Attributes?.['Policy'] ?? '', /"Action":\["SQS:SendMessage"\]/);
  await client.send(new RemovePermissionCommand({ QueueUrl: url, Label: 'l' }));
  assert.deepEqual(
    { ...Attributes, Policy: '', CreatedTimestamp: '', LastModifiedTimestamp: '' },
    {
      QueueArn: `${ARN}q`,
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '1',
      CreatedTimestamp: '',
      LastModifiedTimestamp: '',
      VisibilityTimeout: '30',
      DelaySeconds: '5',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      ReceiveMessageWaitTimeSeconds: '0',
      SqsManagedSseEnabled: 'true',
      Policy: '',
    },
  );
  await client.send(new PurgeQueueCommand({ QueueUrl: url }));
  await fails(
    client.send(new PurgeQueueCommand({ QueueUrl: url })),
    'PurgeQueueInProgress',
    /Only one PurgeQueue operation on q/,
  );
});

test('a message comes back with its attributes and digests, is hidden, shown again and deleted', async (t) => {
  const sqs = await openSqs(t);
  const { client, clock } = sqs;
  const url = await make(sqs, 'q');
  const sent = await client.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: 'körper',
      MessageAttributes: {
        'my.text': { DataType: 'String', StringValue: 'x' },
        'my.bytes': { DataType: 'Binary.png', BinaryValue: Buffer.from([1, 2, 3]) },
        count: { DataType: 'Number', StringValue: '7' },
      },
      MessageSystemAttributes: {
        AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
      },
    }),
  );
  assert.match(sent.MD5OfMessageSystemAttributes ?? '', /^[0-9a-f]{32}$/);
  const ask = new ReceiveMessageCommand({ QueueUrl: url, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] });
  const [message] = (await client.send(ask)).Messages ?? [];
  assert.deepEqual(
    [message?.Body, message?.MessageId, message?.MD5OfMessageAttributes],
    ['körper', sent.MessageId, sent.MD5OfMessageAttributes],
  );
  assert.deepEqual(Buffer.from(message?.MessageAttributes?.['my.bytes']?.BinaryValue ?? []), Buffer.from([1, 2, 3]));
  assert.deepEqual(message?.Attributes, {
    SenderId: '000000000000',
    ApproximateFirstReceiveTimestamp: String(clock.now()),
    ApproximateReceiveCount: '1',
    SentTimestamp: String(clock.now()),
    AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
  });
  const handle = { QueueUrl: url, ReceiptHandle: message?.ReceiptHandle ?? '' };
  assert.deepEqual(await bodies(sqs, url), []);
  await client.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 0 }));
  const filtered = await client.send(new ReceiveMessageCommand({ QueueUrl: url, MessageAttributeNames: ['my.*'] }));
  const [again] = filtered.Messages ?? [];
  assert.deepEqual(Object.keys(again?.MessageAttributes ?? {}).toSorted(), ['my.bytes', 'my.text']);
  await fails(
    client.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 5 })),
    'InvalidParameterValue',
    /not available for visibility timeout change/,
  );
  await clock.advance(31_000);
  await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: again?.ReceiptHandle ?? '' }));
  assert.deepEqual(await bodies(sqs, url), [], 'deleted though its time was over, for nobody else had it');
  await fails(
    client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'nonsense' })),
    'ReceiptHandleIsInvalid',
    /The input receipt handle "nonsense" is not a valid receipt handle\./,
  );
});

test('what a message may not be is refused in words of SQS', async (t) => {
  const sqs = await openSqs(t);
  const { client } = sqs;
  const url = await make(sqs, 'q', { MaximumMessageSize: '1024' });
  const send = (more: object): Promise<unknown> =>
    client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x', ...more }));
  await fails(send({ MessageBody: '' }), 'MissingParameter', /must contain the parameter MessageBody/);
  await fails(send({ MessageBody: '\u0001' }), 'InvalidMessageContents', /Invalid characters found/);
  await fails(send({ MessageBody: 'x'.repeat(1_025) }), 'InvalidParameterValue', /Message must be shorter than 1024 bytes/);
  await fails(send({ DelaySeconds: 901 }), 'InvalidParameterValue', /DelaySeconds must be >= 0 and <= 900\./);
  await fails(
    send({ MessageAttributes: { a: { DataType: 'Wrong', StringValue: 'x' } } }),
    'InvalidParameterValue',
    /Binary, Number, String/,
  );
  await fails(send({ QueueUrl: `${sqs.endpoint}/000000000000/none` }), 'QueueDoesNotExist', /does not exist/);
  await fails(
    client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 11 })),
    'InvalidParameterValue',
    /Value 11 for parameter MaxNumberOfMessages is invalid\. Reason: Must be between 1 and 10, if provided\./,
  );
});

test('batches tell of each entry, and are refused as a whole when they are no batch', async (t) => {
  const sqs = await openSqs(t);
  const { client } = sqs;
  const url = await make(sqs, 'q');
  const batch = (Entries: { Id: string; MessageBody: string; DelaySeconds?: number }[]) =>
    client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  const sent = await batch([
    { Id: 'good', MessageBody: 'x' },
    { Id: 'bad', MessageBody: '\u0000' },
  ]);
  assert.deepEqual(
    sent.Successful?.map(({ Id }) => Id),
    ['good'],
  );
  assert.deepEqual(
    [sent.Failed?.[0]?.Id, sent.Failed?.[0]?.Code, sent.Failed?.[0]?.SenderFault],
    ['bad', 'InvalidMessageContents', true],
  );
  await fails(batch([]), 'EmptyBatchRequest', /There should be at least one SendMessageBatchRequestEntry in the request\./);
  await fails(
    batch([
      { Id: 'a', MessageBody: 'x' },
      { Id: 'a', MessageBody: 'x' },
    ]),
    'BatchEntryIdsNotDistinct',
    /Id a repeated\./,
  );
  await fails(batch([{ Id: 'a b', MessageBody: 'x' }]), 'InvalidBatchEntryId', /at most 80 letters long/);
  const many = Array.from({ length: 11 }, (_, index) => ({ Id: String(index), MessageBody: 'x' }));
  await fails(batch(many), 'TooManyEntriesInBatchRequest', /Maximum number of entries per request are 10\. You have sent 11\./);
  const big = [1, 2].map((Id) => ({ Id: String(Id), MessageBody: 'x'.repeat(600_000) }));
  await fails(batch(big), 'BatchRequestTooLong', /longer than 1048576 bytes\. You have sent 1200000 bytes\./);
  const received = await client.send(new ReceiveMessageCommand({ QueueUrl: url }));
  const ReceiptHandle = received.Messages?.[0]?.ReceiptHandle ?? '';
  const Entries = [
    { Id: '1', ReceiptHandle, VisibilityTimeout: 60 },
    { Id: '2', ReceiptHandle: 'nonsense', VisibilityTimeout: 60 },
  ];
  const changed = await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
  assert.deepEqual([changed.Successful?.length, changed.Failed?.[0]?.Code], [1, 'ReceiptHandleIsInvalid']);
  const deleted = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: url,
      Entries: Entries.map(({ Id, ReceiptHandle: handle }) => ({ Id, ReceiptHandle: handle })),
    }),
  );
  assert.deepEqual([deleted.Successful?.length, deleted.Failed?.length], [1, 1]);
});

test('a FIFO queue keeps order in its groups, locks them, and takes twins once for five minutes', async (t) => {
  const sqs = await openSqs(t);
  const { client, clock } = sqs;
  const url = await make(sqs, 'q.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  const send = (MessageBody: string, MessageGroupId: string) =>
    client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, MessageGroupId }));
  const first = await send('1', 'g');
  const twin = await send('1', 'g');
  assert.deepEqual([twin.MessageId, twin.SequenceNumber], [first.MessageId, first.SequenceNumber]);
  const second = await send('2', 'g');
  assert.match(second.SequenceNumber ?? '', /^\d{20}$/);
  assert.ok((second.SequenceNumber ?? '') > (first.SequenceNumber ?? ''));
  await send('3', 'g');
  await send('h', 'h');
  const attempt = { QueueUrl: url, MaxNumberOfMessages: 2, ReceiveRequestAttemptId: 'r' };
  const run = (await client.send(new ReceiveMessageCommand(attempt))).Messages ?? [];
  assert.deepEqual(
    run.map(({ Body }) => Body),
    ['1', '2'],
  );
  const repeated = (await client.send(new ReceiveMessageCommand(attempt))).Messages ?? [];
  assert.deepEqual(
    repeated.map(({ Body }) => Body),
    ['1', '2'],
  );
  assert.deepEqual(await bodies(sqs, url), ['h'], 'the group is locked');
  for (const { ReceiptHandle = '' } of run) await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
  assert.deepEqual(await bodies(sqs, url), ['3']);
  await clock.advance(300_001);
  assert.notEqual((await send('1', 'g')).MessageId, first.MessageId);
  await fails(client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' })), 'MissingParameter', /MessageGroupId/);
});

test('what is received too often goes to the dead-letter queue, and comes back by a move task', async (t) => {
  const sqs = await openSqs(t);
  const { client, clock } = sqs;
  const dead = await make(sqs, 'dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${ARN}dead`, maxReceiveCount: 1 });
  const url = await make(sqs, 'q', { RedrivePolicy, VisibilityTimeout: '1' });
  await fails(
    make(sqs, 'other', { RedrivePolicy: RedrivePolicy.replace('dead"', 'none"') }),
    'InvalidParameterValue',
    /for parameter RedrivePolicy is invalid\. Reason: Dead letter target does not exist\./,
  );
  const sources = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
  assert.deepEqual(sources.queueUrls, [url]);
  const sent = await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'poison' }));
  const sentAtMs = clock.now();
  assert.deepEqual(await bodies(sqs, url), ['poison']);
  await clock.advance(1_001);
  assert.deepEqual(await bodies(sqs, url), []);
  const ask = new ReceiveMessageCommand({ QueueUrl: dead, MessageSystemAttributeNames: ['All'], VisibilityTimeout: 0 });
  const [message] = (await client.send(ask)).Messages ?? [];
  assert.equal(message?.MessageId, sent.MessageId);
  assert.equal(message?.Attributes?.DeadLetterQueueSourceArn, `${ARN}q`);
  assert.equal(message?.Attributes?.SentTimestamp, String(sentAtMs));
  await client.send(new StartMessageMoveTaskCommand({ SourceArn: `${ARN}dead` }));
  let status: string | undefined;
  for (let tries = 0; status !== 'COMPLETED'; tries += 1) {
    assert.ok(tries < 500, status);
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: `${ARN}dead` }));
    status = Results?.[0]?.Status;
    if (status === 'COMPLETED') assert.equal(Results?.[0]?.ApproximateNumberOfMessagesMoved, 1);
  }
  assert.deepEqual(await bodies(sqs, url), ['poison']);
});

test('a move task keeps to its rate, and what was not moved when it is cancelled stays', async (t) => {
  const sqs = await openSqs(t);
  const { client, clock } = sqs;
  const dead = await make(sqs, 'dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${ARN}dead`, maxReceiveCount: 1 });
  await make(sqs, 'q', { RedrivePolicy });
  const to = await make(sqs, 'to');
  for (const MessageBody of ['1', '2', '3']) await client.send(new SendMessageCommand({ QueueUrl: dead, MessageBody }));
  const SourceArn = `${ARN}dead`;
  const input = { SourceArn, DestinationArn: `${ARN}to`, MaxNumberOfMessagesPerSecond: 1 };
  const { TaskHandle } = await client.send(new StartMessageMoveTaskCommand(input));
  await fails(client.send(new StartMessageMoveTaskCommand(input)), 'UnsupportedOperation', /There is already a task running/);
  const movedAtLeast = async (count: number): Promise<void> => {
    for (let tries = 0; ; tries += 1) {
      assert.ok(tries < 500);
      const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn }));
      if ((Results?.[0]?.ApproximateNumberOfMessagesMoved ?? 0) >= count) return;
    }
  };
  await movedAtLeast(1);
  await clock.advance(1_000);
  await movedAtLeast(2);
  const cancelled = await client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  assert.equal(cancelled.ApproximateNumberOfMessagesMoved, 2);
  await clock.advance(10_000);
  assert.deepEqual((await bodies(sqs, to)).toSorted(), ['1', '2']);
  assert.deepEqual(await bodies(sqs, dead), ['3']);
  const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn }));
  assert.deepEqual([Results?.[0]?.Status, Results?.[0]?.TaskHandle], ['CANCELLED', undefined]);
  const again = client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
  await fails(again, 'UnsupportedOperation', /Active task not found/);
});

test('messages older than the queue keeps them are gone', async (t) => {
  const sqs = await openSqs(t);
  const url = await make(sqs, 'q', { MessageRetentionPeriod: '60' });
  await sqs.client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'old' }));
  await sqs.clock.advance(60_000);
  assert.deepEqual(await bodies(sqs, url), []);
});

test('a waiting receiver is woken by a message, by the end of its time, and by the end of a visibility', async (t) => {
  const sqs = await openSqs(t);
  const { client, clock, queues } = sqs;
  const url = await make(sqs, 'q');
  const arn = `${ARN}q`;
  const waiting = queues.receive(arn, { countMax: 10, waitMs: 20_000, visibilityTimeoutSeconds: 5 });
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'hello' }));
  assert.equal((await waiting)[0]?.body, 'hello');
  const started = clock.pending;
  const later = queues.receive(arn, { countMax: 10, waitMs: 20_000 });
  while (clock.pending === started) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(5_000);
  assert.equal((await later)[0]?.attributes['ApproximateReceiveCount'], '2');
  const empty = queues.receive(arn, { countMax: 10, waitMs: 1_000 });
  while (clock.pending === started) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(1_000);
  assert.deepEqual(await empty, []);
  const aborted = new AbortController();
  const left = queues.receive(arn, { countMax: 1, waitMs: 20_000, signal: aborted.signal });
  aborted.abort();
  assert.deepEqual(await left, []);
  await assert.rejects(queues.describe(`${ARN}none`), { name: 'QueueDoesNotExist' });
});

test('the query protocol does the same, at the root and at the URL of a queue', async (t) => {
  const { form } = await openSqs(t);
  const [status, made] = await form('/', {
    Action: 'CreateQueue',
    QueueName: 'q',
    'Attribute.1.Name': 'DelaySeconds',
    'Attribute.1.Value': '0',
  });
  assert.equal(status, 200, made);
  assert.match(made, /<CreateQueueResult><QueueUrl>http:\/\/127\.0\.0\.1:\d+\/000000000000\/q<\/QueueUrl><\/CreateQueueResult>/);
  const [, sent] = await form('/000000000000/q', {
    Action: 'SendMessage',
    MessageBody: 'a<b',
    'MessageAttribute.1.Name': 'n',
    'MessageAttribute.1.Value.DataType': 'String',
    'MessageAttribute.1.Value.StringValue': 'v',
  });
  assert.match(sent, /<MD5OfMessageAttributes>[0-9a-f]{32}</);
  const [, got] = await form('/000000000000/q', {
    Action: 'ReceiveMessage',
    'AttributeName.1': 'All',
    'MessageAttributeName.1': 'All',
    MaxNumberOfMessages: '10',
  });
  assert.match(got, /<Body>a&lt;b<\/Body><Attribute><Name>SenderId<\/Name><Value>000000000000<\/Value><\/Attribute>/);
  assert.match(got, /<MessageAttribute><Name>n<\/Name><Value><DataType>String<\/DataType><StringValue>v<\/StringValue><\/Value>/);
  const [missing, error] = await form('/000000000000/none', { Action: 'SendMessage', MessageBody: 'x' });
  assert.equal(missing, 400);
  assert.match(
    error,
    /<Type>Sender<\/Type><Code>AWS\.SimpleQueueService\.NonExistentQueue<\/Code><Message>The specified queue does not exist for this wsdl version\.</,
  );
  const [, batch] = await form('/000000000000/q', {
    Action: 'SendMessageBatch',
    'SendMessageBatchRequestEntry.1.Id': 'a',
    'SendMessageBatchRequestEntry.1.MessageBody': 'x',
    'SendMessageBatchRequestEntry.2.Id': 'b',
    'SendMessageBatchRequestEntry.2.MessageBody': '',
  });
  assert.match(
    batch,
    /<SendMessageBatchResultEntry><Id>a<\/Id>.*<BatchResultErrorEntry><Id>b<\/Id><Code>MissingParameter<\/Code>/,
  );
});
