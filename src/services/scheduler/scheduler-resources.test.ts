import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as api from '@aws-sdk/client-scheduler';
import { ACCOUNT, FUNCTION, openScheduler, queueNamed, ROLE, type SchedulerFixture } from './scheduler-fixture.ts';

const HOUR_MS = 3_600_000;
const ARN = `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule`;
const GROUP_ARN = `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule-group`;
const TARGET = { Arn: FUNCTION, RoleArn: ROLE };
const SCHEDULE: api.CreateScheduleInput = {
  Name: 's',
  ScheduleExpression: 'rate(1 hour)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: TARGET,
};
const UNIVERSAL = 'arn:aws:scheduler:::aws-sdk:';

/** The error of a command, without what the client adds. */
async function errorOf(sending: Promise<unknown>): Promise<{ name: string; message: string; status: number | undefined }> {
  const error = await sending.then(
    () => assert.fail('it was taken'),
    (caught: api.SchedulerServiceException) => caught,
  );
  return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode };
}

const refused = async (
  { client }: SchedulerFixture,
  input: Partial<api.CreateScheduleInput>,
): Promise<{ name: string; message: string; status: number | undefined }> =>
  errorOf(client.send(new api.CreateScheduleCommand({ ...SCHEDULE, ...input })));

const withoutMetadata = (answer: object): object =>
  Object.fromEntries(Object.entries(answer).filter(([name]) => name !== '$metadata'));

