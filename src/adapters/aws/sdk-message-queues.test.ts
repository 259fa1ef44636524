import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ReceiveMessageCommandInput, SQS } from '@aws-sdk/client-sqs';
import { ServiceError } from '../../model/service-error.ts';
import { SdkMessageQueues } from './sdk-message-queues.ts';

const ARN = 'arn:aws:sqs:eu-west-1:123456789012:jobs';

/** The client of the SDK as far as it is used; what is not given answers with nothing. */
function play(answers: Partial<Record<keyof SQS, (input: never) => unknown>>): {
  queues: SdkMessageQueues;
  calls: [string, unknown][];
  regions: string[];
} {
  const calls: [string, unknown][] = [];
  const regions: string[] = [];
  const client = (region: string): SQS =>
    new Proxy({} as SQS, {
      get: (_, name: string) => async (input: never) => {
        calls.push([name, input]);
        const answer = answers[name as keyof SQS];
        if (name === 'getQueueUrl' && !answer) return { QueueUrl: `https://sqs.${region}.example/jobs` };
        return (await answer?.(input)) ?? {};
      },
    });
  const queues = new SdkMessageQueues(({ region }) => {
    regions.push(String(region));
    return client(String(region));
  }, {});
  return { queues, calls, regions };
}

function named(name: string): Error {
  return Object.assign(new Error(`told by ${name}`), { name });
}

test('a queue is asked for by its name and its account, once for many calls', async () => {
  const { queues, calls, regions } = play({});
  await Promise.all([
    queues.receive(ARN, { countMax: 1, waitMs: 0 }),
    queues.delete(ARN, ['h']),
    queues.send(ARN, { body: 'x' }),
  ]);
  const asked = calls.filter(([name]) => name === 'getQueueUrl').map(([, input]) => input);
  assert.deepEqual(asked, [{ QueueName: 'jobs', QueueOwnerAWSAccountId: '123456789012' }]);
  assert.deepEqual(regions, ['eu-west-1', 'eu-west-1']);
});

test('a queue that is gone is asked for anew: it may have been made elsewhere', async () => {
  for (const code of ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue']) {
    const { queues, calls } = play({ sendMessage: () => Promise.reject(named(code)) });
    for (let time = 0; time < 2; time += 1) await assert.rejects(queues.send(ARN, { body: 'x' }), { code: 'QueueDoesNotExist' });
    assert.equal(calls.filter(([name]) => name === 'getQueueUrl').length, 2);
  }
});

test('only what SQS itself refuses is a refusal', async () => {
  const outcome = async (code: string): Promise<boolean> => {
    const { queues } = play({ sendMessage: () => Promise.reject(named(code)) });
    return queues.send(ARN, { body: 'x' }).then(assert.fail, (error: unknown) => error instanceof ServiceError);
  };
  for (const code of ['InvalidMessageContents', 'InvalidParameterValue', 'AWS.SimpleQueueService.UnsupportedOperation'])
    assert.equal(await outcome(code), true, code);
  for (const code of [
    'ExpiredToken',
    'AccessDenied',
    'SignatureDoesNotMatch',
    'RequestThrottled',
    'OverLimit',
    'ECONNREFUSED',
    'AbortError',
  ])
    assert.equal(await outcome(code), false, code);
});

test('handles that no longer count are passed over, and faults of the queue are not', async () => {
  const failed = (SenderFault: boolean) =>
    play({ deleteMessageBatch: () => ({ Failed: [{ Id: '0', Code: 'Odd', SenderFault }] }) });
  await failed(true).queues.delete(ARN, ['old']);
  await assert.rejects(failed(false).queues.delete(ARN, ['h']), /could not take 1 of 1 entries: Odd/);
});

test('a wait is rounded up to seconds, and never asks for more than ten messages', async () => {
  const { queues, calls } = play({});
  await queues.receive(ARN, { countMax: 50, waitMs: 1 });
  await queues.receive(ARN, { countMax: 3, waitMs: 0, visibilityTimeoutSeconds: 7 });
  const asked = calls
    .filter(([name]) => name === 'receiveMessage')
    .map(([, input]) => input as ReceiveMessageCommandInput)
    .map(({ MaxNumberOfMessages, WaitTimeSeconds, VisibilityTimeout }) => [
      MaxNumberOfMessages,
      WaitTimeSeconds,
      VisibilityTimeout,
    ]);
  assert.deepEqual(asked, [
    [10, 1, undefined],
    [3, 0, 7],
  ]);
});

test('without an endpoint AWS is meant, though the environment of the server names this server', async (t) => {
  const before = process.env['AWS_ENDPOINT_URL'];
  process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:4566';
  t.after(() => (before === undefined ? delete process.env['AWS_ENDPOINT_URL'] : (process.env['AWS_ENDPOINT_URL'] = before)));
  let reached = '';
  const handle = async ({ hostname }: { hostname: string }): Promise<never> => {
    reached = hostname;
    throw new Error('not sent');
  };
  const queues = new SdkMessageQueues((config) => new SQS({ ...config, maxAttempts: 1, requestHandler: { handle } as never }), {
    accessKeyId: 'a',
    secretAccessKey: 'b',
  });
  await assert.rejects(queues.send(ARN, { body: 'x' }), /not sent/);
  assert.equal(reached, 'sqs.eu-west-1.amazonaws.com');
});

test('clients are made for so many regions and no more', async () => {
  const { queues, regions } = play({});
  for (let number = 1; number <= 50; number += 1)
    await queues.send(`arn:aws:sqs:xx-made-${number}:123456789012:q`, { body: 'x' });
  await assert.rejects(queues.send('arn:aws:sqs:xx-made-51:123456789012:q', { body: 'x' }), /more than 50 regions/);
  assert.equal(new Set(regions).size, 50);
});
