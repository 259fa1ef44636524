import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision, ItemRef, StoredItem } from '../../ports/item-store.ts';
import { FakeClock } from '../memory/fake-clock.ts';
import type { ItemCall } from './item-messages.ts';
import { ItemTransactions } from './item-transactions.ts';
import { LaneEnds } from './lane-ends.ts';

const KEY: ItemRef = { table: 't', partition: Buffer.from('a'), sort: new Uint8Array(0) };
type Commit = Extract<ItemCall, { call: 'commit' }>;

/** A thread whose answers the test gives, and a file that has what the test says. */
function play(): {
  transactions: ItemTransactions;
  calls: { call: Commit; resolve: () => void; reject: (error: Error) => void }[];
  file: { body?: string };
} {
  const calls: ReturnType<typeof play>['calls'] = [];
  const file: { body?: string } = {};
  const writer = {
    get count() {
      return calls.length;
    },
    call: (call: Commit) =>
      new Promise((resolve, reject) => {
        calls.push({ call, resolve: () => resolve(undefined), reject });
      }),
  };
  const reads = {
    lastSequence: () => 0,
    get: () => (file.body === undefined ? undefined : { ...KEY, body: Buffer.from(file.body), revision: 1 }),
  };
  const transactions = new ItemTransactions(new FakeClock(), writer as never, reads as never, new LaneEnds());
  return { transactions, calls, file };
}

function append(letter: string): (found: readonly (StoredItem | undefined)[]) => Decision<string> {
  return ([found]) => {
    const body = `${found ? Buffer.from(found.body).toString() : ''}${letter}`;
    return { writes: [{ put: KEY, body: Buffer.from(body), bytes: 1, entries: [] }], result: body };
  };
}

test('what is on its way is seen at once, and named to the thread by its revision', async () => {
  const { transactions, calls } = play();
  const results = [transactions.run([KEY], append('a')), transactions.run([KEY], append('b'))];
  assert.equal(calls.length, 2);
  assert.deepEqual(calls[0]?.call.seen, []);
  assert.equal(calls[1]?.call.seen[0]?.revision, calls[0]?.call.writes[0]?.revision);
  for (const { resolve } of calls) resolve();
  assert.deepEqual(await Promise.all(results), ['a', 'ab']);
});

test('when a write fails, what was decided on it is decided anew, and the failure is told to its own caller only', async () => {
  const { transactions, calls } = play();
  const first = transactions.run([KEY], append('a'));
  const second = transactions.run([KEY], append('b'));
  calls[0]?.reject(new Error('the disk is full'));
  calls[1]?.reject(new Error('outdated'));
  await assert.rejects(first, /the disk is full/);
  await new Promise((resolve) => setImmediate(resolve));
  calls[2]?.resolve();
  assert.equal(await second, 'b');
});

test('a decision that writes nothing, or throws, is not told before what it has seen is on disk', async () => {
  const { transactions, calls, file } = play();
  const first = transactions.run([KEY], append('a'));
  const told: string[] = [];
  const look = transactions
    .run([KEY], ([found]) => ({ writes: [], result: found ? 'seen' : 'not there' }))
    .then((result) => told.push(result));
  const refused = transactions
    .run([KEY], ([found]) => {
      if (found) throw new Error('it is there');
      return { writes: [], result: 'free' };
    })
    .then((result) => told.push(result));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, []);
  // The write fails, so nothing was there after all.
  delete file.body;
  calls[0]?.reject(new Error('the disk is full'));
  await assert.rejects(first);
  await Promise.all([look, refused]);
  assert.deepEqual(told.toSorted(), ['free', 'not there']);
});
