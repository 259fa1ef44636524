import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AsyncAttributes } from './async-event.ts';
import { backoffMs, decide } from './retry-rules.ts';

const attributes: AsyncAttributes = { account: '0', region: 'r', functionName: 'f', acceptedAtMs: 0, attempts: 0, deferrals: 0 };
const situation = { attributes, maximumRetryAttempts: 2, maximumEventAgeSeconds: 60, retryDelaysSeconds: [60, 120], random: 0.5 };
const failed = {
  kind: 'failed',
  result: { executedVersion: '1', functionError: 'Unhandled', payload: Buffer.alloc(0) },
} as const;

test('the backoff grows from one second to five minutes and never leaves that range', () => {
  for (let deferrals = 0; deferrals < 2_000; deferrals += 1) {
    for (const random of [0, 0.5, 0.999_999]) {
      const ms = backoffMs(deferrals, random);
      assert.ok(ms >= 1_000 && ms <= 300_000, `${ms}`);
    }
  }
  assert.equal(backoffMs(0, 0), 1_000);
  assert.ok(backoffMs(20, 0.999_999) > 299_000);
});

test('a retry that comes exactly at the highest age is made, one a moment later is not', () => {
  assert.equal(decide(failed, { ...situation, nowMs: 0 }).kind, 'retry');
  assert.deepEqual(decide(failed, { ...situation, nowMs: 1 }), { kind: 'exhausted', condition: 'EventAgeExceeded', attempts: 1 });
});

test('used-up attempts are named before age', () => {
  const used = { ...situation, attributes: { ...attributes, attempts: 2 }, nowMs: 59_999 };
  assert.deepEqual(decide(failed, used), { kind: 'exhausted', condition: 'RetriesExhausted', attempts: 3 });
});

test('a failed attempt begins the backoff anew, and a throttle keeps the attempts', () => {
  const before = {
    ...situation,
    maximumEventAgeSeconds: 21_600,
    attributes: { ...attributes, attempts: 1, deferrals: 7 },
    nowMs: 0,
  };
  assert.deepEqual(decide(failed, before), {
    kind: 'retry',
    visibleAtMs: 120_000,
    attributes: { ...attributes, attempts: 2, deferrals: 0 },
  });
  const deferred = decide({ kind: 'deferred', error: new Error('x') }, before);
  assert.deepEqual(deferred.kind === 'retry' && deferred.attributes, { ...attributes, attempts: 1, deferrals: 8 });
});
