import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KeyValue } from './attribute-value.ts';
import { encodeKeyValue } from './key-encoding.ts';

const ascends = (values: readonly KeyValue[]): void => {
  for (const [index, value] of values.slice(1).entries()) {
    const before = values[index];
    assert.ok(before);
    assert.equal(Buffer.compare(encodeKeyValue(before), encodeKeyValue(value)), -1, `${JSON.stringify([before, value])}`);
  }
};
const numbers = (...texts: readonly string[]): readonly KeyValue[] => texts.map((N) => ({ N }));

test('numbers have the order of their sizes, from the lowest to the highest that there is', () => {
  ascends(
    numbers(
      `-${'9'.repeat(38)}E+88`,
      `-1E+125`,
      '-100.5',
      '-100',
      '-99.99',
      '-12',
      '-11.9',
      '-10',
      '-1.01',
      '-1.001',
      '-1',
      '-0.5',
      '-0.123',
      '-0.12',
      '-1E-130',
      '0',
      '1E-130',
      '0.12',
      '0.123',
      '0.5',
      '1',
      '1.001',
      '1.01',
      '9',
      '10',
      '11.9',
      '12',
      '100',
      '100.5',
      '1E+125',
      `${'9'.repeat(38)}E+88`,
    ),
  );
});

test('numbers that are equal have the same bytes', () => {
  for (const texts of [
    ['1', '1.0', '+1', '01', '100E-2', '0.1e1'],
    ['0', '-0', '0.000', '0E+200'],
    ['-120', '-1.2E2', '-0120.0'],
  ]) {
    assert.equal(new Set(texts.map((N) => encodeKeyValue({ N }).toString('hex'))).size, 1, texts.join(' '));
  }
});

test('no encoded number is the beginning of another one', () => {
  const encoded = ['1', '12', '1.2', '123', '120', '-1', '-12', '0', '1E-130', '1E125'].map((N) => encodeKeyValue({ N }));
  for (const one of encoded)
    for (const other of encoded) if (one !== other) assert.notDeepEqual(other.subarray(0, one.length), one);
});

test('texts have the order of their UTF-8 bytes, not of their UTF-16 units', () => {
  ascends(['', '\0', 'A', 'AA', 'B', 'a', 'z', 'é', '～', '\u{1F600}'].map((S) => ({ S })));
});

test('bytes have their own order, without signs', () => {
  ascends(['', '00', '0000', '01', '7f', '80', 'ff', 'ff00'].map((hex) => ({ B: Buffer.from(hex, 'hex').toString('base64') })));
});

test('any two numbers have the order of their values', () => {
  const number = fc.tuple(fc.boolean(), fc.bigInt(0n, 10n ** 38n - 1n), fc.integer({ min: -130, max: 87 }));
  fc.assert(
    fc.property(number, number, ([aNegative, a, aPower], [bNegative, b, bPower]) => {
      const encoded = [
        encodeKeyValue({ N: `${aNegative ? '-' : ''}${a}E${aPower}` }),
        encodeKeyValue({ N: `${bNegative ? '-' : ''}${b}E${bPower}` }),
      ] as const;
      const difference = (aNegative ? -a : a) * 10n ** BigInt(aPower + 130) - (bNegative ? -b : b) * 10n ** BigInt(bPower + 130);
      assert.equal(Buffer.compare(...encoded), difference === 0n ? 0 : difference < 0n ? -1 : 1);
    }),
    { numRuns: 2_000 },
  );
});
