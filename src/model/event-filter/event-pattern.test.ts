import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEventPattern } from './event-pattern.ts';

const parse = (pattern: unknown): unknown => parseEventPattern(JSON.stringify(pattern));
const rule = (value: unknown): unknown => {
  const { fields } = parseEventPattern(JSON.stringify({ field: [value] }));
  const [field] = fields;
  return field && 'rules' in field ? field.rules[0] : undefined;
};

test('fields, nested fields and alternatives are told apart', () => {
  assert.deepEqual(parse({ body: { kind: ['a', 5, true, null] }, $or: [{ x: ['1'] }, { y: ['2'] }] }), {
    fields: [
      {
        name: 'body',
        pattern: {
          fields: [
            {
              name: 'kind',
              rules: ['a', 5, true, null].map((value) => ({ kind: 'equals', value })),
            },
          ],
          alternatives: [],
        },
      },
    ],
    alternatives: [
      [
        { fields: [{ name: 'x', rules: [{ kind: 'equals', value: '1' }] }], alternatives: [] },
        { fields: [{ name: 'y', rules: [{ kind: 'equals', value: '2' }] }], alternatives: [] },
      ],
    ],
  });
});

test('$or is a field like any other where it is no choice', () => {
  for (const $or of [['a'], [{ prefix: 'a' }, { suffix: 'b' }], [{ exists: false }]]) {
    const { fields, alternatives } = parseEventPattern(JSON.stringify({ $or }));
    assert.deepEqual([fields[0]?.name, alternatives.length], ['$or', 0]);
  }
});

test('the last of two keys with one name counts', () => {
  assert.deepEqual(parseEventPattern('{"a":["1"],"a":["2"]}'), parseEventPattern('{"a":["2"]}'));
});

test('every operator is read', () => {
  assert.deepEqual(rule({ prefix: 'a' }), { kind: 'prefix', text: 'a', ignoresCase: false });
  assert.deepEqual(rule({ suffix: { 'equals-ignore-case': 'A' } }), { kind: 'suffix', text: 'A', ignoresCase: true });
  assert.deepEqual(rule({ 'equals-ignore-case': '' }), { kind: 'equals-ignore-case', text: '' });
  assert.deepEqual(rule({ wildcard: 'a*\\*b\\\\*' }), { kind: 'wildcard', pieces: ['a', '*b\\', ''] });
  assert.deepEqual(rule({ wildcard: '' }), { kind: 'wildcard', pieces: [''] });
  assert.deepEqual(rule({ exists: false }), { kind: 'exists', exists: false });
  assert.deepEqual(rule({ numeric: ['=', 1.5] }), { kind: 'numeric', bounds: [{ operator: '=', value: 1.5 }] });
  assert.deepEqual(rule({ numeric: ['>', 0, '<=', 5] }), {
    kind: 'numeric',
    bounds: [
      { operator: '>', value: 0 },
      { operator: '<=', value: 5 },
    ],
  });
  assert.deepEqual(rule({ cidr: '10.0.0.0/24' }), { kind: 'cidr', address: '10.0.0.0', maskBits: 24 });
  assert.deepEqual(rule({ cidr: '2001:db8::/32' }), { kind: 'cidr', address: '2001:db8::', maskBits: 32 });
  assert.deepEqual(rule({ 'anything-but': 'a' }), { kind: 'anything-but', rules: [{ kind: 'equals', value: 'a' }] });
  assert.deepEqual(rule({ 'anything-but': [1, 2] }), {
    kind: 'anything-but',
    rules: [
      { kind: 'equals', value: 1 },
      { kind: 'equals', value: 2 },
    ],
  });
  for (const kind of ['prefix', 'suffix']) {
    assert.deepEqual(rule({ 'anything-but': { [kind]: ['a', 'b'] } }), {
      kind: 'anything-but',
      rules: [
        { kind, text: 'a', ignoresCase: false },
        { kind, text: 'b', ignoresCase: false },
      ],
    });
  }
  assert.deepEqual(rule({ 'anything-but': { wildcard: '' } }), {
    kind: 'anything-but',
    rules: [{ kind: 'wildcard', pieces: [''] }],
  });
});

