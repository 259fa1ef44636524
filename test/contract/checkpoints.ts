import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Checkpoints, ShardCheckpoint, ShardLease } from '../../src/ports/checkpoints.ts';

const MAPPING = { account: '1', region: 'r', uuid: 'u' };
const START: ShardCheckpoint = { position: { at: 'TRIM_HORIZON' } };
const after = (sequenceNumber: string): ShardCheckpoint => ({ position: { at: 'AFTER', sequenceNumber } });

/** What every store of checkpoints must do. `open` gives an empty one; it is closed after each test. */
export function testCheckpoints(name: string, open: () => Promise<{ checkpoints: Checkpoints; close(): Promise<void> }>): void {
  const check = (title: string, body: (checkpoints: Checkpoints) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const { checkpoints, close } = await open();
      try {
        await body(checkpoints);
      } finally {
        await close();
      }
    });
  };
  const acquire = async (checkpoints: Checkpoints, owner: string, nowMs: number, shardId = 's'): Promise<ShardLease> => {
    const lease = await checkpoints.acquire({ ...MAPPING, shardId }, { owner, nowMs, untilMs: nowMs + 100 });
    assert.ok(lease, `${owner} has no lease of ${shardId}`);
    return lease;
  };

  check('shards get their first checkpoint once, and keep what they have', async (checkpoints) => {
    assert.deepEqual(await checkpoints.known(MAPPING), []);
    const first = [
      { shardId: 'a', checkpoint: START },
      { shardId: 'b', checkpoint: after('7') },
    ];
    assert.deepEqual(await checkpoints.add(MAPPING, first, true), ['a', 'b']);
    const later = [
      { shardId: 'b', checkpoint: START },
      { shardId: 'c', checkpoint: START },
    ];
    // Who comes late is not first.
    assert.deepEqual(await checkpoints.add(MAPPING, later, true), []);
    assert.deepEqual(await checkpoints.add(MAPPING, later, false), ['c']);
    assert.deepEqual(await checkpoints.known(MAPPING), [
      { shardId: 'a', checkpoint: START },
      { shardId: 'b', checkpoint: after('7') },
      { shardId: 'c', checkpoint: START },
    ]);
    assert.deepEqual(await checkpoints.known({ ...MAPPING, uuid: 'other' }), []);
    assert.deepEqual(await checkpoints.mappings(), [MAPPING]);
  });

  check('a lease is held by one until it runs out, is given back, or the same owner comes again', async (checkpoints) => {
    const place = { ...MAPPING, shardId: 's' };
    assert.equal(await checkpoints.acquire(place, { owner: 'a', nowMs: 0, untilMs: 100 }), undefined);
    await checkpoints.add(MAPPING, [{ shardId: 's', checkpoint: START }], true);
    const first = await acquire(checkpoints, 'a', 0);
    assert.deepEqual(first, { place, owner: 'a', epoch: 1, untilMs: 100, checkpoint: START });
    assert.equal(await checkpoints.acquire(place, { owner: 'b', nowMs: 99, untilMs: 200 }), undefined);
    const again = await acquire(checkpoints, 'a', 50);
    assert.equal(again.epoch, 2);
    const taken = await acquire(checkpoints, 'b', 150);
    assert.equal(taken.epoch, 3);
    const [saved] = await checkpoints.save([{ lease: taken, checkpoint: after('1'), untilMs: 0 }]);
    assert.ok(saved);
    const next = await acquire(checkpoints, 'c', 151);
    assert.deepEqual([next.epoch, next.checkpoint], [4, after('1')]);
  });

  check('what an older epoch writes is refused, and the rest of the transaction is written', async (checkpoints) => {
    await checkpoints.add(
      MAPPING,
      ['s', 't'].map((shardId) => ({ shardId, checkpoint: START })),
      true,
    );
    const old = await acquire(checkpoints, 'a', 0);
    const other = await acquire(checkpoints, 'a', 0, 't');
    const young = await acquire(checkpoints, 'b', 100);
    assert.deepEqual(
      await checkpoints.save([
        { lease: old, checkpoint: after('9'), untilMs: 300 },
        { lease: other, checkpoint: after('5'), untilMs: 300 },
      ]),
      [undefined, { ...other, checkpoint: after('5'), untilMs: 300 }],
    );
    const [saved] = await checkpoints.save([{ lease: young, checkpoint: after('2'), untilMs: 400 }]);
    assert.deepEqual(saved?.checkpoint, after('2'));
    assert.deepEqual(await checkpoints.known(MAPPING), [
      { shardId: 's', checkpoint: after('2') },
      { shardId: 't', checkpoint: after('5') },
    ]);
    // The same owner's older lease is no better.
    const youngest = await acquire(checkpoints, 'b', 500);
    assert.deepEqual(await checkpoints.save([{ lease: young, checkpoint: after('3'), untilMs: 900 }]), [undefined]);
    assert.equal(youngest.epoch, 3);
  });

  check('of many who want a shard at once one gets it', async (checkpoints) => {
    await checkpoints.add(MAPPING, [{ shardId: 's', checkpoint: START }], true);
    const place = { ...MAPPING, shardId: 's' };
    const leases = await Promise.all(
      Array.from({ length: 10 }, (_, index) => checkpoints.acquire(place, { owner: `owner-${index}`, nowMs: 0, untilMs: 100 })),
    );
    assert.equal(leases.filter((lease) => lease !== undefined).length, 1);
  });

  check('a checkpoint keeps the state of its window', async (checkpoints) => {
    const extent = { startSequenceNumber: '1', endSequenceNumber: '2', firstArrivalMs: 3, lastArrivalMs: 4, records: 2 };
    const checkpoint: ShardCheckpoint = {
      ...after('2'),
      window: { startMs: 0, endMs: 60_000, state: `{"sum":"${'x'.repeat(1_000_000)}"}`, extent },
    };
    await checkpoints.add(MAPPING, [{ shardId: 's', checkpoint: START }], true);
    await checkpoints.save([{ lease: await acquire(checkpoints, 'a', 0), checkpoint, untilMs: 100 }]);
    assert.deepEqual((await acquire(checkpoints, 'a', 1)).checkpoint, checkpoint);
  });

  check('what is forgotten is gone, and its lease with it', async (checkpoints) => {
    const ids = Array.from({ length: 1_200 }, (_, index) => `s-${index}`);
    await checkpoints.add(
      MAPPING,
      ids.map((shardId) => ({ shardId, checkpoint: START })),
      true,
    );
    assert.equal((await checkpoints.known(MAPPING)).length, 1_200);
    const lease = await acquire(checkpoints, 'a', 0, 's-7');
    await checkpoints.forget(MAPPING, ['s-7']);
    assert.deepEqual(await checkpoints.save([{ lease, checkpoint: after('1'), untilMs: 100 }]), [undefined]);
    assert.equal((await checkpoints.known(MAPPING)).length, 1_199);
    await checkpoints.forget(MAPPING);
    assert.deepEqual([await checkpoints.known(MAPPING), await checkpoints.mappings()], [[], []]);
    await checkpoints.forget(MAPPING);
  });
}
