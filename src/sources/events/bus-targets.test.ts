import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { busTargets } from './bus-targets.ts';
import type { ArrivedEvent } from './event-router.ts';

const BUS = 'arn:aws:events:us-east-1:111122223333:event-bus/orders';
const EVENT = { source: 'lambda', detailType: 'Result', resources: [BUS, 'arn:f'] };
const FROM = { account: '111122223333', region: 'us-east-1', body: '{"n":1.0}' };

test('a body becomes the detail of an event, with the sender and the trace it came with', async () => {
  const arrived: ArrivedEvent[] = [];
  const targets = busTargets({
    busExists: async ({ bus }) => bus === 'orders',
    route: async (events) => void arrived.push(...events),
    clock: new FakeClock(),
    ids: { uuid: () => 'fresh', hex: () => '', random: () => 0 },
  });
  await targets.deliver({ ...FROM, targetArn: BUS, event: EVENT, traceHeader: 'Root=1-x' });
  assert.deepEqual(arrived, [
    {
      bus: { account: '111122223333', region: 'us-east-1', bus: 'orders' },
      id: 'fresh',
      envelope: `{"version":"0","id":"fresh","detail-type":"Result","source":"lambda","account":"111122223333","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":["${BUS}","arn:f"],"detail":{"n":1.0}}`,
      hops: 0,
      traceHeader: 'Root=1-x',
    },
  ]);
  const refused = (targetArn: string, event?: typeof EVENT) =>
    targets.deliver({ ...FROM, targetArn, ...(event ? { event } : {}) });
  await assert.rejects(refused(BUS.replace('orders', 'gone'), EVENT), { code: 'ResourceNotFoundException' });
  await assert.rejects(refused('arn:aws:events:nothing', EVENT), { code: 'ResourceNotFoundException' });
  await assert.rejects(refused(BUS), { code: 'InvalidArgument' });
});
