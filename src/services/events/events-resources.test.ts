import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListConnectionsCommand,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  TestEventPatternCommand,
  UntagResourceCommand,
  UpdateEventBusCommand,
} from '@aws-sdk/client-eventbridge';
import { ACCOUNT, type EventsFixture, functionNamed, openEvents, queueNamed } from './events-fixture.ts';

const PATTERN = JSON.stringify({ source: ['shop'] });
const open = (t: TestContext): Promise<EventsFixture> => openEvents(t);
const failsWith = (name: string, message: RegExp | string) => (error: Error) => {
  assert.equal(error.name, name, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  return true;
};

test('buses are made, told, changed, listed in order and deleted; the default one is always there', async (t) => {
  const { client } = await open(t);
  const arn = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/orders`;
  const made = await client.send(
    new CreateEventBusCommand({ Name: 'orders', Description: 'd', Tags: [{ Key: 'a', Value: '1' }] }),
  );
  assert.equal(made.EventBusArn, arn);
  await assert.rejects(
    client.send(new CreateEventBusCommand({ Name: 'orders' })),
    failsWith('ResourceAlreadyExistsException', 'Event bus orders already exists.'),
  );
  await assert.rejects(
    client.send(new CreateEventBusCommand({ Name: 'default' })),
    failsWith('ResourceAlreadyExistsException', 'Event bus default already exists.'),
  );
  await client.send(new UpdateEventBusCommand({ Name: 'orders', Description: 'new' }));
  const told = await client.send(new DescribeEventBusCommand({ Name: arn }));
  assert.equal(told.Description, 'new');
  assert.equal(told.CreationTime?.getTime(), Date.UTC(2026, 0, 1));
  await client.send(new CreateEventBusCommand({ Name: 'a-first' }));
  const first = await client.send(new ListEventBusesCommand({ Limit: 2 }));
  assert.deepEqual(
    first.EventBuses?.map(({ Name }) => Name),
    ['a-first', 'default'],
  );
  const rest = await client.send(new ListEventBusesCommand({ NextToken: first.NextToken }));
  assert.deepEqual(
    rest.EventBuses?.map(({ Name }) => Name),
    ['orders'],
  );
  await client.send(new DeleteEventBusCommand({ Name: 'orders' }));
  await client.send(new DeleteEventBusCommand({ Name: 'orders' }));
  await assert.rejects(
    client.send(new DescribeEventBusCommand({ Name: 'orders' })),
    failsWith('ResourceNotFoundException', 'Event bus orders does not exist.'),
  );
  await assert.rejects(
    client.send(new DeleteEventBusCommand({ Name: 'default' })),
    failsWith('ValidationException', 'Cannot delete event bus default.'),
  );
  await assert.rejects(
    client.send(new CreateEventBusCommand({ Name: 'k', KmsKeyIdentifier: 'key' })),
    failsWith('NotImplementedException', /KmsKeyIdentifier of CreateEventBus/),
  );
});

test('a rule is put, told, replaced but for its targets, and deleted when it has none', async (t) => {
  const { client } = await open(t);
  const put = await client.send(new PutRuleCommand({ Name: 'r', EventPattern: PATTERN, Description: 'one' }));
  assert.equal(put.RuleArn, `arn:aws:events:us-east-1:${ACCOUNT}:rule/r`);
  await client.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: '1', Arn: functionNamed('f') }] }));
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: PATTERN, State: 'DISABLED' }));
  const { $metadata: _, ...told } = await client.send(new DescribeRuleCommand({ Name: 'r' }));
  assert.deepEqual(told, {
    Name: 'r',
    Arn: put.RuleArn,
    EventPattern: PATTERN,
    State: 'DISABLED',
    EventBusName: 'default',
    CreatedBy: ACCOUNT,
  });
  await client.send(new EnableRuleCommand({ Name: 'r' }));
  assert.equal((await client.send(new DescribeRuleCommand({ Name: 'r' }))).State, 'ENABLED');
  await client.send(new DisableRuleCommand({ Name: 'r' }));
  assert.equal((await client.send(new ListRulesCommand({}))).Rules?.[0]?.State, 'DISABLED');
  assert.deepEqual((await client.send(new ListRuleNamesByTargetCommand({ TargetArn: functionNamed('f') }))).RuleNames, ['r']);
  assert.deepEqual((await client.send(new ListRuleNamesByTargetCommand({ TargetArn: functionNamed('g') }))).RuleNames, []);
  await assert.rejects(
    client.send(new DeleteRuleCommand({ Name: 'r' })),
    failsWith('ValidationException', "Rule can't be deleted since it has targets."),
  );
  await client.send(new RemoveTargetsCommand({ Rule: 'r', Ids: ['1', 'unknown'] }));
  await client.send(new DeleteRuleCommand({ Name: 'r' }));
  await client.send(new DeleteRuleCommand({ Name: 'r' }));
  await assert.rejects(
    client.send(new DescribeRuleCommand({ Name: 'r' })),
    failsWith('ResourceNotFoundException', 'Rule r does not exist on EventBus default.'),
  );
});

test('what rules must not be is refused in the words of AWS', async (t) => {
  const { client } = await open(t);
  await client.send(new CreateEventBusCommand({ Name: 'orders' }));
  const refused = async (input: Partial<PutRuleCommand['input']>, name: string, message: RegExp | string): Promise<void> =>
    assert.rejects(client.send(new PutRuleCommand({ Name: 'r', ...input })), failsWith(name, message));
  await refused({}, 'ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
  await refused(
    { EventPattern: '{"source":"shop"}' },
    'InvalidEventPatternException',
    'Event pattern is not valid. Reason: "source" must be an object or an array',
  );
  await refused({ ScheduleExpression: 'rate(10 seconds)' }, 'ValidationException', 'Parameter ScheduleExpression is not valid.');
  await refused(
    { ScheduleExpression: 'rate(1 minute)', EventBusName: 'orders' },
    'ValidationException',
    'ScheduleExpression is supported only on the default event bus.',
  );
  await refused({ EventPattern: PATTERN, EventBusName: 'gone' }, 'ResourceNotFoundException', 'Event bus gone does not exist.');
  await refused(
    { EventPattern: PATTERN, Name: 'no spaces' },
    'ValidationException',
    "1 validation error detected: Value 'no spaces' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
  );
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: PATTERN, EventBusName: 'orders' }));
  await assert.rejects(
    client.send(new DeleteEventBusCommand({ Name: 'orders' })),
    failsWith('ValidationException', /can't be deleted since it has rules/),
  );
  await assert.rejects(client.send(new ListConnectionsCommand({})), failsWith('NotImplementedException', /ListConnections yet/));
});

test('a rule takes five targets, and refuses those that nothing delivers to', async (t) => {
  const { client } = await open(t);
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: PATTERN }));
  const put = (...Targets: NonNullable<PutTargetsCommand['input']['Targets']>) =>
    client.send(new PutTargetsCommand({ Rule: 'r', Targets }));
  const failed = await put(
    { Id: 'good', Arn: functionNamed('f') },
    { Id: 'bad arn', Arn: functionNamed('f') },
    { Id: 'x', Arn: 'nothing' },
    { Id: 'fifo', Arn: queueNamed('q.fifo') },
  );
  assert.equal(failed.FailedEntryCount, 3);
  assert.deepEqual(
    failed.FailedEntries?.map(({ ErrorMessage }) => ErrorMessage),
    [
      "Value 'bad arn' at 'targets.2.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
      'Parameter nothing is not valid. Reason: Provided Arn is not in correct format.',
      'Parameter(s) SqsParameters must be specified for target: fifo.',
    ],
  );
  const f = { Arn: functionNamed('f') };
  await assert.rejects(
    put({ Id: 'a', ...f, Input: '{}', InputPath: '$' }),
    failsWith('ValidationException', 'Only one of Input, InputPath, or InputTransformer must be provided for target a.'),
  );
  await assert.rejects(
    put({ Id: 'a', ...f, InputTransformer: { InputTemplate: '{"a":<b>}' } }),
    failsWith('ValidationException', 'InputTemplate for target a contains invalid placeholder b.'),
  );
  await assert.rejects(
    put({ Id: 'a', Arn: `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:s` }),
    failsWith('NotImplementedException', /targets such as arn:aws:states/),
  );
  await assert.rejects(
    put({ Id: 'a', ...f, KinesisParameters: { PartitionKeyPath: '$' } }),
    failsWith('NotImplementedException', /KinesisParameters of targets/),
  );
  await put(...['1', '2', '3', '4'].map((Id) => ({ Id, ...f })));
  await put({ Id: '4', Arn: queueNamed('q.fifo'), SqsParameters: { MessageGroupId: 'g' } });
  await assert.rejects(
    put({ Id: '5', ...f }),
    failsWith('LimitExceededException', 'The requested resource exceeds the maximum number allowed.'),
  );
  const first = await client.send(new ListTargetsByRuleCommand({ Rule: 'r', Limit: 4 }));
  const rest = await client.send(new ListTargetsByRuleCommand({ Rule: 'r', NextToken: first.NextToken }));
  assert.deepEqual(
    [...(first.Targets ?? []), ...(rest.Targets ?? [])].map(({ Id }) => Id),
    ['good', '1', '2', '3', '4'],
  );
  assert.deepEqual(rest.Targets?.[0]?.SqsParameters, { MessageGroupId: 'g' });
});

test('permissions are kept by statement, and tags by bus and rule', async (t) => {
  const { client } = await open(t);
  await client.send(new PutPermissionCommand({ StatementId: 'me', Principal: ACCOUNT, Action: 'events:PutEvents' }));
  await client.send(new PutPermissionCommand({ StatementId: 'all', Principal: '*', Action: 'events:PutEvents' }));
  const told = await client.send(new DescribeEventBusCommand({}));
  assert.deepEqual(
    JSON.parse(told.Policy ?? '').Statement.map(({ Sid, Principal }: { Sid: string; Principal: unknown }) => [Sid, Principal]),
    [
      ['me', { AWS: `arn:aws:iam::${ACCOUNT}:root` }],
      ['all', '*'],
    ],
  );
  await client.send(new RemovePermissionCommand({ StatementId: 'me' }));
  await assert.rejects(
    client.send(new RemovePermissionCommand({ StatementId: 'me' })),
    failsWith('ResourceNotFoundException', 'Statement with the provided id does not exist.'),
  );
  await client.send(new RemovePermissionCommand({ RemoveAllPermissions: true }));
  assert.equal((await client.send(new DescribeEventBusCommand({}))).Policy, undefined);
  const { RuleArn: rule = '' } = await client.send(
    new PutRuleCommand({ Name: 'r', EventPattern: PATTERN, Tags: [{ Key: 'a', Value: '1' }] }),
  );
  const bus = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`;
  for (const ResourceARN of [rule, bus]) {
    await client.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'b', Value: '2' }] }));
    await client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['a'] }));
    assert.deepEqual((await client.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags, [{ Key: 'b', Value: '2' }]);
  }
});

test('patterns are tried on events', async (t) => {
  const { client } = await open(t);
  const event = {
    id: '1',
    account: ACCOUNT,
    source: 'shop',
    time: '2026-01-01T00:00:00Z',
    region: 'r',
    resources: [],
    'detail-type': 'd',
  };
  const tried = (Event: string) => client.send(new TestEventPatternCommand({ EventPattern: PATTERN, Event }));
  assert.equal((await tried(JSON.stringify(event))).Result, true);
  assert.equal((await tried(JSON.stringify({ ...event, source: 'other' }))).Result, false);
  await assert.rejects(tried('[]'), failsWith('ValidationException', 'Parameter Event is not valid.'));
});