test('a schedule is answered as it was put, with the defaults of AWS', async (t) => {
  const { client, clock } = await openScheduler(t);
  const created = await client.send(new api.CreateScheduleCommand(SCHEDULE));
  assert.deepEqual(withoutMetadata(created), { ScheduleArn: `${ARN}/default/s` });
  const CreationDate = new Date(clock.now());
  assert.deepEqual(withoutMetadata(await client.send(new api.GetScheduleCommand({ Name: 's' }))), {
    ActionAfterCompletion: 'NONE',
    Arn: `${ARN}/default/s`,
    CreationDate,
    FlexibleTimeWindow: { Mode: 'OFF' },
    GroupName: 'default',
    LastModificationDate: CreationDate,
    Name: 's',
    ScheduleExpression: 'rate(1 hour)',
    ScheduleExpressionTimezone: 'UTC',
    State: 'ENABLED',
    Target: { ...TARGET, RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
  });
  await clock.advance(5_000);
  const whole = {
    Name: 's',
    GroupName: 'default',
    ActionAfterCompletion: 'DELETE',
    Description: 'every so often',
    EndDate: new Date('2027-01-01T00:00:00Z'),
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
    KmsKeyArn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`,
    ScheduleExpression: 'cron(0 12 ? * MON#1 *)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    StartDate: new Date('2026-02-01T00:00:00Z'),
    State: 'DISABLED',
    Target: {
      Arn: `${queueNamed('q')}.fifo`,
      RoleArn: ROLE,
      Input: 'text',
      SqsParameters: { MessageGroupId: 'g' },
      DeadLetterConfig: { Arn: queueNamed('dead') },
      RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
    },
  } as const;
  const updated = await client.send(new api.UpdateScheduleCommand(whole));
  assert.deepEqual(withoutMetadata(updated), { ScheduleArn: `${ARN}/default/s` });
  const got = await client.send(new api.GetScheduleCommand({ Name: 's', GroupName: 'default' }));
  const LastModificationDate = new Date(clock.now());
  assert.deepEqual(withoutMetadata(got), { ...whole, Arn: `${ARN}/default/s`, CreationDate, LastModificationDate });
  // An update replaces everything that it does not say.
  await client.send(new api.UpdateScheduleCommand(SCHEDULE));
  const { Description, StartDate, State } = await client.send(new api.GetScheduleCommand({ Name: 's' }));
  assert.deepEqual([Description, StartDate, State], [undefined, undefined, 'ENABLED']);
  assert.deepEqual(withoutMetadata(await client.send(new api.DeleteScheduleCommand({ Name: 's' }))), {});
  assert.deepEqual(await errorOf(client.send(new api.GetScheduleCommand({ Name: 's' }))), {
    name: 'ResourceNotFoundException',
    message: 'Schedule s does not exist.',
    status: 404,
  });
});

test('names that are taken or not there', async (t) => {
  const fixture = await openScheduler(t);
  const { client } = fixture;
  await client.send(new api.CreateScheduleCommand(SCHEDULE));
  assert.deepEqual(await refused(fixture, {}), {
    name: 'ConflictException',
    message: 'Schedule s already exists.',
    status: 409,
  });
  const absent = { name: 'ResourceNotFoundException', message: 'Schedule x does not exist.', status: 404 };
  assert.deepEqual(await errorOf(client.send(new api.UpdateScheduleCommand({ ...SCHEDULE, Name: 'x' }))), absent);
  assert.deepEqual(await errorOf(client.send(new api.DeleteScheduleCommand({ Name: 'x' }))), absent);
  const noGroup = { name: 'ResourceNotFoundException', message: 'Schedule group g does not exist.', status: 404 };
  const GroupName = 'g';
  assert.deepEqual(await refused(fixture, { GroupName }), noGroup);
  assert.deepEqual(await errorOf(client.send(new api.GetScheduleCommand({ Name: 's', GroupName }))), noGroup);
  assert.deepEqual(await errorOf(client.send(new api.DeleteScheduleCommand({ Name: 's', GroupName }))), noGroup);
  assert.deepEqual(await errorOf(client.send(new api.ListSchedulesCommand({ GroupName }))), noGroup);
  assert.deepEqual(await errorOf(client.send(new api.GetScheduleGroupCommand({ Name: 'g' }))), noGroup);
  assert.deepEqual(await errorOf(client.send(new api.DeleteScheduleGroupCommand({ Name: 'g' }))), noGroup);
  const ResourceArn = `${GROUP_ARN}/g`;
  assert.deepEqual(await errorOf(client.send(new api.ListTagsForResourceCommand({ ResourceArn }))), noGroup);
  const other = ResourceArn.replace('us-east-1', 'eu-west-1').replace('/g', '/default');
  const elsewhere = await errorOf(client.send(new api.ListTagsForResourceCommand({ ResourceArn: other })));
  assert.equal(elsewhere.name, 'ResourceNotFoundException');
});

/** Members that are not allowed, and what is said of them. */
const MISTAKES: readonly (readonly [Partial<api.CreateScheduleInput>, string])[] = [
  ...[
    'cron(0 1 * * * *)',
    'cron(7 20 * * NOT *)',
    'cron(INVALID)',
    'cron(71 8 1 * ? *)',
    'rate(10 seconds)',
    'rate(0 minutes)',
    'rate(10)',
    ' rate(10 minutes)',
    'rate( 10 minutes )',
    'at(2021-12-31T23:59:59Z)',
    'at(2021-12-31)',
    'at(2027-02-29T00:00:00)',
    'every day',
  ].map((ScheduleExpression) => [{ ScheduleExpression }, `Invalid Schedule Expression ${ScheduleExpression}.`] as const),
  [{ ScheduleExpressionTimezone: 'Mars/Base' }, 'Invalid ScheduleExpressionTimezone Mars/Base.'],
  [{ ScheduleExpressionTimezone: '+01:00' }, 'Invalid ScheduleExpressionTimezone +01:00.'],
  [{ StartDate: new Date('2025-12-31T23:54:59Z') }, 'The StartDate you specify cannot be earlier than 5 minutes ago.'],
  [{ EndDate: new Date('2026-01-01T00:00:00Z') }, 'The EndDate you specify must be in the future.'],
  [
    { StartDate: new Date('2026-02-01T00:00:00Z'), EndDate: new Date('2026-02-01T00:00:00Z') },
    'The StartDate you specify must come before the EndDate you specify.',
  ],
  [
    { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } },
    'MaximumWindowInMinutes must be specified when the Mode of FlexibleTimeWindow is FLEXIBLE.',
  ],
  [
    { FlexibleTimeWindow: { Mode: 'OFF', MaximumWindowInMinutes: 1 } },
    'MaximumWindowInMinutes must not be specified when the Mode of FlexibleTimeWindow is OFF.',
  ],
  [{ Target: { ...TARGET, Arn: 'hello' } }, 'Provided Arn is not in correct format.'],
  [
    { Target: { ...TARGET, Arn: `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:m` } },
    `lambkin does not implement targets such as arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:m yet.`,
  ],
  [
    { Target: { ...TARGET, Arn: `${UNIVERSAL}ec2:stopInstances`, Input: '{}' } },
    `lambkin does not implement targets such as ${UNIVERSAL}ec2:stopInstances yet.`,
  ],
  [
    { Target: { ...TARGET, KinesisParameters: { PartitionKey: 'k' } } },
    'lambkin does not implement the member KinesisParameters of targets yet.',
  ],
  [
    { Target: { ...TARGET, EcsParameters: { TaskDefinitionArn: 'arn' } } },
    'lambkin does not implement the member EcsParameters of targets yet.',
  ],
  [{ Target: { ...TARGET, Input: '{"a":' } }, 'Input must be well-formed JSON for this target.'],
  [{ Target: { ...TARGET, Input: `"${'x'.repeat(262_144)}"` } }, 'Input must not be larger than 262144 bytes.'],
  [
    { Target: { ...TARGET, Arn: `${queueNamed('q')}.fifo` } },
    `SqsParameters with a MessageGroupId must be specified for target: ${queueNamed('q')}.fifo`,
  ],
  [{ Target: { ...TARGET, SqsParameters: { MessageGroupId: 'g' } } }, `SqsParameters is not supported for target: ${FUNCTION}`],
  [
    { Target: { ...TARGET, Arn: queueNamed('q'), SqsParameters: { MessageGroupId: 'g' } } },
    `MessageGroupId is only supported for FIFO queues, target: ${queueNamed('q')}`,
  ],
  [
    { Target: { ...TARGET, Arn: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/b` } },
    `EventBridgeParameters must be specified for target: arn:aws:events:us-east-1:${ACCOUNT}:event-bus/b`,
  ],
  [{ Target: { ...TARGET, Arn: `${UNIVERSAL}lambda:invoke` } }, `Input must be specified for target: ${UNIVERSAL}lambda:invoke`],
  [
    { Target: { ...TARGET, Arn: `${UNIVERSAL}lambda:invoke`, Input: '{"FunctionName":"f","ClientContext":"e30="}' } },
    "Invalid RequestJson provided. Reason: The field 'ClientContext' is not supported.",
  ],
  [
    { Target: { ...TARGET, Arn: `${UNIVERSAL}sqs:sendMessage`, Input: '{"QueueUrl":"u"}' } },
    "Invalid RequestJson provided. Reason: The field 'MessageBody' is required.",
  ],
  [
    { Target: { ...TARGET, DeadLetterConfig: { Arn: `${queueNamed('q')}.fifo` } } },
    `1 validation error detected: Value '${queueNamed('q')}.fifo' at 'target.deadLetterConfig.arn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:aws(-[a-z]+)?:sqs:[a-z0-9\\-]+:\\d{12}:[a-zA-Z0-9\\-_]+`,
  ],
  [
    { Name: 'a b' },
    "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+",
  ],
  [
    { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1_441 } },
    "1 validation error detected: Value '1441' at 'flexibleTimeWindow.maximumWindowInMinutes' failed to satisfy constraint: Member must have value less than or equal to 1440",
  ],
  [
    { Target: { ...TARGET, RetryPolicy: { MaximumEventAgeInSeconds: 59, MaximumRetryAttempts: 186 } } },
    "2 validation errors detected: Value '59' at 'target.retryPolicy.maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60; Value '186' at 'target.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 185",
  ],
];

