import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetDelivery } from '../ports/event-target.ts';
import type { InvokeRequest } from '../ports/invoker.ts';
import type { MessageQueues, OutgoingMessage } from '../ports/message-queue.ts';
import type { ObjectToWrite } from '../ports/object-writer.ts';
import type { TopicMessage } from '../ports/topic-publisher.ts';
import { createEventTargets } from './event-targets.ts';

const accepted: InvokeRequest[] = [];
const written: ObjectToWrite[] = [];
const sent: { queueArn: string; message: OutgoingMessage }[] = [];
const dependencies = {
  accept: async (request: InvokeRequest) => void accepted.push(request),
  objects: { write: async (object: ObjectToWrite) => void written.push(object) },
  ids: { uuid: () => 'fresh', hex: () => 'unused', random: () => 0 },
};
const queues = {
  send: async (queueArn: string, message: OutgoingMessage) => {
    sent.push({ queueArn, message });
    return 'id';
  },
} as MessageQueues;
const delivery = (targetArn: string, more: Partial<TargetDelivery> = {}): TargetDelivery => ({
  targetArn,
  account: '000000000000',
  region: 'us-east-1',
  body: '{"a":"é"}',
  traceHeader: 'Root=1-x;Lineage=aaaaaaaa:0',
  ...more,
});

test('a function gets the body as an event of its own, under its qualifier', async () => {
  await createEventTargets(dependencies).deliver(delivery('arn:aws:lambda:eu-west-1:111111111111:function:f:live'));
  assert.deepEqual(accepted.splice(0), [
    {
      account: '111111111111',
      region: 'eu-west-1',
      functionName: 'f',
      qualifier: 'live',
      requestId: 'fresh',
      payload: Buffer.from('{"a":"é"}'),
      traceHeader: 'Root=1-x;Lineage=aaaaaaaa:0',
    },
  ]);
});

test('a bucket gets an object under the key', async () => {
  await createEventTargets(dependencies).deliver(delivery('arn:aws:s3:::records', { objectKey: 'a/b' }));
  assert.deepEqual(written.splice(0), [
    {
      bucket: 'records',
      key: 'a/b',
      body: Buffer.from('{"a":"é"}'),
      contentType: 'application/json',
      traceHeader: 'Root=1-x;Lineage=aaaaaaaa:0',
    },
  ]);
});

test('a queue gets a message with the attributes in their types', async () => {
  const queueArn = 'arn:aws:sqs:us-east-1:000000000000:dead';
  const attributes = { RequestID: 'a', ErrorCode: 200 };
  await createEventTargets({ ...dependencies, queues }).deliver(delivery(queueArn, { attributes }));
  assert.deepEqual(sent.splice(0), [
    {
      queueArn,
      message: {
        body: '{"a":"é"}',
        messageAttributes: {
          RequestID: { dataType: 'String', stringValue: 'a' },
          ErrorCode: { dataType: 'Number', stringValue: '200' },
        },
        traceHeader: 'Root=1-x;Lineage=aaaaaaaa:0',
      },
    },
  ]);
});

test('a topic gets a message with the attributes and the subject', async () => {
  const published: unknown[] = [];
  const topics = { publish: async (topicArn: string, message: TopicMessage) => void published.push({ topicArn, ...message }) };
  const topicArn = 'arn:aws:sns:us-east-1:000000000000:topic';
  await createEventTargets({ ...dependencies, topics }).deliver(
    delivery(topicArn, { attributes: { ErrorCode: 200 }, subject: 'About' }),
  );
  const traceHeader = 'Root=1-x;Lineage=aaaaaaaa:0';
  assert.deepEqual(published, [{ topicArn, body: '{"a":"é"}', subject: 'About', attributes: { ErrorCode: 200 }, traceHeader }]);
});

test('services that are not there refuse by their names', async () => {
  const targets = createEventTargets(dependencies);
  for (const [arn, service] of [
    ['arn:aws:sns:us-east-1:000000000000:topic', 'sns'],
    ['arn:aws:events:us-east-1:000000000000:event-bus/default', 'events'],
    ['arn:aws:sqs:us-east-1:000000000000:dead', 'sqs'],
    ['kafka://topic', 'kafka'],
  ] as const)
    await assert.rejects(targets.deliver(delivery(arn)), {
      code: 'NotImplementedException',
      message: `lambkin can not deliver to ${service} yet: ${arn}`,
    });
});
