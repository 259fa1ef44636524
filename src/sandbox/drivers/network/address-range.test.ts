import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressPairs, freeRange, parseRange, rangeText } from './address-range.ts';

const ranges = (...texts: string[]) => texts.flatMap((text) => parseRange(text) ?? assert.fail(text));

test('a range is where the seed points to, unless something of the host is there', () => {
  assert.equal(rangeText(freeRange([], 0)), '100.64.0.0/16');
  assert.equal(rangeText(freeRange([], 63)), '100.127.0.0/16');
  assert.equal(rangeText(freeRange(ranges('100.64.3.7'), 0)), '100.65.0.0/16');
  assert.equal(rangeText(freeRange(ranges('100.127.0.0/24', '100.64.0.0/15'), 63)), '100.66.0.0/16');
});

test('where a network of the host has all of the first, it is one of the second; with both it is none', () => {
  assert.equal(rangeText(freeRange(ranges('100.64.0.0/10'), 5)), '10.165.0.0/16');
  assert.throws(() => freeRange(ranges('100.64.0.0/10', '10.0.0.0/8'), 5), /is in use by the host/);
  assert.throws(() => freeRange(ranges('0.0.0.0/0'), 5), /is in use by the host/);
});

test('what is no address of version 4 is no range', () => {
  for (const text of ['default', '', 'fe80::/64', '1.2.3', '1.2.3.4/', '1.2.3.4/321']) assert.equal(parseRange(text), undefined);
  assert.deepEqual(ranges('192.0.2.2').map(rangeText), ['192.0.2.2/32']);
  assert.deepEqual(ranges('192.0.2.130/25').map(rangeText), ['192.0.2.128/25']);
});

test('a pair is given to one at a time, and again as late as can be', () => {
  const pairs = new AddressPairs(freeRange([], 1));
  const first = pairs.acquire();
  assert.deepEqual(first, { index: 0, host: '100.65.0.0', environment: '100.65.0.1' });
  pairs.release(0);
  const others = Array.from({ length: 32_767 }, () => pairs.acquire());
  assert.deepEqual(others.at(-1), { index: 32_767, host: '100.65.255.254', environment: '100.65.255.255' });
  assert.equal(new Set(others.map(({ host }) => host)).size, 32_767);
  assert.equal(pairs.acquire().index, 0);
  assert.throws(() => pairs.acquire(), /all 32768 addresses/);
});
