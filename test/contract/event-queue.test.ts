import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FakeClock } from '../../src/adapters/memory/fake-clock.ts';
import { openDatabase } from '../../src/adapters/sqlite/database.ts';
import { SqliteEventQueue } from '../../src/adapters/sqlite/event-queue.ts';
import { QUEUE_MIGRATIONS } from '../../src/adapters/sqlite/queue-schema.ts';
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

test('sqlite: leases of holders elsewhere, numbers and what was seen outlive a restart', async () => {
  const file = nextFile();
  const clock = new FakeClock();
  const twin = (id: string) => ({
    id,
    queue: 'q',
    visibleAtMs: 0,
    attributes: null,
    payload: Buffer.from(id),
    numbered: true as const,
    deduplication: { id: 'd', untilMs: clock.now() + 300_000 },
  });
  const first = await SqliteEventQueue.open(file, clock, fail);
  const [enqueued] = await first.enqueue([twin('a')]);
  const [leased] = await first.lease('q', 1, 60_000, { outlivesRestart: true });
  assert.ok(leased);
  await first.close();
  const second = await SqliteEventQueue.open(file, clock, fail);
  assert.deepEqual(await second.lease('q', 1, 1_000), []);
  assert.deepEqual(await second.enqueue([twin('b')]), [enqueued]);
  assert.equal(await second.ack([leased]), 1);
  await second.close();
});

test('sqlite: a file of the first format opens, its events kept', async () => {
  const file = nextFile();
  const clock = new FakeClock();
  const old = openDatabase(file, QUEUE_MIGRATIONS.slice(0, 1));
  old.exec("INSERT INTO event (queue, id, visible_at, enqueued_at, attributes, payload) VALUES ('q', 'a', 0, 7, 'null', x'61')");
  old.close();
  const queue = await SqliteEventQueue.open(file, clock, fail);
  const [leased] = await queue.lease('q', 1, 1_000);
  assert.deepEqual([leased?.id, leased?.enqueuedAtMs, leased?.number], ['a', 7, undefined]);
  await queue.close();
});

test('sqlite: a file of the second format opens with its groups, origins, numbers and twins', async () => {
  const file = nextFile();
  const clock = new FakeClock();
  const old = openDatabase(file, QUEUE_MIGRATIONS.slice(0, 2));
  const columns = 'queue, id, group_id, visible_at, enqueued_at, lease, receive_count, attributes, payload, number, origin';
  old.exec(`INSERT INTO event (${columns}) VALUES
    ('q', 'a', 'g', 0, 7, NULL, 0, 'null', x'61', 1, NULL), ('q', 'b', 'g', 0, 8, NULL, 3, 'null', x'62', 2, NULL),
    ('dead', 'c', NULL, ${clock.now() + 60_000}, 9, 'lasting-x', 3, '{"k":1}', x'63', NULL, 'q');
    INSERT INTO seen VALUES ('q', 'twin', ${clock.now() + 60_000}, 'a', 1); UPDATE counter SET last = 2`);
  old.close();
  const queue = await SqliteEventQueue.open(file, clock, fail);
  assert.deepEqual(
    (await queue.lease('q', 10, 1_000, { groupRuns: true })).map(({ id, number, receiveCount }) => [id, number, receiveCount]),
    [
      ['a', 1, 1],
      ['b', 2, 4],
    ],
  );
  const twin = { id: 'd', queue: 'q', visibleAtMs: 0, attributes: null, payload: Buffer.alloc(0), numbered: true } as const;
  const [known] = await queue.enqueue([{ ...twin, deduplication: { id: 'twin', untilMs: clock.now() + 1 } }]);
  assert.deepEqual(known, { id: 'a', number: 1 });
  assert.deepEqual(await queue.enqueue([twin]), [{ id: 'd', number: 3 }]);
  await clock.advance(60_000);
  const [dead] = await queue.lease('dead', 10, 1_000);
  assert.deepEqual([dead?.id, dead?.origin, dead?.receiveCount, dead?.attributes], ['c', 'q', 4, { k: 1 }]);
  await queue.close();
});
