import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { item, type Plain, value } from './value-fixture.ts';
import { compareValues, equalValues } from './compare-values.ts';
import { itemSize } from './item-size.ts';
import { addNumbers, compareNumbers, subtractNumbers } from './numbers.ts';

const SUMS: readonly (readonly [a: string, b: string, sum: string])[] = [
  ['1', '2', '3'],
  ['0.1', '0.2', '0.3'],
  ['-1', '1', '0'],
  ['9'.repeat(38), '-1', `${'9'.repeat(37)}8`],
  ['12345678901234567890123456789012345678', '0', '12345678901234567890123456789012345678'],
  ['1000000000000000000000000000000000000', '0.1', '1000000000000000000000000000000000000.1'],
  [`1${'0'.repeat(125)}`, `-1${'0'.repeat(125)}`, '0'],
  ['0.5', '0.5', '1'],
  ['-0.25', '-0.75', '-1'],
];

test(`${SUMS.length} sums are exact to 38 digits`, () => {
  for (const [a, b, sum] of SUMS) {
    assert.equal(addNumbers(a, b), sum);
    assert.equal(addNumbers(b, a), sum);
    assert.equal(subtractNumbers(sum, b), a);
  }
});

test('what a sum has beyond 38 digits or 126 places is refused', () => {
  assert.throws(() => addNumbers('9'.repeat(38), '0.1'), /more than 38 significant digits/);
  assert.throws(() => addNumbers(`${'9'.repeat(38)}${'0'.repeat(88)}`, `1${'0'.repeat(88)}`), /Number overflow/);
});

test('sums, differences and orders are those of whole numbers of any size', () => {
  const whole = fc.bigInt(-(10n ** 37n), 10n ** 37n);
  fc.assert(
    fc.property(whole, whole, (a, b) => {
      assert.equal(addNumbers(String(a), String(b)), String(a + b));
      assert.equal(subtractNumbers(String(a), String(b)), String(a - b));
      assert.equal(Math.sign(compareNumbers(String(a), String(b))), a < b ? -1 : a > b ? 1 : 0);
    }),
    { numRuns: 1_000 },
  );
});

const SIZES: readonly (readonly [plain: { readonly [name: string]: Plain }, bytes: number])[] = [
  [{}, 0],
  [{ id: 'id_value' }, 10],
  [{ a: 'é' }, 3],
  [{ é: '' }, 2],
  [{ a: Buffer.from('abc') }, 4],
  [{ a: true }, 2],
  [{ a: null }, 2],
  [{ a: 0 }, 2],
  [{ a: 1 }, 3],
  [{ a: 12 }, 3],
  [{ a: 123 }, 4],
  [{ a: -1 }, 4],
  [{ a: [] }, 4],
  [{ a: ['b'] }, 6],
  [{ a: {} }, 4],
  [{ a: { b: 'c' } }, 7],
  [{ a: new Set(['b', 'cd']) }, 4],
  [{ a: new Set([1, 2]) }, 5],
];

test(`${SIZES.length} items count for their names and values`, () => {
  for (const [plain, bytes] of SIZES) assert.equal(itemSize(item(plain)), bytes, JSON.stringify(item(plain)));
});

test('values are equal by type and content, sets whatever their order', () => {
  const different: readonly Plain[] = [
    'a',
    'b',
    '1',
    1,
    2,
    true,
    false,
    null,
    [],
    {},
    ['a'],
    [['a']],
    { a: 1 },
    { a: 2 },
    { b: 1 },
    new Set(['a']),
    new Set(['a', 'b']),
    new Set([1]),
    new Set([Buffer.from('a')]),
    Buffer.from('a'),
    Buffer.from('b'),
  ];
  for (const [index, one] of different.entries())
    for (const [at, other] of different.entries())
      assert.equal(equalValues(value(one), value(other)), index === at, `${index} ${at}`);
  assert.ok(equalValues(value(new Set(['a', 'b'])), value(new Set(['b', 'a']))));
  assert.ok(equalValues(value({ a: 1, b: [new Set([1, 2])] }), value({ b: [new Set([2, 1])], a: 1 })));
});

test('only texts, numbers and bytes have an order, each among themselves', () => {
  assert.equal(compareValues(value('a'), value(1)), undefined);
  assert.equal(compareValues(value(true), value(false)), undefined);
  assert.equal(compareValues(value([]), value([])), undefined);
  for (const [less, more] of [
    ['a', 'b'],
    ['a', 'aa'],
    ['Z', 'a'],
    ['～', '\u{1F600}'],
    [9, 10],
    [-2, -1],
    [Buffer.of(0x7f), Buffer.of(0x80)],
  ] as const) {
    assert.ok((compareValues(value(less), value(more)) ?? 0) < 0);
    assert.ok((compareValues(value(more), value(less)) ?? 0) > 0);
    assert.equal(compareValues(value(less), value(less)), 0);
  }
});