test('mistakes are told in the words of AWS, where they are known', async (t) => {
  const fixture = await openScheduler(t);
  for (const [input, message] of MISTAKES)
    assert.deepEqual(await refused(fixture, input), { name: 'ValidationException', message, status: 400 });
  const { client, create, clock } = fixture;
  // Once run, a schedule has no dates; and those of one that is changed may stay.
  await create({ Name: 'once', ScheduleExpression: 'at(2027-01-01T00:00:00)', StartDate: new Date(0), EndDate: new Date(1) });
  const dates = { StartDate: new Date('2026-01-01T00:00:00Z'), EndDate: new Date('2026-01-01T02:00:00Z') };
  await create({ ...SCHEDULE, ...dates });
  await clock.advance(3 * HOUR_MS);
  await client.send(new api.UpdateScheduleCommand({ ...SCHEDULE, ...dates, Description: 'over' }));
  console.log(`${MISTAKES.length} mistakes, all told`);
});

test('a request that is sent again with its ClientToken is answered again', async (t) => {
  const fixture = await openScheduler(t);
  const { client, pause, clock } = fixture;
  const request = { ...SCHEDULE, ClientToken: 'token-1' };
  const first = await client.send(new api.CreateScheduleCommand(request));
  const again = await client.send(new api.CreateScheduleCommand(request));
  assert.equal(again.ScheduleArn, first.ScheduleArn);
  const conflict = await refused(fixture, { ClientToken: 'token-1', Description: 'other' });
  assert.equal(conflict.name, 'ConflictException');
  const both = await Promise.all(
    [1, 2].map(() => client.send(new api.CreateScheduleCommand({ ...request, Name: 'both', ClientToken: 'token-2' }))),
  );
  assert.equal(both[0]?.ScheduleArn, both[1]?.ScheduleArn);
  const update = { ...SCHEDULE, Description: 'new', ClientToken: 'token-3' };
  await client.send(new api.UpdateScheduleCommand(update));
  await client.send(new api.UpdateScheduleCommand({ ...SCHEDULE, Description: 'newer' }));
  await client.send(new api.UpdateScheduleCommand(update));
  assert.equal((await client.send(new api.GetScheduleCommand({ Name: 's' }))).Description, 'newer');
  for (let times = 0; times < 2; times += 1)
    await client.send(new api.DeleteScheduleCommand({ Name: 's', ClientToken: 'token-4' }));
  // Not, however, when what it made is gone since, or what it deleted is there again.
  await client.send(new api.CreateScheduleCommand(request));
  assert.equal((await client.send(new api.GetScheduleCommand({ Name: 's' }))).Name, 's');
  await client.send(new api.DeleteScheduleCommand({ Name: 's', ClientToken: 'token-4' }));
  assert.equal((await errorOf(client.send(new api.GetScheduleCommand({ Name: 's' })))).name, 'ResourceNotFoundException');
  const group = { Name: 'g', ClientToken: 'token-5', Tags: [{ Key: 'a', Value: 'b' }] };
  for (let times = 0; times < 2; times += 1) {
    const { ScheduleGroupArn } = await client.send(new api.CreateScheduleGroupCommand(group));
    assert.equal(ScheduleGroupArn, `${GROUP_ARN}/g`);
  }
  await pause(async () => {});
  for (let times = 0; times < 2; times += 1)
    await client.send(new api.DeleteScheduleGroupCommand({ Name: 'g', ClientToken: 'token-6' }));
  await clock.advance(0);
});