const WRONG: readonly [unknown, string][] = [
  [{}, 'Empty objects are not allowed'],
  [{ a: {} }, 'Empty objects are not allowed'],
  [{ a: [] }, 'Empty arrays are not allowed'],
  [{ a: 'x' }, '"a" must be an object or an array'],
  [{ a: null }, '"a" must be an object or an array'],
  [{ a: [['x']] }, 'Match value must be String, number, true, false, or null'],
  [{ a: [{}] }, 'Only one key allowed in match expression'],
  [{ a: [{ prefix: 'a', suffix: 'b' }] }, 'Only one key allowed in match expression'],
  [{ a: [{ Prefix: 'a' }] }, 'Unrecognized match type Prefix'],
  [{ a: [{ constructor: 'a' }] }, 'Unrecognized match type constructor'],
  [{ a: [{ prefix: 1 }] }, 'prefix match pattern must be a string'],
  [{ a: [{ suffix: null }] }, 'suffix match pattern must be a string'],
  [{ a: [{ 'equals-ignore-case': ['a'] }] }, 'equals-ignore-case match pattern must be a string'],
  [{ a: [{ wildcard: 'a**' }] }, 'Consecutive wildcard characters at pos 1'],
  [{ a: [{ wildcard: 'a\\b' }] }, 'Invalid escape character at pos 1'],
  [{ a: [{ exists: 'true' }] }, 'exists match pattern must be either true or false.'],
  [{ a: [{ numeric: '>' }] }, 'Value of numeric must be an array.'],
  [{ a: [{ numeric: ['>', '1'] }] }, 'Value of > must be numeric'],
  [{ a: [{ numeric: ['!', 1] }] }, 'Unrecognized numeric range operator: !'],
  [{ a: [{ numeric: ['<', 5, '>', 1] }] }, 'Bad numeric range operator: >'],
  [{ a: [{ numeric: ['>', 5, '<', 1] }] }, 'Bottom must be less than top'],
  [{ a: [{ numeric: [] }] }, 'Invalid member in numeric match'],
  [{ a: [{ numeric: ['>', 1, '<', 2, '<', 3] }] }, 'Too many elements in numeric expression'],
  [{ a: [{ numeric: ['=', 1, '<', 2] }] }, 'Too many elements in numeric expression'],
  [{ a: [{ numeric: ['=', '1'] }] }, 'Value of equals must be numeric'],
  [{ a: [{ cidr: 'fe80::1%eth0/64' }] }, 'Nonstandard IP address: fe80::1%eth0'],
  [{ $or: Array.from({ length: 1001 }, () => ({ a: ['1'] })) }, 'Rule is too complex'],
  [{ ['a.'.repeat(1000)]: ['1'] }, 'Rule is too complex'],
  [{ a: [{ cidr: '10.0.0.0' }] }, "Malformed CIDR, one '/' required"],
  [{ a: [{ cidr: '10.0.0.0/x' }] }, 'Malformed CIDR, mask bits must be an integer'],
  [{ a: [{ cidr: '10.0.0.0/33' }] }, 'Malformed CIDR, too many mask bits'],
  [{ a: [{ cidr: '10.0.0/8' }] }, 'Nonstandard IP address: 10.0.0'],
  [{ a: [{ 'anything-but': null }] }, 'Value of anything-but must be an array or single string/number value.'],
  [{ a: [{ 'anything-but': ['a', 1] }] }, 'Inside anything but list, start|null|boolean is not supported.'],
  [{ a: [{ 'anything-but': [] }] }, 'Empty arrays are not allowed'],
  [{ a: [{ 'anything-but': { prefix: '' } }] }, 'Null prefix/suffix not allowed'],
  [{ a: [{ 'anything-but': { suffix: 1 } }] }, 'prefix/suffix match pattern must be a string'],
  [{ a: [{ 'anything-but': { prefix: ['a', 1] } }] }, 'prefix/suffix match pattern must be a string'],
  [{ a: [{ 'anything-but': { wildcard: 1 } }] }, 'wildcard match pattern must be a string'],
  [
    { a: [{ 'anything-but': { 'equals-ignore-case': ['a', 1] } }] },
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
  ],
  [{ a: [{ 'anything-but': { exists: true } }] }, 'Unsupported anything-but pattern: exists'],
  [{ $or: [{ a: ['1'] }, { a: [] }] }, 'Empty arrays are not allowed'],
];

test('what is no pattern is refused with its reason', () => {
  for (const [pattern, message] of WRONG) assert.throws(() => parse(pattern), { name: 'EventPatternError', message });
  for (const text of ['', '{', '5', '"simple string"', '[{"a":["x"]}]', 'null'])
    assert.throws(() => parseEventPattern(text), { name: 'EventPatternError', message: 'Filter is not an object' });
  assert.throws(() => parseEventPattern('{"a":[{"numeric":["<",1e999]}]}'), { message: 'Value of < must be numeric' });
});

test('choices in choices end', () => {
  const depth = 20_000;
  const text = `${'{"$or":[{"a":["x"]},'.repeat(depth)}{"b":["x"]}${']}'.repeat(depth)}`;
  assert.throws(() => parseEventPattern(text), { message: 'Rule is too complex' });
});

test('a pattern as deep as its size allows is read', () => {
  const depth = 600;
  assert.doesNotThrow(() => parseEventPattern(`${'{"a":'.repeat(depth)}["x"]${'}'.repeat(depth)}`));
});
