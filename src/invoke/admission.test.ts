import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../adapters/memory/fake-clock.ts';
import type { ServiceError } from '../model/service-error.ts';
import type { ResolvedFunction } from '../ports/function-directory.ts';
import type { Place } from '../sandbox/pooled-environment.ts';
import { Admission } from './admission.ts';

const RESERVED = 'ReservedFunctionConcurrentInvocationLimitExceeded';
const ACCOUNT = 'ConcurrentInvocationLimitExceeded';

/** An account, and what functions of it are resolved to. */
function account(accountConcurrency: number, requestsPerConcurrency = 0) {
  const clock = new FakeClock();
  const setAside = { concurrency: 0 };
  const admission = new Admission({ accountConcurrency, requestsPerConcurrency }, clock);
  const resolved = (name: string, more: Partial<ResolvedFunction> = {}, number = '1'): ResolvedFunction => {
    const version = { account: 'a', region: 'r', functionArn: `arn:${name}`, version: number } as ResolvedFunction['version'];
    return { version, setAside, isTenantIsolated: false, maximumRetryAttempts: 2, maximumEventAgeSeconds: 60, ...more };
  };
  return { clock, setAside, admission, resolved };
}

/** Enters until it is refused, at most `tries` times. */
function fill(admission: Admission, resolved: ResolvedFunction, tries = 1_000): { places: Place[]; reason?: unknown } {
  const places: Place[] = [];
  for (let count = 0; count < tries; count += 1) {
    try {
      places.push(admission.enter(resolved, false));
    } catch (error) {
      return { places, reason: (error as ServiceError).members['Reason'] };
    }
  }
  return { places };
}

test('functions without a reservation share what the account has', () => {
  const { admission, resolved } = account(10);
  const first = fill(admission, resolved('f'), 4);
  assert.equal(fill(admission, resolved('g')).places.length, 6);
  assert.deepEqual(fill(admission, resolved('f')), { places: [], reason: ACCOUNT });
  first.places[0]?.leave();
  assert.equal(fill(admission, resolved('g')).places.length, 1);
  assert.equal(admission.running('arn:f'), 3);
});

test('a throttle is answered as Lambda answers it', () => {
  const { admission, resolved } = account(0);
  assert.throws(
    () => admission.enter(resolved('f'), false),
    (error: ServiceError) => {
      assert.deepEqual(
        [error.code, error.status, error.message, error.members, error.headers],
        ['TooManyRequestsException', 429, 'Rate Exceeded.', { Reason: ACCOUNT }, { 'Retry-After': '1' }],
      );
      return true;
    },
  );
});

test('a reservation is kept from the others, and caps its function', () => {
  const { admission, resolved, setAside } = account(10);
  setAside.concurrency = 4;
  const reserving = resolved('reserving', { reservedConcurrency: 4 });
  assert.deepEqual(fill(admission, resolved('f')).places.length, 6);
  const { places, reason } = fill(admission, reserving);
  assert.deepEqual([places.length, reason], [4, RESERVED]);
  setAside.concurrency = 3;
  assert.equal(fill(admission, resolved('f')).places.length, 1, 'what is given back is shared at once');
});

test('a reservation of 0 throttles everything, also what is provisioned for nobody', () => {
  const { admission, resolved } = account(10);
  assert.deepEqual(fill(admission, resolved('f', { reservedConcurrency: 0 })), { places: [], reason: RESERVED });
});

test('what ran before its function had a reservation counts towards it', () => {
  const { admission, resolved } = account(10);
  const { places } = fill(admission, resolved('f'), 3);
  assert.equal(fill(admission, resolved('f', { reservedConcurrency: 4 })).places.length, 1);
  for (const place of places) place.leave();
  assert.equal(fill(admission, resolved('f', { reservedConcurrency: 4 })).places.length, 3);
});

test('what is provisioned for a version is its own, inside the reservation', () => {
  const { admission, resolved } = account(10);
  const version = (number: string, ofVersion: number): ResolvedFunction =>
    resolved('f', { reservedConcurrency: 5, provisioned: { ofVersion, ofFunction: 3 } }, number);
  assert.deepEqual(fill(admission, version('$LATEST', 0)).places.length, 2);
  const provisioned = fill(admission, version('1', 3));
  assert.deepEqual([provisioned.places.length, provisioned.reason], [3, RESERVED]);
  provisioned.places[0]?.leave();
  assert.deepEqual(fill(admission, version('$LATEST', 0)), { places: [], reason: RESERVED });
  assert.equal(fill(admission, version('1', 3)).places.length, 1);
});

test('when all of a reservation is provisioned, other versions are throttled', () => {
  const { admission, resolved } = account(10);
  const latest = resolved('f', { reservedConcurrency: 3, provisioned: { ofVersion: 0, ofFunction: 3 } }, '$LATEST');
  assert.deepEqual(fill(admission, latest), { places: [], reason: RESERVED });
});

test('without a reservation, invocations beyond what is provisioned share with the others', () => {
  const { admission, resolved, setAside } = account(10);
  setAside.concurrency = 3;
  fill(admission, resolved('g'), 5);
  const { places, reason } = fill(admission, resolved('f', { provisioned: { ofVersion: 3, ofFunction: 3 } }));
  assert.deepEqual([places.length, reason], [5, ACCOUNT]);
});

test('a place is left where it was entered, whatever has changed meanwhile', () => {
  const { admission, resolved } = account(4);
  const shared = fill(admission, resolved('f'), 2).places;
  const provisioned = fill(admission, resolved('f', { provisioned: { ofVersion: 2, ofFunction: 2 } }), 2).places;
  for (const place of [...shared, ...provisioned]) place.leave();
  assert.equal(admission.running('arn:f'), 0);
  assert.equal(fill(admission, resolved('f')).places.length, 4);
});

test('requests a second are bounded by the concurrency that there is, for those who wait only', async () => {
  const { admission, clock, resolved, setAside } = account(10, 10);
  setAside.concurrency = 4;
  const pass = (target: ResolvedFunction, isQueued = false): unknown => {
    for (let count = 0; count < 1_000; count += 1) {
      try {
        admission.enter(target, isQueued).leave();
      } catch (error) {
        return [count, (error as ServiceError).members['Reason']];
      }
    }
    return 'all';
  };
  assert.deepEqual(pass(resolved('f')), [60, 'FunctionInvocationRateLimitExceeded']);
  assert.deepEqual(pass(resolved('g')), [0, 'FunctionInvocationRateLimitExceeded']);
  const reserving = resolved('r', { reservedConcurrency: 4 });
  assert.deepEqual(pass(reserving), [40, 'ReservedFunctionInvocationRateLimitExceeded']);
  assert.equal(pass(resolved('f'), true), 'all');
  await clock.advance(500);
  assert.deepEqual(pass(resolved('f')), [30, 'FunctionInvocationRateLimitExceeded']);
});
