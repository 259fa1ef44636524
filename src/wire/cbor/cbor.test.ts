import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CborFault, decodeCbor } from './decode-cbor.ts';
import { CborTime, encodeCbor } from './encode-cbor.ts';

const READING = { bytes: (bytes: Buffer) => bytes, time: (time: number) => new CborTime(time) };
const decode = (hex: string): unknown => decodeCbor(Buffer.from(hex, 'hex'), READING);

/** Examples of RFC 8949, appendix A. */
const EXAMPLES: readonly (readonly [string, unknown])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1_000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['3903e7', -1_000],
  ['f93c00', 1],
  ['f90001', 5.960464477539063e-8],
  ['f9c400', -4],
  ['f97c00', Infinity],
  ['fa47c35000', 100_000],
  ['fb3ff199999999999a', 1.1],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['c11a514b67b0', new CborTime(1_363_896_240)],
  ['4401020304', Buffer.of(1, 2, 3, 4)],
  ['6449455446', 'IETF'],
  ['62c3bc', 'ü'],
  ['83010203', [1, 2, 3]],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['5f42010243030405ff', Buffer.of(1, 2, 3, 4, 5)],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
];

test('examples of the RFC are read', () => {
  for (const [hex, value] of EXAMPLES) assert.deepEqual(decode(hex), value, hex);
});

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(decodeCbor(encodeCbor(value), READING), value);
    }),
  );
  const value = { Data: Buffer.alloc(70_000, 1), At: new CborTime(1_700_000_000_123), n: [24, 255, 256, 65_536, 2 ** 40, -25] };
  assert.deepEqual(decodeCbor(encodeCbor(value), READING), value);
});

test('any other bytes are refused by name, whatever lengths they promise', () => {
  for (const hex of [
    '',
    '18',
    '5bffffffffffffffff',
    '9bffffffffffffffff',
    'bbffffffffffffffff',
    '9f',
    'a10101',
    '62c328',
    '0000',
    'ff',
    'fc',
  ])
    assert.throws(() => decode(hex), CborFault, hex);
  assert.throws(() => decode('5f6161ff'), CborFault);
  assert.throws(() => decode('81'.repeat(10_000) + '00'), CborFault);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeCbor(Buffer.from(bytes), READING);
      } catch (error) {
        assert.ok(error instanceof CborFault, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a key that has a meaning in JavaScript is an ordinary one', () => {
  const value = decodeCbor(encodeCbor(JSON.parse('{"__proto__":{"a":1}}')), READING);
  assert.deepEqual(Object.keys(value as object), ['__proto__']);
  assert.equal(({} as { a?: number }).a, undefined);
});
