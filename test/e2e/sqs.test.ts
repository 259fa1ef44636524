import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from './server.ts';

// SQS behind a real server: by the official client, by the AWS CLI, and across kills.

function clientOf(server: TestServer): SQSClient {
  return new SQSClient({ ...clientOptions(server), maxAttempts: 1 });
}

function findCli(): string | undefined {
  for (const program of ['/usr/bin/aws', 'aws']) {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return program;
    } catch {
      // Not there.
    }
  }
  return undefined;
}

const cli = findCli();
const skip = cli ? false : 'this machine has no AWS CLI (Debian: awscli)';

test('messages, receipts, order and twins survive a kill; what was deleted stays deleted', async () => {
  const server = await startServer();
  const before = clientOf(server);
  const url = (await before.send(new CreateQueueCommand({ QueueName: 'kept' }))).QueueUrl ?? '';
  const fifo = await before.send(new CreateQueueCommand({ QueueName: 'kept.fifo', Attributes: { FifoQueue: 'true' } }));
  const group = { QueueUrl: fifo.QueueUrl ?? '', MessageGroupId: 'g' };
  for (let batch = 0; batch < 10; batch += 1) {
    const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: `${batch}-${index}` }));
    const sent = await before.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    assert.equal(sent.Successful?.length, 10);
  }
  for (const id of ['1', '2', '3']) {
    await before.send(new SendMessageCommand({ ...group, MessageBody: id, MessageDeduplicationId: id }));
  }
  const receive = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 2, VisibilityTimeout: 600 });
  const [deleted, held] = (await before.send(receive)).Messages ?? [];
  await before.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: deleted?.ReceiptHandle ?? '' }));
  before.destroy();
  const restarted = await server.restart();
  const after = clientOf(restarted);
  const move = (old: string): string => old.replace(server.endpoint, restarted.endpoint);
  await after.send(new DeleteMessageCommand({ QueueUrl: move(url), ReceiptHandle: held?.ReceiptHandle ?? '' }));
  const found = new Set<string>();
  for (;;) {
    const answer = await after.send(new ReceiveMessageCommand({ QueueUrl: move(url), MaxNumberOfMessages: 10 }));
    if (!answer.Messages) break;
    for (const { Body } of answer.Messages) found.add(Body ?? '');
  }
  assert.equal(found.size, 98, 'all but the two that were deleted');
  assert.ok(!found.has(deleted?.Body ?? '') && !found.has(held?.Body ?? ''));
  const onward = { ...group, QueueUrl: move(group.QueueUrl) };
  await after.send(new SendMessageCommand({ ...onward, MessageBody: 'twin', MessageDeduplicationId: '3' }));
  const ordered = await after.send(new ReceiveMessageCommand({ QueueUrl: onward.QueueUrl, MaxNumberOfMessages: 10 }));
  assert.deepEqual(
    ordered.Messages?.map(({ Body }) => Body),
    ['1', '2', '3'],
  );
  after.destroy();
  assert.equal(await restarted.close(), 0, restarted.output());
});

test('a receiver that waits gets a message at once, and does not keep the server from stopping', async () => {
  const server = await startServer();
  const client = clientOf(server);
  const url = (await client.send(new CreateQueueCommand({ QueueName: 'q' }))).QueueUrl ?? '';
  const delays: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const waiting = client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }));
    await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' }));
    const sentMs = performance.now();
    const [message] = (await waiting).Messages ?? [];
    delays.push(performance.now() - sentMs);
    await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle ?? '' }));
  }
  const median = delays.toSorted((a, b) => a - b)[10] ?? Infinity;
  console.log(`from the answer to a send to the answer of the receive that waited: ${median.toFixed(1)} ms (median of 20)`);
  assert.ok(median < 1_000);
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 })).catch(() => undefined);
  await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  const stoppedMs = performance.now();
  assert.equal(await server.close(), 0, server.output());
  assert.ok(performance.now() - stoppedMs < 15_000, 'the wait ended with the server');
  await waiting;
  client.destroy();
});

test('the AWS CLI, which speaks the query protocol, does every operation that it knows', { skip, timeout: 300_000 }, async () => {
  const server = await startServer();
  const run = promisify(execFile);
  const done = new Set<string>();
  const aws = async (operation: string, ...args: readonly string[]): Promise<Record<string, unknown>> => {
    const { stdout } = await run(cli ?? '', ['--endpoint-url', server.endpoint, '--output', 'json', 'sqs', operation, ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: server.dataDirectory,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
    done.add(operation);
    return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  };
  const arn = 'arn:aws:sqs:us-east-1:000000000000:';
  const dead = String((await aws('create-queue', '--queue-name', 'dead'))['QueueUrl']);
  const policy = JSON.stringify({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${arn}dead`, maxReceiveCount: '5' }) });
  const made = await aws('create-queue', '--queue-name', 'q', '--attributes', policy, '--tags', 'one=1');
  const url = String(made['QueueUrl']);
  const at = ['--queue-url', url];
  assert.equal((await aws('get-queue-url', '--queue-name', 'q'))['QueueUrl'], url);
  assert.deepEqual((await aws('list-queues'))['QueueUrls'], [dead, url]);
  assert.deepEqual((await aws('list-dead-letter-source-queues', '--queue-url', dead))['queueUrls'], [url]);
  await aws('tag-queue', ...at, '--tags', 'two=2');
  await aws('untag-queue', ...at, '--tag-keys', 'one');
  assert.deepEqual((await aws('list-queue-tags', ...at))['Tags'], { two: '2' });
  await aws('set-queue-attributes', ...at, '--attributes', 'VisibilityTimeout=45');
  const told = (await aws('get-queue-attributes', ...at, '--attribute-names', 'All'))['Attributes'] as Record<string, string>;
  assert.equal(told['VisibilityTimeout'], '45');
  await aws('add-permission', ...at, '--label', 'l', '--aws-account-ids', '111122223333', '--actions', 'SendMessage');
  await aws('remove-permission', ...at, '--label', 'l');
  await aws(
    'send-message',
    ...at,
    '--message-body',
    'one',
    '--message-attributes',
    '{"n":{"DataType":"String","StringValue":"v"}}',
  );
  await aws('send-message-batch', ...at, '--entries', '[{"Id":"a","MessageBody":"two"},{"Id":"b","MessageBody":"three"}]');
  const received = await aws('receive-message', ...at, '--max-number-of-messages', '10', '--message-attribute-names', 'All');
  const messages = received['Messages'] as { Body: string; ReceiptHandle: string }[];
  assert.deepEqual(messages.map(({ Body }) => Body).toSorted(), ['one', 'three', 'two']);
  const [first, second] = messages.map(({ ReceiptHandle }) => ReceiptHandle);
  await aws('change-message-visibility', ...at, '--receipt-handle', first ?? '', '--visibility-timeout', '90');
  const entries = JSON.stringify([{ Id: 'a', ReceiptHandle: second, VisibilityTimeout: 90 }]);
  await aws('change-message-visibility-batch', ...at, '--entries', entries);
  await aws('delete-message', ...at, '--receipt-handle', first ?? '');
  await aws('delete-message-batch', ...at, '--entries', JSON.stringify([{ Id: 'a', ReceiptHandle: second }]));
  await aws('purge-queue', ...at);
  await aws('delete-queue', ...at);
  console.log(`by the AWS CLI: ${[...done].toSorted().join(', ')}`);
  // The three of move tasks are younger than Debian's CLI; the tests beside the service have them.
  assert.equal(done.size, 20);
  assert.equal(await server.close(), 0, server.output());
});
