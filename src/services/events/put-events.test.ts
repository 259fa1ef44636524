import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateEventBusCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { ServiceError } from '../../model/service-error.ts';
import { ACCOUNT, type EventsFixture, functionNamed, openEvents, queueNamed } from './events-fixture.ts';

const ENTRY: PutEventsRequestEntry = { Source: 'shop', DetailType: 'Order', Detail: '{"id":1.0,"big":12345678901234567890}' };

async function rule({ client }: EventsFixture, Name: string, Targets: Target[], EventBusName?: string): Promise<void> {
  await client.send(new PutRuleCommand({ Name, EventPattern: '{"source":["shop"]}', EventBusName }));
  const { FailedEntries } = await client.send(new PutTargetsCommand({ Rule: Name, Targets, EventBusName }));
  assert.deepEqual(FailedEntries, []);
}

const put = ({ client }: EventsFixture, ...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));

test('an event goes to the targets of the rules that it fits, whole and with its digits', async (t) => {
  const fixture = await openEvents(t);
  await rule(fixture, 'r', [
    { Id: '1', Arn: functionNamed('f') },
    { Id: '2', Arn: queueNamed('q.fifo'), SqsParameters: { MessageGroupId: 'g' } },
  ]);
  const answer = await put(
    fixture,
    { ...ENTRY, Resources: ['arn:x'], Time: new Date(Date.UTC(2026, 4, 6, 7, 8, 9, 10)) },
    { ...ENTRY, Source: 'other' },
  );
  assert.equal(answer.FailedEntryCount, 0);
  await fixture.clock.advance(0);
  const id = answer.Entries?.[0]?.EventId;
  const body = `{"version":"0","id":"${id}","detail-type":"Order","source":"shop","account":"${ACCOUNT}","time":"2026-05-06T07:08:09Z","region":"us-east-1","resources":["arn:x"],"detail":${ENTRY.Detail}}`;
  const delivered = fixture.delivered.toSorted((a, b) => (a.targetArn < b.targetArn ? -1 : 1));
  assert.deepEqual(delivered, [
    { targetArn: functionNamed('f'), account: ACCOUNT, region: 'us-east-1', body },
    { targetArn: queueNamed('q.fifo'), account: ACCOUNT, region: 'us-east-1', body, messageGroupId: 'g' },
  ]);
});

test('what is wrong with an entry is told of it, and the others are taken', async (t) => {
  const fixture = await openEvents(t);
  const { FailedEntryCount, Entries = [] } = await put(
    fixture,
    ENTRY,
    { ...ENTRY, Source: undefined },
    { ...ENTRY, DetailType: '' },
    { ...ENTRY, Detail: undefined },
    { ...ENTRY, Detail: '[]' },
    { ...ENTRY, Detail: '{' },
    { ...ENTRY, Source: 'aws.s3' },
    { ...ENTRY, EventBusName: 'nowhere' },
  );
  assert.equal(FailedEntryCount, 6);
  assert.deepEqual(
    Entries.map(({ ErrorCode, ErrorMessage, EventId }) => (EventId ? 'taken' : `${ErrorCode}: ${ErrorMessage}`)),
    [
      'taken',
      'InvalidArgument: Parameter Source is not valid. Reason: Source is a required argument.',
      'InvalidArgument: Parameter DetailType is not valid. Reason: DetailType is a required argument.',
      'InvalidArgument: Parameter Detail is not valid. Reason: Detail is a required argument.',
      'MalformedDetail: Detail is malformed.',
      'MalformedDetail: Detail is malformed.',
      'NotAuthorizedForSourceException: Not authorized for the source.',
      'taken',
    ],
  );
  await assert.rejects(
    put(fixture, ...Array.from({ length: 11 }, () => ENTRY)),
    /Member must have length less than or equal to 10/,
  );
  await assert.rejects(put(fixture), /Member must have length greater than or equal to 1/);
  await assert.rejects(
    put(fixture, { ...ENTRY, Detail: JSON.stringify({ x: 'x'.repeat(1_048_576) }) }),
    /Total size of the entries in the request is over the limit\./,
  );
});

test('a change of rules counts for the next event', async (t) => {
  const fixture = await openEvents(t);
  const { client, clock, delivered } = fixture;
  await rule(fixture, 'r', [{ Id: '1', Arn: functionNamed('f') }]);
  const seen = async (): Promise<number> => {
    await put(fixture, ENTRY);
    await clock.advance(0);
    return delivered.splice(0).length;
  };
  assert.equal(await seen(), 1);
  await client.send(new DisableRuleCommand({ Name: 'r' }));
  assert.equal(await seen(), 0);
  await client.send(new EnableRuleCommand({ Name: 'r' }));
  assert.equal(await seen(), 1);
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["elsewhere"]}' }));
  assert.equal(await seen(), 0);
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"detail":{"id":[1]}}' }));
  assert.equal(await seen(), 1);
  await client.send(new RemoveTargetsCommand({ Rule: 'r', Ids: ['1'] }));
  assert.equal(await seen(), 0);
});

test('inputs are constant, a part of the event, or made by a transformer', async (t) => {
  const fixture = await openEvents(t);
  const Arn = functionNamed('f');
  const InputTransformer = {
    InputPathsMap: { id: '$.detail.name' },
    InputTemplate: '{"order":<id>,"rule":<aws.events.rule-name>}',
  };
  await rule(fixture, 'r', [
    { Id: '1', Arn, Input: '{"a":1}' },
    { Id: '2', Arn, InputPath: '$.detail.name' },
    { Id: '3', Arn, InputTransformer },
  ]);
  await put(fixture, { ...ENTRY, Detail: '{"name":"n"}' });
  await fixture.clock.advance(0);
  assert.deepEqual(
    fixture.delivered.map(({ body }) => body),
    ['{"a":1}', '"n"', '{"order":"n","rule":"r"}'],
  );
});

