import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from './token-bucket.ts';

function take(bucket: TokenBucket, nowMs: number, tries: number): number {
  let taken = 0;
  for (let count = 0; count < tries; count += 1) if (bucket.take(nowMs, 10, 5)) taken += 1;
  return taken;
}

test('a burst as large as the capacity goes through, then what is refilled', () => {
  const bucket = new TokenBucket();
  assert.equal(take(bucket, 100, 20), 10);
  assert.equal(take(bucket, 300, 20), 1);
  assert.equal(take(bucket, 399, 20), 0);
  assert.equal(take(bucket, 1_100, 20), 4);
});

test('nothing is saved up beyond the capacity', () => {
  const bucket = new TokenBucket();
  take(bucket, 0, 10);
  assert.equal(bucket.isFull(1_999, 5), false);
  assert.equal(bucket.isFull(2_000, 5), true);
  assert.equal(take(bucket, 1_000_000, 20), 10);
});

test('a capacity that shrinks refuses at once, and one that grows lets more through', () => {
  const bucket = new TokenBucket();
  take(bucket, 0, 5);
  assert.equal(bucket.take(0, 5, 5), false);
  assert.equal(bucket.take(0, 6, 5), true);
});
