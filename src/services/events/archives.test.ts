import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  ListArchivesCommand,
  ListReplaysCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
  type StartReplayCommandInput,
  UpdateArchiveCommand,
} from '@aws-sdk/client-eventbridge';
import { ACCOUNT, type EventsFixture, openEvents, queueNamed } from './events-fixture.ts';

const BUS = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`;
const ARCHIVE = `arn:aws:events:us-east-1:${ACCOUNT}:archive/kept`;
const DAY_MS = 86_400_000;
const START = new Date(Date.UTC(2026, 0, 1));
const END = new Date(Date.UTC(2026, 0, 2));

async function put({ client, clock }: EventsFixture, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n += 1) {
    const entry = {
      Source: n % 2 ? 'odd' : 'even',
      DetailType: 'n',
      Detail: `{"n":${n}}`,
      Time: new Date(START.getTime() + n * 1_000),
    };
    await client.send(new PutEventsCommand({ Entries: [entry] }));
  }
  await clock.advance(0);
}

async function openArchive(fixture: EventsFixture): Promise<void> {
  const { client } = fixture;
  await client.send(
    new CreateArchiveCommand({ ArchiveName: 'kept', EventSourceArn: BUS, EventPattern: '{"source":["odd"]}', RetentionDays: 3 }),
  );
  for (const name of ['one', 'two']) {
    await client.send(new PutRuleCommand({ Name: name, EventPattern: '{"detail":{"n":[{"exists":true}]}}' }));
    await client.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: '1', Arn: queueNamed(name) }] }));
  }
}

const replay = (fixture: EventsFixture, more: Partial<StartReplayCommandInput> = {}) =>
  fixture.client.send(
    new StartReplayCommand({
      ReplayName: 'again',
      EventSourceArn: ARCHIVE,
      EventStartTime: START,
      EventEndTime: END,
      Destination: { Arn: BUS },
      ...more,
    }),
  );

test('an archive keeps the events that fit its pattern, and a replay puts those of a time on the bus again, once', async (t) => {
  const fixture = await openEvents(t);
  const { client, clock, delivered } = fixture;
  await openArchive(fixture);
  await put(fixture, 0, 8);
  assert.equal(delivered.splice(0).length, 16);
  const told = await client.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }));
  assert.deepEqual([told.EventCount, told.RetentionDays, told.State, told.EventSourceArn], [4, 3, 'ENABLED', BUS]);
  assert.ok((told.SizeBytes ?? 0) > 400);
  const started = await replay(fixture, {
    EventStartTime: new Date(START.getTime() + 3_000),
    EventEndTime: new Date(START.getTime() + 7_000),
    Destination: { Arn: BUS, FilterArns: [`arn:aws:events:us-east-1:${ACCOUNT}:rule/two`] },
  });
  assert.equal(started.State, 'STARTING');
  await clock.advance(10);
  const bodies = delivered.splice(0).map(({ targetArn, body }) => ({ targetArn, ...JSON.parse(body) }));
  assert.deepEqual(
    bodies.map(({ targetArn, detail, 'replay-name': name }) => [targetArn, detail.n, name]),
    [
      [queueNamed('two'), 3, 'again'],
      [queueNamed('two'), 5, 'again'],
    ],
  );
  const done = await client.send(new DescribeReplayCommand({ ReplayName: 'again' }));
  assert.deepEqual([done.State, done.EventLastReplayedTime?.getTime()], ['COMPLETED', START.getTime() + 5_000]);
  assert.equal((await client.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }))).EventCount, 4);
  await fixture.restart();
  await clock.advance(10);
  assert.deepEqual(delivered, []);
  // Begun by an EventBridge that is closed, and so by the next one.
  await replay(fixture, { ReplayName: 'all' });
  await fixture.restart();
  await clock.advance(10);
  assert.equal(delivered.splice(0).length, 8);
  assert.deepEqual(
    (await client.send(new ListReplaysCommand({ State: 'COMPLETED' }))).Replays?.map(({ ReplayName }) => ReplayName),
    ['again', 'all'],
  );
  await assert.rejects(client.send(new CancelReplayCommand({ ReplayName: 'all' })), { name: 'IllegalStatusException' });
  await fixture.pause(() => clock.advance(91 * DAY_MS));
  await clock.advance(10);
  assert.deepEqual((await client.send(new ListReplaysCommand({}))).Replays, []);
});

test('events are kept as long as they shall be, and those of a deleted archive are gone', async (t) => {
  const fixture = await openEvents(t);
  const { client, clock } = fixture;
  await openArchive(fixture);
  await put(fixture, 0, 120);
  const count = async (): Promise<number | undefined> =>
    (await client.send(new ListArchivesCommand({}))).Archives?.[0]?.EventCount;
  assert.equal(await count(), 60);
  await clock.advance(3 * DAY_MS + 720_000);
  assert.equal(await count(), 0);
  await client.send(new UpdateArchiveCommand({ ArchiveName: 'kept', RetentionDays: 0 }));
  await put(fixture, 200, 4);
  await clock.advance(DAY_MS);
  assert.equal(await count(), 2);
  await client.send(new DeleteArchiveCommand({ ArchiveName: 'kept' }));
  await client.send(new CreateArchiveCommand({ ArchiveName: 'kept', EventSourceArn: BUS }));
  assert.equal(await count(), 0);
  await client.send(new DeleteArchiveCommand({ ArchiveName: 'kept' }));
  await assert.rejects(client.send(new DescribeArchiveCommand({ ArchiveName: 'kept' })), {
    name: 'ResourceNotFoundException',
    message: 'Archive kept does not exist.',
  });
});

test('what archives and replays must not be is refused', async (t) => {
  const fixture = await openEvents(t);
  const { client } = fixture;
  await openArchive(fixture);
  const make = (more: object) => client.send(new CreateArchiveCommand({ ArchiveName: 'kept', EventSourceArn: BUS, ...more }));
  await assert.rejects(make({}), { name: 'ResourceAlreadyExistsException', message: 'Archive kept already exists.' });
  await assert.rejects(make({ EventPattern: '{' }), { name: 'InvalidEventPatternException' });
  await assert.rejects(make({ EventSourceArn: BUS.replace('default', 'gone') }), { name: 'ResourceNotFoundException' });
  await assert.rejects(make({ KmsKeyIdentifier: 'key' }), { name: 'NotImplementedException' });
  await client.send(new CreateEventBusCommand({ Name: 'other' }));
  await assert.rejects(replay(fixture, { Destination: { Arn: BUS.replace('default', 'other') } }), {
    message: 'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
  });
  await assert.rejects(replay(fixture, { EventEndTime: START }), /EventStartTime must be before EventEndTime/);
  await assert.rejects(replay(fixture, { EventSourceArn: `${ARCHIVE}-gone` }), { name: 'ResourceNotFoundException' });
});