test('lists: pages, prefixes, states and groups', async (t) => {
  const fixture = await openScheduler(t);
  const { client } = fixture;
  await client.send(new api.CreateScheduleGroupCommand({ Name: 'other' }));
  const names = Array.from({ length: 12 }, (_, index) => `s${String(index).padStart(2, '0')}`);
  for (const [index, Name] of names.entries())
    await fixture.create({ Name, State: index % 3 === 0 ? 'DISABLED' : 'ENABLED', ScheduleExpression: 'rate(1 day)' });
  await fixture.create({ Name: 's00', GroupName: 'other' });
  await fixture.create({ Name: 'x', GroupName: 'other' });
  const listed = async (input: api.ListSchedulesInput): Promise<string[]> => {
    const found: string[] = [];
    for await (const { Schedules = [] } of api.paginateListSchedules({ client }, input))
      found.push(...Schedules.map(({ GroupName, Name }) => `${GroupName}/${Name}`));
    return found;
  };
  const inDefault = names.map((name) => `default/${name}`);
  assert.deepEqual(await listed({}), [...inDefault, 'other/s00', 'other/x']);
  assert.deepEqual(await listed({ MaxResults: 5 }), [...inDefault, 'other/s00', 'other/x']);
  assert.deepEqual(await listed({ MaxResults: 1, NamePrefix: 's0' }), [...inDefault.slice(0, 10), 'other/s00']);
  assert.deepEqual(await listed({ GroupName: 'other' }), ['other/s00', 'other/x']);
  assert.deepEqual(await listed({ GroupName: 'default', State: 'DISABLED', MaxResults: 2 }), [
    'default/s00',
    'default/s03',
    'default/s06',
    'default/s09',
  ]);
  const page = await client.send(new api.ListSchedulesCommand({ GroupName: 'default', MaxResults: 12 }));
  assert.equal(page.NextToken, undefined, 'no page without anything on it');
  const { CreationDate, LastModificationDate, ...summary } = page.Schedules?.[1] ?? {};
  assert.ok(CreationDate && LastModificationDate);
  assert.deepEqual(summary, {
    Arn: `${ARN}/default/s01`,
    GroupName: 'default',
    Name: 's01',
    State: 'ENABLED',
    Target: { Arn: FUNCTION },
  });
  assert.equal((await errorOf(client.send(new api.ListSchedulesCommand({ NextToken: 'x' })))).name, 'ValidationException');
  const groups: (string | undefined)[] = [];
  for await (const { ScheduleGroups = [] } of api.paginateListScheduleGroups({ client, pageSize: 1 }, {}))
    groups.push(...ScheduleGroups.map(({ Name }) => Name));
  assert.deepEqual(groups, ['default', 'other']);
  const { ScheduleGroups } = await client.send(new api.ListScheduleGroupsCommand({ NamePrefix: 'o' }));
  assert.deepEqual(
    ScheduleGroups?.map(({ Name, State, Arn }) => [Name, State, Arn]),
    [['other', 'ACTIVE', `${GROUP_ARN}/other`]],
  );
});

