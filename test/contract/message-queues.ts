import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../src/model/service-error.ts';
import type { MessageQueues, ReceivedMessage } from '../../src/ports/message-queue.ts';

/** Queues to be tested, and how to make some. */
export interface QueuesUnderTest {
  readonly queues: MessageQueues;
  /** Makes a queue and resolves with its ARN. */
  make(name: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
}

const LONG_MS = 10_000;

/** What all message queues must do, on the system's clock. Nothing sleeps: what takes time is waited for by long polls. */
export function testMessageQueues(name: string, open: () => Promise<QueuesUnderTest>): void {
  const opened = lazily(open);
  const run = `${process.pid.toString(36)}${process.hrtime.bigint().toString(36)}`;
  let made = 0;
  const check = (title: string, body: (given: QueuesUnderTest, unique: (suffix?: string) => string) => Promise<void>): void => {
    const unique = (suffix = ''): string => `contract-${run}-${(made += 1)}${suffix}`;
    test(`${name}: ${title}`, async () => body(await opened(), unique));
  };
  testMessages(check);
  testVisibility(check);
  testOrder(check);
}

type Check = (title: string, body: (given: QueuesUnderTest, unique: (suffix?: string) => string) => Promise<void>) => void;

function testMessages(check: Check): void {
  check('a message comes back whole, with its attributes and digests', async ({ queues, make }, unique) => {
    const arn = await make(unique());
    const messageAttributes = {
      Author: { dataType: 'String', stringValue: 'Ä' },
      Size: { dataType: 'Number', stringValue: '12' },
      Blob: { dataType: 'Binary', binaryValue: Buffer.from([0, 255]) },
    };
    const id = await queues.send(arn, { body: '{"ü":"\u{1f600}"}', messageAttributes, traceHeader: 'Root=1-2-3' });
    const [message] = await queues.receive(arn, { countMax: 10, waitMs: LONG_MS });
    assert.ok(message);
    assert.deepEqual([message.messageId, message.body], [id, '{"ü":"\u{1f600}"}']);
    assert.match(message.md5OfBody, /^[\da-f]{32}$/);
    assert.match(message.md5OfMessageAttributes ?? '', /^[\da-f]{32}$/);
    const { Blob, ...texts } = message.messageAttributes;
    assert.deepEqual(texts, { Author: messageAttributes.Author, Size: messageAttributes.Size });
    assert.deepEqual([Blob?.dataType, [...(Blob?.binaryValue ?? [])]], ['Binary', [0, 255]]);
    const { ApproximateReceiveCount, SentTimestamp, ApproximateFirstReceiveTimestamp, SenderId, AWSTraceHeader } =
      message.attributes;
    assert.deepEqual([ApproximateReceiveCount, AWSTraceHeader], ['1', 'Root=1-2-3']);
    assert.match(`${SentTimestamp} ${ApproximateFirstReceiveTimestamp}`, /^\d{13} \d{13}$/);
    assert.ok(SenderId);
  });

  check('a message without attributes has no digest of them', async ({ queues, make }, unique) => {
    const arn = await make(unique());
    await queues.send(arn, { body: 'x' });
    const [message] = await queues.receive(arn, { countMax: 1, waitMs: LONG_MS });
    assert.deepEqual([message?.messageAttributes, message?.md5OfMessageAttributes], [{}, undefined]);
  });

  check('a queue tells what it is', async ({ queues, make }, unique) => {
    const dead = await make(unique());
    assert.deepEqual(await queues.describe(dead), { visibilityTimeoutSeconds: 30, fifo: false });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 7 });
    const arn = await make(unique(), { VisibilityTimeout: '5', RedrivePolicy });
    assert.deepEqual(await queues.describe(arn), { visibilityTimeoutSeconds: 5, fifo: false, maxReceiveCount: 7 });
    const ordered = await make(unique('.fifo'), { FifoQueue: 'true' });
    assert.deepEqual(await queues.describe(ordered), { visibilityTimeoutSeconds: 30, fifo: true });
  });

  check('a queue that is not there makes every call reject by name', async ({ queues, make }, unique) => {
    const arn = `${await make(unique())}-not`;
    for (const call of [
      () => queues.describe(arn),
      () => queues.send(arn, { body: 'x' }),
      () => queues.receive(arn, { countMax: 1, waitMs: 0 }),
      () => queues.delete(arn, ['handle']),
      () => queues.changeVisibility(arn, ['handle'], 0),
    ]) {
      await assert.rejects(call, (error) => error instanceof ServiceError && error.code === 'QueueDoesNotExist');
    }
  });

  check('what a queue refuses is a ServiceError, which trying again would not help', async ({ queues, make }, unique) => {
    const arn = await make(unique());
    await assert.rejects(queues.send(arn, { body: 'a\u0000b' }), ServiceError);
    const ordered = await make(unique('.fifo'), { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    await assert.rejects(queues.send(ordered, { body: 'without a group' }), ServiceError);
  });
}

function testVisibility(check: Check): void {
  check('a message is hidden until it is shown again, and gone when it is deleted', async ({ queues, make }, unique) => {
    const arn = await make(unique());
    await queues.send(arn, { body: 'x' });
    const [first] = await queues.receive(arn, { countMax: 1, waitMs: LONG_MS });
    assert.ok(first);
    assert.deepEqual(await queues.receive(arn, { countMax: 1, waitMs: 0 }), []);
    await queues.changeVisibility(arn, [first.receiptHandle], 0);
    const [second] = await queues.receive(arn, { countMax: 1, waitMs: LONG_MS });
    assert.equal(second?.attributes['ApproximateReceiveCount'], '2');
    await queues.delete(arn, [second.receiptHandle]);
    await queues.delete(arn, [second.receiptHandle]);
    await queues.changeVisibility(arn, [second.receiptHandle], 0);
    assert.deepEqual(await queues.receive(arn, { countMax: 1, waitMs: 1_000 }), []);
  });

  check('a receiver may say for how long a message is hidden, and a sender for how long it is delayed', async (given, unique) => {
    const { queues, make } = given;
    const arn = await make(unique());
    await queues.send(arn, { body: 'x', delaySeconds: 1 });
    const request = { countMax: 1, waitMs: LONG_MS, visibilityTimeoutSeconds: 1 };
    assert.deepEqual(await queues.receive(arn, { ...request, waitMs: 0 }), []);
    assert.equal((await queues.receive(arn, request)).length, 1);
    assert.deepEqual(await queues.receive(arn, { ...request, waitMs: 0 }), []);
    const [again] = await queues.receive(arn, request);
    assert.equal(again?.attributes['ApproximateReceiveCount'], '2');
  });

  check('more handles than a request holds are settled all the same', async ({ queues, make }, unique) => {
    const arn = await make(unique());
    await Promise.all(Array.from({ length: 25 }, (_, index) => queues.send(arn, { body: String(index) })));
    const handles = (await drain(queues, arn, 25)).map(({ receiptHandle }) => receiptHandle);
    await queues.changeVisibility(arn, handles, 0);
    const again = await drain(queues, arn, 25);
    assert.equal(new Set(again.map(({ body }) => body)).size, 25);
    await queues.delete(
      arn,
      again.map(({ receiptHandle }) => receiptHandle),
    );
    assert.deepEqual(await queues.receive(arn, { countMax: 10, waitMs: 0 }), []);
  });

  check('a long poll is woken by a message, and ended by its signal or its time', async ({ queues, make }, unique) => {
    const arn = await make(unique());
    assert.deepEqual(await queues.receive(arn, { countMax: 1, waitMs: 1_000 }), []);
    const waiting = queues.receive(arn, { countMax: 1, waitMs: LONG_MS });
    await queues.send(arn, { body: 'wake' });
    assert.equal((await waiting)[0]?.body, 'wake');
    const stop = new AbortController();
    const stopped = queues.receive(arn, { countMax: 1, waitMs: 20_000, signal: stop.signal });
    const beganMs = performance.now();
    stop.abort();
    assert.deepEqual(await stopped, []);
    assert.ok(performance.now() - beganMs < 5_000);
    assert.deepEqual(await queues.receive(arn, { countMax: 1, waitMs: 20_000, signal: stop.signal }), []);
  });

  check('many receivers wait at a time, and hold up neither senders nor each other', async ({ queues, make }, unique) => {
    const arn = await make(unique());
    const receivers = Array.from({ length: 80 }, () => queues.receive(arn, { countMax: 1, waitMs: LONG_MS }));
    await Promise.all(receivers.map((_, index) => queues.send(arn, { body: String(index) })));
    const bodies = (await Promise.all(receivers)).flat().map(({ body }) => body);
    assert.equal(new Set(bodies).size, 80);
  });

  check('a message that was received too often is in the dead-letter queue', async ({ queues, make }, unique) => {
    const dead = await make(unique());
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 1 });
    const arn = await make(unique(), { RedrivePolicy });
    await queues.send(arn, { body: 'poison' });
    const [first] = await queues.receive(arn, { countMax: 1, waitMs: LONG_MS });
    await queues.changeVisibility(arn, [first?.receiptHandle ?? ''], 0);
    assert.deepEqual(await queues.receive(arn, { countMax: 1, waitMs: 1_000 }), []);
    assert.equal((await queues.receive(dead, { countMax: 1, waitMs: LONG_MS }))[0]?.body, 'poison');
  });
}