test('buses pass events on, and a ring of them ends', async (t) => {
  const fixture = await openEvents(t);
  await fixture.client.send(new CreateEventBusCommand({ Name: 'orders' }));
  const bus = (name: string): string => `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/${name}`;
  await rule(fixture, 'there', [{ Id: '1', Arn: bus('orders') }]);
  await rule(
    fixture,
    'back',
    [
      { Id: '1', Arn: bus('default') },
      { Id: '2', Arn: functionNamed('f') },
    ],
    'orders',
  );
  const { Entries } = await put(fixture, ENTRY);
  await fixture.clock.advance(1_000);
  assert.equal(fixture.delivered.length, 8);
  for (const { body } of fixture.delivered) assert.equal(JSON.parse(body).id, Entries?.[0]?.EventId);
  assert.ok(fixture.logger.lines.some(({ message }) => message === 'an event came through too many buses; dropped'));
  assert.deepEqual(await fixture.queue.counts(), { visible: 0, delayed: 0, leased: 0 });
});

const DeadLetterConfig = { Arn: queueNamed('dead') };

test('a target that is absent or closed gets nothing; its dead-letter queue gets the event and why, at once', async (t) => {
  const fixture = await openEvents(t);
  await rule(fixture, 'r', [
    { Id: '1', Arn: functionNamed('denied'), DeadLetterConfig, Input: '{"not":"this"}' },
    { Id: '2', Arn: functionNamed('absent'), DeadLetterConfig },
    { Id: '3', Arn: functionNamed('absent') },
  ]);
  await put(fixture, ENTRY);
  await fixture.clock.advance(0);
  assert.deepEqual(
    fixture.delivered.map(({ attributes, targetArn }) => [targetArn, attributes]),
    [
      [
        DeadLetterConfig.Arn,
        {
          RULE_ARN: `arn:aws:events:us-east-1:${ACCOUNT}:rule/r`,
          TARGET_ARN: functionNamed('denied'),
          ERROR_CODE: 'NO_PERMISSIONS',
          ERROR_MESSAGE: `EventBridge may not invoke ${functionNamed('denied')}: its resource policy does not allow events.amazonaws.com`,
          RETRY_ATTEMPTS: '0',
        },
      ],
      [
        DeadLetterConfig.Arn,
        {
          RULE_ARN: `arn:aws:events:us-east-1:${ACCOUNT}:rule/r`,
          TARGET_ARN: functionNamed('absent'),
          ERROR_CODE: 'NO_RESOURCE',
          ERROR_MESSAGE: `${functionNamed('absent')} does not exist`,
          RETRY_ATTEMPTS: '0',
        },
      ],
    ],
  );
  assert.equal(JSON.parse(fixture.delivered[0]?.body ?? '').source, 'shop');
  assert.deepEqual(await fixture.queue.counts(), { visible: 0, delayed: 0, leased: 0 });
});

test('a target that can not be reached is tried as often and as long as its policy says', async (t) => {
  const fixture = await openEvents(t);
  const tries: string[] = [];
  fixture.refuse = ({ targetArn }) => {
    if (targetArn === DeadLetterConfig.Arn) return;
    tries.push(targetArn);
    if (targetArn === queueNamed('slow'))
      throw new ServiceError({ code: 'ThrottlingException', status: 429, message: 'slow down' });
    throw new Error('no route');
  };
  await rule(fixture, 'r', [
    { Id: '1', Arn: queueNamed('lost'), DeadLetterConfig, RetryPolicy: { MaximumRetryAttempts: 2 } },
    { Id: '2', Arn: queueNamed('slow'), DeadLetterConfig, RetryPolicy: { MaximumEventAgeInSeconds: 60 } },
  ]);
  await put(fixture, ENTRY);
  await fixture.clock.advance(120_000);
  assert.equal(tries.filter((arn) => arn === queueNamed('lost')).length, 3);
  const ends = fixture.delivered.map(({ attributes }) => ({ ...attributes, RULE_ARN: '' }));
  assert.deepEqual(ends[0], {
    RULE_ARN: '',
    TARGET_ARN: queueNamed('lost'),
    ERROR_CODE: 'INTERNAL_ERROR',
    ERROR_MESSAGE: 'the target could not be reached',
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    RETRY_ATTEMPTS: '2',
  });
  const { RETRY_ATTEMPTS: retries, ...end } = ends[1] as Record<string, string>;
  assert.deepEqual(end, {
    RULE_ARN: '',
    TARGET_ARN: queueNamed('slow'),
    ERROR_CODE: 'THROTTLING',
    ERROR_MESSAGE: 'slow down',
    EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds',
  });
  assert.ok(Number(retries) >= 2 && Number(retries) <= 8, retries);
});

test('what was accepted before a stop is delivered after it', async (t) => {
  const fixture = await openEvents(t);
  await rule(fixture, 'r', [{ Id: '1', Arn: queueNamed('q') }]);
  fixture.refuse = () => {
    throw new Error('not yet');
  };
  await put(fixture, ENTRY);
  await fixture.clock.advance(0);
  fixture.refuse = () => {};
  await fixture.restart();
  await fixture.clock.advance(10_000);
  assert.equal(fixture.delivered.length, 1);
});
