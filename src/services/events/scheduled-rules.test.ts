import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { ACCOUNT, type EventsFixture, functionNamed, openEvents } from './events-fixture.ts';

const MINUTE_MS = 60_000;

async function schedule({ client, clock }: EventsFixture, ScheduleExpression: string): Promise<void> {
  await client.send(new PutRuleCommand({ Name: 'tick', ScheduleExpression }));
  await client.send(new PutTargetsCommand({ Rule: 'tick', Targets: [{ Id: '1', Arn: functionNamed('f') }] }));
  await clock.advance(0);
}

const times = ({ delivered }: EventsFixture): string[] =>
  delivered.splice(0).map(({ body }) => String(JSON.parse(body).time).slice(11, 16));

test('a rate runs a period after it was put, and each period after', async (t) => {
  const fixture = await openEvents(t);
  await schedule(fixture, 'rate(5 minutes)');
  await fixture.clock.advance(5 * MINUTE_MS - 1);
  assert.deepEqual(fixture.delivered, []);
  await fixture.clock.advance(2_000);
  const [{ body = '' } = {}] = fixture.delivered;
  const arn = `arn:aws:events:us-east-1:${ACCOUNT}:rule/tick`;
  const { id, ...event } = JSON.parse(body);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(event, {
    version: '0',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT,
    time: '2026-01-01T00:05:00Z',
    region: 'us-east-1',
    resources: [arn],
    detail: {},
  });
  await fixture.clock.advance(15 * MINUTE_MS);
  assert.deepEqual(times(fixture), ['00:05', '00:10', '00:15', '00:20']);
});

test('cron, disabling, enabling and deleting', async (t) => {
  const fixture = await openEvents(t);
  const { client, clock } = fixture;
  await schedule(fixture, 'cron(0/10 * * * ? *)');
  await clock.advance(21 * MINUTE_MS);
  assert.deepEqual(times(fixture), ['00:10', '00:20']);
  await client.send(new DisableRuleCommand({ Name: 'tick' }));
  await clock.advance(20 * MINUTE_MS);
  assert.deepEqual(times(fixture), []);
  await client.send(new EnableRuleCommand({ Name: 'tick' }));
  await clock.advance(10 * MINUTE_MS);
  assert.deepEqual(times(fixture), ['00:50']);
  await client.send(new RemoveTargetsCommand({ Rule: 'tick', Ids: ['1'] }));
  await client.send(new DeleteRuleCommand({ Name: 'tick' }));
  await clock.advance(60 * MINUTE_MS);
  assert.deepEqual(times(fixture), []);
  assert.equal(clock.pending, 0);
});

test('after a stop no run is doubled, one that was just missed is made up for, and older ones are left out', async (t) => {
  const fixture = await openEvents(t);
  const { clock } = fixture;
  await schedule(fixture, 'rate(2 minutes)');
  await clock.advance(2 * MINUTE_MS + 2_000);
  await fixture.restart();
  await clock.advance(30_000);
  assert.deepEqual(times(fixture), ['00:02']);
  // Stopped right after the run was queued and before its deliveries were visible.
  await clock.advance(2 * MINUTE_MS - 32_000 + 500);
  await fixture.restart();
  await clock.advance(30_000);
  assert.deepEqual(times(fixture), ['00:04']);
  await fixture.pause(async () => clock.advance(7 * MINUTE_MS));
  await clock.advance(2_000);
  assert.deepEqual(times(fixture), []);
  await clock.advance(30_000);
  assert.deepEqual(times(fixture), ['00:12']);
  await fixture.pause(async () => clock.advance(2 * MINUTE_MS));
  await clock.advance(2_000);
  assert.deepEqual(times(fixture), ['00:14']);
});
