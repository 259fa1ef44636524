import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSubscription } from './subscription.ts';

const destination = { protocol: 'HTTP', URI: 'http://sandbox.localdomain:8080/path?a=b' };
const valid = { schemaVersion: '2022-12-13', types: ['platform', 'function'], destination };
const parse = (value: unknown, dialect: 'telemetry' | 'logs' = 'telemetry') => parseSubscription(JSON.stringify(value), dialect);

test('a subscription is read with the defaults of the API', () => {
  assert.deepEqual(parse(valid), {
    schemaVersion: '2022-12-13',
    types: ['platform', 'function'],
    buffering: { itemsMax: 10_000, bytesMax: 262_144, timeoutMs: 1_000 },
    destination: { protocol: 'HTTP', port: 8_080, path: '/path?a=b' },
  });
  const tcp = parse(
    { types: ['extension'], destination: { protocol: 'TCP', port: 7_000 }, buffering: { timeoutMs: 25 } },
    'logs',
  );
  assert.deepEqual(tcp, {
    schemaVersion: '2020-08-15',
    types: ['extension'],
    buffering: { itemsMax: 10_000, bytesMax: 262_144, timeoutMs: 25 },
    destination: { protocol: 'TCP', port: 7_000 },
  });
});

test('what does not fit is refused with a sentence', () => {
  const wrong: readonly unknown[] = [
    null,
    [],
    'text',
    {},
    { ...valid, schemaVersion: '1999-01-01' },
    { ...valid, types: [] },
    { ...valid, types: ['everything'] },
    { ...valid, types: 'platform' },
    { ...valid, buffering: { maxItems: 999 } },
    { ...valid, buffering: { maxItems: 10_001 } },
    { ...valid, buffering: { maxBytes: 1 } },
    { ...valid, buffering: { timeoutMs: 24 } },
    { ...valid, buffering: { timeoutMs: '25' } },
    { ...valid, buffering: [] },
    { ...valid, destination: undefined },
    { ...valid, destination: { protocol: 'UDP', port: 1 } },
    { ...valid, destination: { protocol: 'TCP', port: 9_001 } },
    { ...valid, destination: { protocol: 'TCP', port: 65_536 } },
    { ...valid, destination: { protocol: 'TCP', port: 1.5 } },
    { ...valid, destination: { protocol: 'HTTP', URI: 'http://169.254.169.254/latest' } },
    { ...valid, destination: { protocol: 'HTTP', URI: 'https://sandbox.localdomain:8080' } },
    { ...valid, destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:9001' } },
    { ...valid, destination: { protocol: 'HTTP', URI: 'no uri' } },
  ];
  for (const value of wrong) assert.equal(typeof parse(value), 'string', JSON.stringify(value));
  assert.equal(typeof parseSubscription('{', 'telemetry'), 'string');
});