test('a group goes with all of its schedules, and takes none meanwhile', async (t) => {
  const fixture = await openScheduler(t);
  const { client, store, clock } = fixture;
  const inDefault = await errorOf(client.send(new api.DeleteScheduleGroupCommand({ Name: 'default' })));
  assert.deepEqual([inDefault.name, inDefault.status], ['ValidationException', 400]);
  const taken = await errorOf(client.send(new api.CreateScheduleGroupCommand({ Name: 'default' })));
  assert.deepEqual(taken, { name: 'ConflictException', message: 'Schedule group default already exists.', status: 409 });
  await client.send(new api.CreateScheduleGroupCommand({ Name: 'g' }));
  for (let index = 0; index < 5; index += 1) await fixture.create({ Name: `s${index}`, GroupName: 'g' });
  await fixture.create({ Name: 'stays', ScheduleExpression: 'at(2027-01-01T00:00:00)' });
  fixture.delivered.length = 0;
  // The store is held while the group is looked at.
  const list = store.list.bind(store);
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  store.list = async (request) => {
    if (request.kind === 'scheduler-schedule') await held;
    return list(request) as never;
  };
  await client.send(new api.DeleteScheduleGroupCommand({ Name: 'g' }));
  assert.equal((await client.send(new api.GetScheduleGroupCommand({ Name: 'g' }))).State, 'DELETING');
  const conflict = { name: 'ConflictException', message: 'Schedule group g is being deleted.', status: 409 };
  assert.deepEqual(await refused(fixture, { GroupName: 'g', Name: 'new' }), conflict);
  assert.deepEqual(await errorOf(client.send(new api.DeleteScheduleGroupCommand({ Name: 'g' }))), conflict);
  const update = new api.UpdateScheduleCommand({ ...SCHEDULE, Name: 's1', GroupName: 'g' });
  assert.deepEqual(await errorOf(client.send(update)), conflict);
  release();
  await clock.advance(0);
  await clock.advance(HOUR_MS);
  assert.deepEqual(fixture.delivered, [], 'none of its schedules runs any more');
  assert.equal((await errorOf(client.send(new api.GetScheduleGroupCommand({ Name: 'g' })))).name, 'ResourceNotFoundException');
  const { Schedules } = await client.send(new api.ListSchedulesCommand({}));
  assert.deepEqual(
    Schedules?.map(({ Name }) => Name),
    ['stays'],
  );
});