function testOrder(check: Check): void {
  check('a FIFO queue keeps the order of a group, locks it, and takes twins once', async ({ queues, make }, unique) => {
    const arn = await make(unique('.fifo'), { FifoQueue: 'true' });
    for (const number of [1, 2, 3, 3, 4]) {
      await queues.send(arn, { body: String(number), groupId: 'g', deduplicationId: String(number) });
    }
    const first = await queues.receive(arn, { countMax: 2, waitMs: LONG_MS });
    assert.deepEqual(
      first.map(({ body }) => body),
      ['1', '2'],
    );
    const attributes = first[0]?.attributes ?? {};
    assert.deepEqual([attributes['MessageGroupId'], attributes['MessageDeduplicationId']], ['g', '1']);
    assert.match(attributes['SequenceNumber'] ?? '', /^\d+$/);
    assert.deepEqual(await queues.receive(arn, { countMax: 10, waitMs: 0 }), []);
    await queues.delete(
      arn,
      first.map(({ receiptHandle }) => receiptHandle),
    );
    const rest = await queues.receive(arn, { countMax: 10, waitMs: LONG_MS });
    assert.deepEqual(
      rest.map(({ body }) => body),
      ['3', '4'],
    );
  });
}

/** So many messages, by as many receives as that takes. */
async function drain(queues: MessageQueues, arn: string, count: number): Promise<ReceivedMessage[]> {
  const messages: ReceivedMessage[] = [];
  while (messages.length < count) {
    const received = await queues.receive(arn, { countMax: 10, waitMs: LONG_MS });
    assert.notEqual(received.length, 0, `only ${messages.length} of ${count} messages came`);
    messages.push(...received);
  }
  return messages;
}

function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}
