import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SQSRecord } from 'aws-lambda';
import type { ReceivedMessage } from '../../ports/message-queue.ts';
import { queueRecordOf } from './queue-event.ts';

const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:orders.fifo';

const MESSAGE: ReceivedMessage = {
  messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
  receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
  body: '{"n": 1}',
  md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
  attributes: {
    ApproximateReceiveCount: '2',
    SentTimestamp: '1545082649183',
    SenderId: 'AIDAIENQZJOLO23YVJ4VO',
    ApproximateFirstReceiveTimestamp: '1545082649185',
    SequenceNumber: '18849496460467696128',
    MessageGroupId: 'g',
    MessageDeduplicationId: 'd',
    AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
    DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:first.fifo',
  },
  messageAttributes: {
    text: { dataType: 'String', stringValue: 'A' },
    number: { dataType: 'Number.int', stringValue: '5' },
    bytes: { dataType: 'Binary', binaryValue: Buffer.from([1, 2, 255]) },
    empty: { dataType: 'Binary', binaryValue: Buffer.alloc(0) },
  },
  md5OfMessageAttributes: '00484c68fb7bd0e697a0ae8f1bb34284',
};

// The published types know every field that functions may look for: each must be there.
const RECORD: Required<SQSRecord> = {
  messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
  receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
  body: '{"n": 1}',
  attributes: {
    ApproximateReceiveCount: '2',
    SentTimestamp: '1545082649183',
    SenderId: 'AIDAIENQZJOLO23YVJ4VO',
    ApproximateFirstReceiveTimestamp: '1545082649185',
    SequenceNumber: '18849496460467696128',
    MessageGroupId: 'g',
    MessageDeduplicationId: 'd',
    AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
    DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:first.fifo',
  } satisfies Required<SQSRecord['attributes']>,
  messageAttributes: {
    text: { stringValue: 'A', stringListValues: [], binaryListValues: [], dataType: 'String' },
    number: { stringValue: '5', stringListValues: [], binaryListValues: [], dataType: 'Number.int' },
    bytes: { binaryValue: 'AQL/', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
    empty: { binaryValue: '', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
  },
  md5OfMessageAttributes: '00484c68fb7bd0e697a0ae8f1bb34284',
  md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
  eventSource: 'aws:sqs',
  eventSourceARN: QUEUE,
  awsRegion: 'eu-west-1',
};

const delivered = (message: ReceivedMessage, hasWindow: boolean): Record<string, unknown> =>
  JSON.parse(JSON.stringify(queueRecordOf(message, QUEUE, hasWindow))) as Record<string, unknown>;

test('a record has every field of the published types, with the values of the message', () => {
  assert.deepEqual(delivered(MESSAGE, false), RECORD);
  assert.deepEqual(delivered(MESSAGE, true), RECORD);
  assert.deepEqual(Object.keys(delivered(MESSAGE, false)), Object.keys(RECORD));
});

test('the digest of attributes that a message lacks is left out, or null where batches are waited for', () => {
  const { md5OfMessageAttributes: _, ...rest } = MESSAGE;
  const plain = { ...rest, messageAttributes: {} };
  assert.deepEqual(delivered(plain, false)['messageAttributes'], {});
  assert.equal('md5OfMessageAttributes' in delivered(plain, false), false);
  assert.equal(delivered(plain, true)['md5OfMessageAttributes'], null);
});