test('a group that was being deleted is gone after a stop, and schedules without a group too', async (t) => {
  const fixture = await openScheduler(t);
  const { client, store, clock, pause } = fixture;
  await client.send(new api.CreateScheduleGroupCommand({ Name: 'g' }));
  await fixture.create({ Name: 'a', GroupName: 'g' });
  const scope = { account: ACCOUNT, region: 'us-east-1' };
  await pause(async () => {
    const [group] = await store.list<object>({ ...scope, kind: 'scheduler-group', prefix: 'g', limit: 1 });
    const [schedule] = await store.list<object>({ ...scope, kind: 'scheduler-schedule', limit: 1 });
    assert.ok(group && schedule);
    await store.commit([
      { put: group.key, body: { ...group.body, state: 'DELETING' } },
      { put: { ...schedule.key, id: 'gone\nb' }, body: schedule.body },
    ]);
  });
  await clock.advance(0);
  assert.equal((await store.totals({ ...scope, kind: 'scheduler-schedule' })).documents, 0);
  const { ScheduleGroups } = await client.send(new api.ListScheduleGroupsCommand({}));
  assert.deepEqual(
    ScheduleGroups?.map(({ Name }) => Name),
    ['default'],
  );
});

test('a group that is deleted while a schedule is put into it takes the schedule with it', async (t) => {
  const fixture = await openScheduler(t);
  const { client, store, clock } = fixture;
  await client.send(new api.CreateScheduleGroupCommand({ Name: 'g' }));
  const commit = store.commit.bind(store);
  store.commit = async (changes) => {
    const isSchedule = changes.some((change) => 'put' in change && change.put.kind === 'scheduler-schedule');
    if (!isSchedule) return commit(changes);
    // The schedule was looked at before its group was deleted, and is written after it is gone.
    store.commit = commit;
    await client.send(new api.DeleteScheduleGroupCommand({ Name: 'g' }));
    await clock.advance(0);
    return commit(changes);
  };
  assert.equal((await refused(fixture, { GroupName: 'g' })).name, 'ResourceNotFoundException');
  const scope = { account: ACCOUNT, region: 'us-east-1' };
  assert.equal((await store.totals({ ...scope, kind: 'scheduler-schedule' })).documents, 0);
});

