import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FakeClock } from '../../src/adapters/memory/fake-clock.ts';
import { SqliteEventQueue } from '../../src/adapters/sqlite/event-queue.ts';
import { testEventQueue } from './event-queue.ts';

const directory = mkdtempSync(join(tmpdir(), 'lambkin-queue-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const fail = (error: Error): void => assert.fail(error);
let files = 0;
const nextFile = (): string => {
  files += 1;
  return join(directory, `${files}.db`);
};

testEventQueue('sqlite', (clock) => SqliteEventQueue.open(nextFile(), clock, fail));

test('sqlite: what was enqueued is there after reopening, its leases void, its counts kept', async () => {
  const file = nextFile();
  const clock = new FakeClock();
  const first = await SqliteEventQueue.open(file, clock, fail);
  await first.enqueue([{ id: 'a', queue: 'q', visibleAtMs: 0, attributes: null, payload: Buffer.alloc(1_048_576, 7) }]);
  assert.equal((await first.lease('q', 1, 3_600_000)).length, 1);
  await first.close();
  const second = await SqliteEventQueue.open(file, clock, fail);
  const [leased] = await second.lease('q', 1, 1_000);
  assert.deepEqual([leased?.id, leased?.receiveCount, leased?.payload.length], ['a', 2, 1_048_576]);
  await second.close();
  await assert.rejects(second.enqueue([{ id: 'b', queue: 'q', visibleAtMs: 0, attributes: null, payload: Buffer.alloc(0) }]));
});
