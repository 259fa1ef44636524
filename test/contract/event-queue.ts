import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../src/adapters/memory/fake-clock.ts';
import { type EventQueue, LeasesExhausted, type NewEvent } from '../../src/ports/event-queue.ts';

/** What every event queue must do. `open` gives an empty one on this clock; it is closed after each test. */
export function testEventQueue(name: string, open: (clock: FakeClock) => Promise<EventQueue>): void {
  const check = (title: string, body: (queue: EventQueue, clock: FakeClock) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const clock = new FakeClock();
      const queue = await open(clock);
      try {
        await body(queue, clock);
      } finally {
        await queue.close();
      }
    });
  };
  const event = (id: string, more: Partial<NewEvent> = {}): NewEvent => ({
    id,
    queue: 'q',
    visibleAtMs: 0,
    attributes: { n: id },
    payload: Buffer.from(id),
    ...more,
  });
  const ids = (events: readonly { id: string }[]): string[] => events.map(({ id }) => id);

  check('an event comes back whole, leased to one holder until it is acknowledged', async (queue, clock) => {
    const payload = Buffer.from([0, 255, 128]);
    await queue.enqueue([event('a', { payload, attributes: { text: 'ü', list: [1] } })]);
    const [leased] = await queue.lease('q', 10, 5_000);
    assert.ok(leased);
    assert.deepEqual(
      [leased.id, leased.receiveCount, leased.leasedUntilMs, leased.enqueuedAtMs],
      ['a', 1, clock.now() + 5_000, clock.now()],
    );
    assert.deepEqual(leased.attributes, { text: 'ü', list: [1] });
    assert.ok(Buffer.from(leased.payload).equals(payload));
    assert.deepEqual(await queue.lease('q', 10, 5_000), []);
    assert.equal(await queue.ack([{ queue: 'q', id: 'a', lease: 'of somebody else' }]), 0);
    assert.equal(await queue.ack([leased]), 1);
    assert.equal(await queue.ack([leased]), 0);
    assert.deepEqual(await queue.counts('q'), { visible: 0, delayed: 0, leased: 0 });
  });

  check('the same id twice is one event where that is asked for', async (queue) => {
    const once = (more: Partial<NewEvent> = {}): NewEvent => event('a', { once: true, ...more });
    await queue.enqueue([once(), once({ payload: Buffer.from('later') }), once({ queue: 'other' })]);
    await queue.enqueue([once()]);
    const leased = await queue.lease('q', 10, 1_000);
    assert.deepEqual(ids(leased), ['a']);
    assert.equal(Buffer.from(leased[0]?.payload ?? []).toString(), 'a');
    await queue.ack(leased);
    await queue.enqueue([once()]);
    assert.deepEqual(ids(await queue.lease('q', 10, 1_000)), ['a']);
  });

  check('lanes take turns: a backlog of one keeps no other waiting', async (queue, clock) => {
    const turns = { lanesInTurn: true } as const;
    await queue.enqueue(Array.from({ length: 100 }, (_, n) => event(`busy ${n}`, { lane: 'busy' })));
    await queue.enqueue([event('without a lane')]);
    await clock.advance(10);
    const late = ['x', 'y', 'z'].map((lane) => event(lane, { lane, visibleAtMs: clock.now() }));
    await queue.enqueue([...late, event('later', { lane: 'later', visibleAtMs: clock.now() + 500 })]);
    assert.deepEqual(ids(await queue.lease('q', 1, 60_000)), ['busy 0'], 'without turns the oldest goes first');
    const taken: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) taken.push(...ids(await queue.lease('q', 1, 60_000, turns)));
    assert.deepEqual(taken, ['busy 1', 'x', 'y', 'z', 'busy 2', 'busy 3']);
    await clock.advance(500);
    const two = ids(await queue.lease('q', 2, 60_000, turns));
    assert.ok(two.includes('later'));
    const rest = ids(await queue.lease('q', 200, 60_000, turns));
    assert.equal(new Set([...taken, ...two, ...rest, 'busy 0']).size, 105);
    assert.deepEqual(await queue.lease('q', 10, 60_000, turns), []);
  });

  check('many lanes of which one is due: it is found', async (queue, clock) => {
    const many = Array.from({ length: 500 }, (_, n) => event(`${n}`, { lane: `${n}`, visibleAtMs: clock.now() + 1_000 }));
    await queue.enqueue([...many, event('due', { lane: 'due' })]);
    assert.deepEqual(ids(await queue.lease('q', 10, 1_000, { lanesInTurn: true })), ['due']);
  });

  check('a lease that runs out is handed out again, and its old holder has no say any more', async (queue, clock) => {
    await queue.enqueue([event('a')]);
    const [first] = await queue.lease('q', 1, 1_000);
    assert.ok(first);
    await clock.advance(1_001);
    assert.equal(await queue.extend('q', 'a', first.lease, 1_000), false);
    const [second] = await queue.lease('q', 1, 1_000);
    assert.equal(second?.receiveCount, 2);
    assert.equal(await queue.ack([first]), 0);
    assert.equal(await queue.retry([{ queue: 'q', id: 'a', lease: first.lease, visibleAtMs: 0 }]), 0);
    assert.equal(await queue.extend('q', 'a', second.lease, 60_000), true);
    await clock.advance(30_000);
    assert.deepEqual(await queue.lease('q', 1, 1_000), []);
    assert.equal(await queue.ack([second]), 1);
  });

  check('delayed and given back events wait for their time, with new attributes where given', async (queue, clock) => {
    await queue.enqueue([event('later', { visibleAtMs: clock.now() + 500 }), event('now')]);
    assert.equal(await queue.nextVisibleAtMs('nothing'), undefined);
    const [now] = await queue.lease('q', 10, 1_000);
    assert.equal(now?.id, 'now');
    assert.equal(
      await queue.retry([{ queue: 'q', id: 'now', lease: now.lease, visibleAtMs: clock.now() + 300, attributes: { tries: 1 } }]),
      1,
    );
    assert.deepEqual(await queue.counts('q'), { visible: 0, delayed: 2, leased: 0, oldestEnqueuedAtMs: clock.now() });
    assert.equal(await queue.nextVisibleAtMs('q'), clock.now() + 300);
    await clock.advance(300);
    const [again] = await queue.lease('q', 10, 1_000);
    assert.deepEqual([again?.id, again?.attributes, again?.receiveCount], ['now', { tries: 1 }, 2]);
    await clock.advance(200);
    assert.deepEqual(ids(await queue.lease('q', 10, 1_000)), ['later']);
  });

  check('events of a group go out one at a time, in their order, also after a retry', async (queue, clock) => {
    await queue.enqueue([event('1', { group: 'g' }), event('2', { group: 'g' }), event('x'), event('other', { group: 'h' })]);
    const first = await queue.lease('q', 10, 1_000);
    assert.deepEqual(ids(first).toSorted(), ['1', 'other', 'x']);
    const one = first.find(({ id }) => id === '1');
    assert.ok(one);
    await queue.retry([{ queue: 'q', id: '1', lease: one.lease, visibleAtMs: clock.now() + 100 }]);
    assert.deepEqual(await queue.lease('q', 10, 1_000), [], 'the second waits for the first');
    await clock.advance(100);
    const [again] = await queue.lease('q', 10, 1_000);
    assert.equal(again?.id, '1');
    await queue.ack([again]);
    assert.deepEqual(ids(await queue.lease('q', 10, 1_000)), ['2']);
  });

  check('queues are apart, arrivals are told, and a purge empties one', async (queue) => {
    let told = 0;
    const stop = queue.onArrival('q', () => {
      told += 1;
    });
    await queue.enqueue([event('a'), event('b', { queue: 'other' })]);
    assert.equal(told, 1);
    assert.deepEqual(ids(await queue.lease('other', 10, 1_000)), ['b']);
    stop();
    await queue.enqueue([event('c')]);
    assert.equal(told, 1);
    await queue.purge('q');
    assert.deepEqual(await queue.counts('q'), { visible: 0, delayed: 0, leased: 0 });
    assert.equal((await queue.counts('other')).leased, 1);
  });

  check('a thousand writers and ten takers: each event is taken once', async (queue) => {
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => queue.enqueue([event(String(n))])));
    const taken: string[] = [];
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let batch = await queue.lease('q', 17, 60_000); batch.length > 0; batch = await queue.lease('q', 17, 60_000)) {
          taken.push(...ids(batch));
          await queue.ack(batch);
        }
      }),
    );
    assert.equal(taken.length, 1_000);
    assert.equal(new Set(taken).size, 1_000);
  });

  check('a run of a group goes out in one call, and locks the group until all of it is gone or visible', async (queue, clock) => {
    const run = { groupRuns: true } as const;
    await queue.enqueue(['1', '2', '3'].map((id) => event(id, { group: 'g' })));
    await queue.enqueue([event('h', { group: 'h' })]);
    const first = await queue.lease('q', 2, 1_000, run);
    assert.deepEqual(ids(first), ['1', '2']);
    assert.deepEqual(ids(await queue.lease('q', 10, 1_000, run)), ['h']);
    await queue.ack(first.slice(0, 1));
    assert.deepEqual(await queue.lease('q', 10, 1_000, run), [], 'the second is still out');
    await clock.advance(1_000);
    assert.deepEqual(ids(await queue.lease('q', 10, 1_000, run)).toSorted(), ['2', '3', 'h']);
  });

  check('a deduplicated event is the first one again until its time is over, also when that is gone', async (queue, clock) => {
    const twin = (id: string): NewEvent =>
      event(id, { numbered: true, deduplication: { id: 'd', untilMs: clock.now() + 300_000 } });
    const [first] = await queue.enqueue([twin('a')]);
    await queue.ack(await queue.lease('q', 1, 1_000));
    assert.deepEqual(await queue.enqueue([twin('b')]), [first]);
    assert.deepEqual(await queue.lease('q', 1, 1_000), []);
    await clock.advance(300_000);
    const [later] = await queue.enqueue([twin('c')]);
    assert.equal(later?.id, 'c');
    assert.ok((later?.number ?? 0) > (first?.number ?? 0));
  });

  check('what was handed out too often goes to another queue, and its takers hear of it', async (queue, clock) => {
    let told = 0;
    queue.onArrival('dead', () => {
      told += 1;
    });
    const rules = { redrive: { receiveCountMax: 1, to: 'dead' } };
    await queue.enqueue([event('a'), event('b')]);
    await queue.lease('q', 1, 1_000, rules);
    await clock.advance(1_000);
    assert.deepEqual(ids(await queue.lease('q', 2, 1_000, rules)), ['b']);
    assert.equal(told, 1);
    const [dead] = await queue.lease('dead', 10, 1_000);
    assert.deepEqual([dead?.id, dead?.origin, dead?.enqueuedAtMs], ['a', 'q', clock.now() - 1_000]);
    await clock.advance(1_000);
    assert.equal(await queue.move('dead', { origins: ['another'] }, 10), 0);
    assert.equal(await queue.move('dead', { origins: ['q'] }, 10), 1);
    assert.deepEqual((await queue.counts('dead')).visible, 0);
    const back = (await queue.lease('q', 10, 1_000)).find(({ payload }) => Buffer.from(payload).toString() === 'a');
    assert.deepEqual([back?.receiveCount, back?.enqueuedAtMs, back?.origin], [1, clock.now(), undefined]);
  });

  check('leases are bounded, and what is too old is not handed out', async (queue, clock) => {
    await queue.enqueue([event('old')]);
    await clock.advance(1_000);
    await queue.enqueue([event('1'), event('2'), event('3')]);
    const rules = { leasedMax: 2, enqueuedAfterMs: clock.now() - 1_000 };
    const leased = await queue.lease('q', 10, 1_000, rules);
    assert.deepEqual(ids(leased), ['1', '2']);
    await assert.rejects(queue.lease('q', 10, 1_000, rules), LeasesExhausted);
    await queue.ack(leased.slice(0, 1));
    assert.deepEqual(ids(await queue.lease('q', 10, 1_000, rules)), ['3']);
    await queue.expire('q', clock.now());
    assert.deepEqual(await queue.counts('q'), { visible: 0, delayed: 0, leased: 0 });
  });

  check('a late acknowledgement counts when nobody else got the event; a lease can be ended at once', async (queue, clock) => {
    await queue.enqueue([event('a')]);
    const [first] = await queue.lease('q', 1, 1_000);
    assert.ok(first);
    assert.equal(await queue.extend('q', 'a', first.lease, 0), true);
    const [second] = await queue.lease('q', 1, 1_000);
    assert.ok(second);
    await clock.advance(1_000);
    assert.equal(await queue.ack([first], { late: true }), 0);
    assert.equal(await queue.ack([second]), 0);
    assert.equal(await queue.ack([second], { late: true }), 1);
  });
}