test('tags of groups', async (t) => {
  const { client } = await openScheduler(t);
  await client.send(new api.CreateScheduleGroupCommand({ Name: 'g', Tags: [{ Key: 'a', Value: '1' }] }));
  const ResourceArn = `${GROUP_ARN}/g`;
  const tags = async (): Promise<api.Tag[] | undefined> =>
    (await client.send(new api.ListTagsForResourceCommand({ ResourceArn }))).Tags;
  const Tags = [
    { Key: 'a', Value: '2' },
    { Key: 'b/ö&', Value: '3' },
  ];
  await client.send(new api.TagResourceCommand({ ResourceArn, Tags }));
  assert.deepEqual(await tags(), Tags);
  await client.send(new api.UntagResourceCommand({ ResourceArn, TagKeys: ['b/ö&', 'c'] }));
  assert.deepEqual(await tags(), [{ Key: 'a', Value: '2' }]);
  const reserved = client.send(new api.TagResourceCommand({ ResourceArn, Tags: [{ Key: 'aws:x', Value: 'y' }] }));
  assert.equal((await errorOf(reserved)).name, 'ValidationException');
  const many = Array.from({ length: 200 }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));
  assert.equal((await errorOf(client.send(new api.TagResourceCommand({ ResourceArn, Tags: many })))).name, 'ValidationException');
});

test('quotas', async (t) => {
  const fixture = await openScheduler(t, { quotas: { schedules: 2, groups: 2 } });
  const { client } = fixture;
  await fixture.create({ Name: 'a' });
  await fixture.create({ Name: 'b' });
  assert.deepEqual(await refused(fixture, { Name: 'c' }), {
    name: 'ServiceQuotaExceededException',
    message: 'The account has reached its quota of 2 schedules in this region.',
    status: 402,
  });
  await client.send(new api.CreateScheduleGroupCommand({ Name: 'g' }));
  const more = await errorOf(client.send(new api.CreateScheduleGroupCommand({ Name: 'h' })));
  assert.deepEqual([more.name, more.status], ['ServiceQuotaExceededException', 402]);
});

test('many at once lose nothing', async (t) => {
  const fixture = await openScheduler(t);
  const { client } = fixture;
  await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      client.send(new api.CreateScheduleCommand({ ...SCHEDULE, Name: `s${index}`, State: 'DISABLED' })),
    ),
  );
  const same = await Promise.allSettled(
    Array.from({ length: 10 }, () => client.send(new api.CreateScheduleCommand({ ...SCHEDULE, Name: 'same' }))),
  );
  assert.equal(same.filter(({ status }) => status === 'fulfilled').length, 1);
  const ResourceArn = `${GROUP_ARN}/default`;
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      client.send(new api.TagResourceCommand({ ResourceArn, Tags: [{ Key: `k${index}`, Value: 'v' }] })),
    ),
  );
  assert.equal((await client.send(new api.ListTagsForResourceCommand({ ResourceArn }))).Tags?.length, 20);
  assert.equal((await client.send(new api.ListSchedulesCommand({}))).Schedules?.length, 41);
});

test('answers name what of a request was stored only, and errors are spelled as the service does', async (t) => {
  const { endpoint } = await openScheduler(t);
  const authorization = `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/us-east-1/scheduler/aws4_request, SignedHeaders=host, Signature=0`;
  const { ScheduleExpression, FlexibleTimeWindow, Target } = SCHEDULE;
  const members = { ScheduleExpression, FlexibleTimeWindow, Target };
  const send = (body: object): Promise<Response> =>
    fetch(`${endpoint}/schedules/s`, { method: 'POST', headers: { authorization }, body: JSON.stringify(body) });
  const KmsKeyArn = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`;
  const taken = await send({ ...members, KmsKeyArn });
  assert.deepEqual([taken.status, await taken.json()], [200, { ScheduleArn: `${ARN}/default/s` }]);
  assert.deepEqual(taken.headers.get('x-lambkin-stored-only')?.split(', ').toSorted(), ['KmsKeyArn', 'Target.RoleArn']);
  const conflict = await send(members);
  assert.deepEqual([conflict.status, await conflict.json()], [409, { Message: 'Schedule s already exists.' }]);
  assert.equal(conflict.headers.get('x-amzn-errortype'), 'ConflictException');
  const missing = await send({});
  const { Message, ...rest } = (await missing.json()) as { Message: string };
  assert.match(
    Message,
    /^3 validation errors detected: Value null at '.*' failed to satisfy constraint: Member must not be null/,
  );
  assert.deepEqual([missing.status, rest], [400, {}]);
});
