import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Target, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { ServiceError } from '../../model/service-error.ts';
import { ACCOUNT, FUNCTION, openScheduler, queueNamed, ROLE, type SchedulerFixture } from './scheduler-fixture.ts';

const MINUTE_MS = 60_000;
const ARN = `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule/default/s`;
const QUEUE = queueNamed('q');
const DEAD = queueNamed('dead');
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:t`;
const AT = 'at(2026-01-01T00:00:10)';

/** Runs a target once, a few seconds after it was put. */
async function runOnce(fixture: SchedulerFixture, target: Partial<Target>): Promise<void> {
  const Target = { Arn: FUNCTION, RoleArn: ROLE, ...target };
  await fixture.create({ Name: 's', ScheduleExpression: AT, Target });
  await fixture.clock.advance(20_000);
}

test('a target without an input gets a notification', async (t) => {
  const fixture = await openScheduler(t);
  await runOnce(fixture, {});
  const [{ delivery } = { delivery: undefined }] = fixture.delivered;
  const { id, ...event } = JSON.parse(delivery?.body ?? '{}');
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(event, {
    version: '0',
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: ACCOUNT,
    time: '2026-01-01T00:00:10Z',
    region: 'us-east-1',
    resources: [ARN],
    detail: '{}',
  });
  assert.equal(delivery?.targetArn, FUNCTION);
});

test('an input has its context attributes filled in', async (t) => {
  const fixture = await openScheduler(t);
  const Input =
    '{"arn":"<aws.scheduler.schedule-arn>","at":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>","n":<aws.scheduler.attempt-number>}';
  await runOnce(fixture, { Input });
  const { id, ...rest } = JSON.parse(fixture.delivered[0]?.delivery.body ?? '{}');
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.deepEqual(rest, { arn: ARN, at: '2026-01-01T00:00:10Z', n: 1 });
});

test('queues, topics and buses get what their parameters say', async (t) => {
  const targets: readonly [Partial<Target>, object][] = [
    [
      { Arn: QUEUE, Input: 'plain text' },
      { targetArn: QUEUE, body: 'plain text' },
    ],
    [
      { Arn: `${QUEUE}.fifo`, Input: '1', SqsParameters: { MessageGroupId: 'g' } },
      { targetArn: `${QUEUE}.fifo`, body: '1', messageGroupId: 'g' },
    ],
    [
      { Arn: TOPIC, Input: 'hello' },
      { targetArn: TOPIC, body: 'hello' },
    ],
    [
      {
        Arn: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/own`,
        Input: '{"a":1}',
        EventBridgeParameters: { DetailType: 'Night', Source: 'clock' },
      },
      {
        targetArn: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/own`,
        body: '{"a":1}',
        event: { source: 'clock', detailType: 'Night', resources: [ARN] },
      },
    ],
  ];
  for (const [target, expected] of targets) {
    const fixture = await openScheduler(t);
    await runOnce(fixture, target);
    assert.deepEqual(
      fixture.delivered.map(({ delivery }) => delivery),
      [{ account: ACCOUNT, region: 'us-east-1', ...expected }],
    );
  }
});

test('API actions are called with the request that the input is', async (t) => {
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'x' }, size: { DataType: 'Number', StringValue: '3' } };
  const url = `https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/q`;
  const calls: readonly [string, object, object][] = [
    [
      'lambda:invoke',
      { FunctionName: FUNCTION, InvocationType: 'Event', Payload: '{"at":"<aws.scheduler.scheduled-time>"}' },
      { action: 'accept', request: { functionName: 'f', payload: '{"at":"2026-01-01T00:00:10Z"}' } },
    ],
    [
      'lambda:invoke',
      { FunctionName: 'f:live' },
      { action: 'invoke', request: { functionName: 'f', qualifier: 'live', payload: '' } },
    ],
    [
      'lambda:invoke',
      { FunctionName: 'f', InvocationType: 'DryRun' },
      { action: 'dryRun', request: { functionName: 'f', payload: '' } },
    ],
    [
      'sqs:sendMessage',
      { QueueUrl: url, MessageBody: 'b', DelaySeconds: 5, MessageAttributes },
      {
        action: 'send',
        arn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:q`,
        request: {
          body: 'b',
          delaySeconds: 5,
          messageAttributes: {
            kind: { dataType: 'String', stringValue: 'x' },
            size: { dataType: 'Number', stringValue: '3' },
          },
        },
      },
    ],
    [
      'sqs:sendMessage',
      { QueueUrl: `http://127.0.0.1:4566/${ACCOUNT}/q.fifo`, MessageBody: 'b', MessageGroupId: 'g', MessageDeduplicationId: 'd' },
      {
        action: 'send',
        arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:q.fifo`,
        request: { body: 'b', groupId: 'g', deduplicationId: 'd' },
      },
    ],
    [
      'sns:publish',
      { TopicArn: TOPIC, Message: 'm', Subject: 's', MessageAttributes },
      { action: 'publish', arn: TOPIC, request: { body: 'm', subject: 's', attributes: { kind: 'x', size: 3 } } },
    ],
  ];
  for (const [action, request, expected] of calls) {
    const fixture = await openScheduler(t);
    await runOnce(fixture, { Arn: `arn:aws:scheduler:::aws-sdk:${action}`, Input: JSON.stringify(request) });
    const [called] = fixture.called.map((call) => {
      const { requestId, account, region, payload, ...rest } = call.request as unknown as Record<string, unknown>;
      if (payload === undefined) return call;
      assert.deepEqual([account, region], [ACCOUNT, 'us-east-1']);
      assert.match(String(requestId), /^[0-9a-f-]{36}$/);
      return { ...call, request: { ...rest, payload: String(payload) } };
    });
    assert.deepEqual(called, expected, action);
  }
});

test('a target that can not be reached is tried again, with the next attempt number, as its policy allows', async (t) => {
  const fixture = await openScheduler(t);
  const attempts: string[] = [];
  fixture.refuse = ({ targetArn, body }) => {
    if (targetArn === DEAD) return;
    attempts.push(body);
    throw new Error('no answer');
  };
  const Input = '<aws.scheduler.attempt-number>';
  const RetryPolicy = { MaximumRetryAttempts: 2 };
  await runOnce(fixture, { Arn: QUEUE, Input, RetryPolicy, DeadLetterConfig: { Arn: DEAD } });
  await fixture.clock.advance(10 * MINUTE_MS);
  assert.deepEqual(attempts, ['1', '2', '3']);
  assert.equal(fixture.delivered.length, 1);
  const { body, targetArn, attributes: { EXECUTION_ID, ...attributes } = {} } = fixture.delivered[0]?.delivery ?? {};
  assert.deepEqual([body, targetArn], ['3', DEAD]);
  assert.match(String(EXECUTION_ID), /^[0-9a-f]{16}$/);
  assert.deepEqual(attributes, {
    ERROR_CODE: 'InternalServerException',
    ERROR_MESSAGE: 'the target could not be reached',
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: '2',
    SCHEDULED_TIME: '2026-01-01T00:00:10Z',
    SCHEDULE_ARN: ARN,
    TARGET_ARN: QUEUE,
  });
});

test('a target is given up when the run is too old, or after 185 retries', async (t) => {
  const fixture = await openScheduler(t);
  let attempts = 0;
  fixture.refuse = ({ targetArn }) => {
    if (targetArn === DEAD) return;
    attempts += 1;
    throw new ServiceError({ code: 'TooManyRequestsException', status: 429, message: 'Rate exceeded' });
  };
  await runOnce(fixture, { Arn: QUEUE, RetryPolicy: { MaximumEventAgeInSeconds: 120 }, DeadLetterConfig: { Arn: DEAD } });
  await fixture.clock.advance(10 * MINUTE_MS);
  const { attributes = {} } = fixture.delivered[0]?.delivery ?? {};
  assert.equal(attributes['EXHAUSTED_RETRY_CONDITION'], 'MaximumEventAgeInSeconds');
  assert.equal(attributes['ERROR_CODE'], 'TooManyRequestsException');
  assert.ok(attempts > 3, String(attempts));
  attempts = 0;
  const Target = { Arn: QUEUE, RoleArn: ROLE, DeadLetterConfig: { Arn: DEAD } };
  const FlexibleTimeWindow = { Mode: 'OFF' } as const;
  const ScheduleExpression = 'at(2026-01-02T00:00:00)';
  await fixture.client.send(new UpdateScheduleCommand({ Name: 's', ScheduleExpression, FlexibleTimeWindow, Target }));
  await fixture.clock.advance(48 * 60 * MINUTE_MS);
  assert.equal(fixture.delivered.length, 2);
  // Pauses of 2.5 to 5 minutes: the retries are used up before the day is over.
  assert.equal(attempts, 186);
  assert.equal(fixture.delivered[1]?.delivery.attributes?.['EXHAUSTED_RETRY_CONDITION'], 'MaximumRetryAttempts');
});

test('what another try would not help is not tried again', async (t) => {
  const fixture = await openScheduler(t);
  let attempts = 0;
  fixture.refuse = ({ targetArn }) => {
    if (targetArn === DEAD) return;
    attempts += 1;
    throw new ServiceError({ code: 'QueueDoesNotExist', status: 400, message: 'The specified queue does not exist.' });
  };
  await runOnce(fixture, { Arn: QUEUE, DeadLetterConfig: { Arn: DEAD } });
  await fixture.clock.advance(MINUTE_MS);
  const { attributes = {} } = fixture.delivered[0]?.delivery ?? {};
  assert.equal(attempts, 1);
  assert.equal(attributes['ERROR_CODE'], 'AWS.SimpleQueueService.NonExistentQueue');
  assert.ok(!('EXHAUSTED_RETRY_CONDITION' in attributes));
});

test('a run goes on after a stop, with the attempts that it had', async (t) => {
  const fixture = await openScheduler(t);
  const attempts: string[] = [];
  let isDown = true;
  fixture.refuse = ({ body }) => {
    attempts.push(body);
    if (isDown) throw new Error('no answer');
  };
  await runOnce(fixture, { Arn: QUEUE, Input: '<aws.scheduler.attempt-number>' });
  const before = attempts.length;
  assert.ok(before >= 2);
  await fixture.pause(async () => void (isDown = false));
  await fixture.clock.advance(10 * MINUTE_MS);
  assert.deepEqual(
    attempts,
    Array.from({ length: before + 1 }, (_, index) => String(index + 1)),
  );
});

test('without a dead-letter queue it is dropped, and the log says so', async (t) => {
  const fixture = await openScheduler(t);
  fixture.refuse = () => {
    throw new Error('no answer');
  };
  await runOnce(fixture, { Arn: QUEUE, RetryPolicy: { MaximumRetryAttempts: 0 } });
  assert.match(JSON.stringify(fixture.logger), /was not taken by its target; dropped/);
  const { visible, delayed, leased } = await fixture.queue.counts('scheduler');
  assert.equal(visible + delayed + leased, 0);
});

test('an input that grows too large for a message is cut in the dead-letter queue', async (t) => {
  const fixture = await openScheduler(t);
  fixture.refuse = ({ targetArn }) => {
    if (targetArn !== DEAD) throw new ServiceError({ code: 'InvalidParameterValue', status: 400, message: 'too large' });
  };
  const Input = '<aws.scheduler.schedule-arn>€'.repeat(8_300);
  await runOnce(fixture, { Arn: QUEUE, Input, DeadLetterConfig: { Arn: DEAD } });
  const short = fixture.delivered[0]?.delivery;
  assert.equal(short?.attributes?.['IS_PAYLOAD_TRUNCATED'], 'false');
  const long = await openScheduler(t);
  long.refuse = fixture.refuse;
  const Name = 'n'.repeat(64);
  const Target = { Arn: QUEUE, RoleArn: ROLE, Input, DeadLetterConfig: { Arn: DEAD } };
  await long.create({ Name, ScheduleExpression: AT, Target });
  await long.clock.advance(20_000);
  const { body = '', attributes = {} } = long.delivered[0]?.delivery ?? {};
  assert.equal(attributes['IS_PAYLOAD_TRUNCATED'], 'true');
  assert.ok(Buffer.byteLength(body) <= 1_000_000 && !body.includes('\ufffd'));
});
