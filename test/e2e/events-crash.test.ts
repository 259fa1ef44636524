import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runEvents } from '../soak/events/event-run.ts';
import { QUEUES } from '../soak/events/queue-workload.ts';

// The long run of the same, and those of tables and of Kinesis, are `npm run soak:events`.
test('events through S3 -> SQS, FIFO queues and asynchronous invocation outlive kill -9', { timeout: 240_000 }, async (t) => {
  const plan = { workload: QUEUES, events: 1_000, killEveryMs: 4_000, killsMin: 2, settleMs: 120_000 };
  const report = await runEvents(plan, (text) => t.diagnostic(text));
  t.diagnostic(`${report.kills} kills; handled again: ${JSON.stringify(Object.fromEntries(report.duplicates))}`);
  assert.ok(report.kills >= plan.killsMin);
  assert.equal(report.sent.size, plan.events);
  assert.deepEqual(report.missing, []);
  assert.deepEqual(report.outOfOrder, []);
});
