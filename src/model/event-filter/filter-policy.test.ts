import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilterPolicy, type FilterPolicyScope, type FilteredMessage, parseFilterPolicyScope } from './filter-policy.ts';

type Attributes = FilteredMessage['attributes'];
const text = (stringValue: string): Attributes => ({ a: { dataType: 'String', stringValue } });
const number = (stringValue: string): Attributes => ({ a: { dataType: 'Number', stringValue } });
const list = (...values: unknown[]): Attributes => ({ a: { dataType: 'String.Array', stringValue: JSON.stringify(values) } });
const binary: Attributes = { a: { dataType: 'Binary' } };

/** Policies for the attribute `a`. */
const ATTRIBUTES: readonly (readonly [rules: readonly unknown[], attributes: Attributes, matches: boolean])[] = [
  [['rugby'], text('rugby'), true],
  [['rugby'], text('Rugby'), false],
  [['rugby', 'tennis'], text('tennis'), true],
  [['rugby'], list('tennis', 'rugby'), true],
  [['rugby'], list('tennis'), false],
  [['rugby'], {}, false],
  [[true], list(true), true],
  [[null], list(null), true],
  [[true], text('true'), false],
  [[5], list(5), true],
  [[5], number('5'), true],
  [[5], number('5.0'), true],
  [[5], text('5'), false],
  [['5'], number('5'), false],
  [[5], { a: { dataType: 'Number.int', stringValue: '5' } }, true],
  [['x'], { a: { dataType: 'String.label', stringValue: 'x' } }, true],
  [['x'], { a: { dataType: 'String.Array', stringValue: 'x' } }, false],
  [['x'], { b: { dataType: 'String', stringValue: 'x' } }, false],
  [['x'], { a: { dataType: 'Number', stringValue: 'x' } }, false],
  [[{ exists: true }], text(''), true],
  [[{ exists: true }], {}, false],
  [[{ exists: true }], binary, false],
  [[{ exists: false }], {}, true],
  [[{ exists: false }], binary, true],
  [[{ exists: false }], text('x'), false],
  [[{ exists: false }, 'x'], text('x'), true],
  [[{ prefix: 'bas' }], text('baseball'), true],
  [[{ prefix: 'bas' }], list('rugby', 'basket'), true],
  [[{ prefix: 'bas' }], number('5'), false],
  [[{ suffix: 'ball' }], text('baseball'), true],
  [[{ suffix: 'ball' }], text('rugby'), false],
  [[{ 'equals-ignore-case': 'Tennis' }], text('TENNIS'), true],
  [[{ cidr: '10.0.0.0/24' }], text('10.0.0.255'), true],
  [[{ cidr: '10.0.0.0/24' }], text('10.1.1.0'), false],
  [[{ 'anything-but': ['rugby', 'tennis'] }], text('baseball'), true],
  [[{ 'anything-but': ['rugby', 'tennis'] }], text('rugby'), false],
  [[{ 'anything-but': ['rugby', 'tennis'] }], list('rugby', 'baseball'), true],
  [[{ 'anything-but': ['rugby', 'tennis'] }], list('rugby'), false],
  [[{ 'anything-but': ['rugby', 'tennis'] }], {}, false],
  [[{ 'anything-but': [100, 500] }], number('101'), true],
  [[{ 'anything-but': [100, 500] }], number('100'), false],
  [[{ 'anything-but': { prefix: 'order-' } }], text('data-x'), true],
  [[{ 'anything-but': { prefix: 'order-' } }], text('order-x'), false],
  [[{ numeric: ['=', 301.5] }], number('3.015e2'), true],
  [[{ numeric: ['<', 0] }], number('-0.5'), true],
  [[{ numeric: ['>', 0, '<=', 150] }], number('150'), true],
  [[{ numeric: ['>', 0, '<=', 150] }], number('151'), false],
  [[{ numeric: ['>', 0] }], text('1'), false],
];

const POLICIES: readonly (readonly [policy: unknown, attributes: Attributes, matches: boolean])[] = [
  [{ a: ['x'], b: ['y'] }, { ...text('x'), b: { dataType: 'String', stringValue: 'y' } }, true],
  [{ a: ['x'], b: ['y'] }, text('x'), false],
  [{ $or: [{ a: ['x'] }, { b: ['y'] }] }, text('x'), true],
  [{ $or: [{ a: ['x'] }, { b: ['y'] }] }, text('z'), false],
  [{ 'a.b': ['x'] }, { 'a.b': { dataType: 'String', stringValue: 'x' } }, true],
];

const BODIES: readonly (readonly [policy: unknown, body: string, matches: boolean])[] = [
  [{ a: ['x'] }, '{"a":"x"}', true],
  [{ a: ['x'] }, '{"a":"y"}', false],
  [{ a: ['x'] }, 'text', false],
  [{ a: ['x'] }, '"x"', false],
  [{ a: ['x'] }, '', false],
  [{ a: [{ exists: false }] }, 'text', false],
  [{ a: { b: ['x'] } }, '{"a":{"b":"x"}}', true],
  [{ a: { b: ['x'] } }, '{"a":[{"b":"y"},{"b":"x"}]}', true],
  [{ a: { b: ['x'], c: ['y'] } }, '{"a":[{"b":"x"},{"c":"y"}]}', false],
  [{ a: { $or: [{ b: ['x'] }, { c: [{ numeric: ['>', 1] }] }] } }, '{"a":{"c":2}}', true],
  [{ a: [5] }, '{"a":5.0}', true],
  [{ a: [null] }, '{"a":null}', true],
];

const WRONG: readonly (readonly [policy: unknown, scope: FilterPolicyScope, message: string])[] = [
  [{ a: [] }, 'MessageAttributes', 'FilterPolicy: Empty arrays are not allowed'],
  [{ a: 'x' }, 'MessageAttributes', 'FilterPolicy: "a" must be an object or an array'],
  [{ a: [['x']] }, 'MessageAttributes', 'FilterPolicy: Match value must be String, number, true, false, or null'],
  [{ a: [{ equal: 'x' }] }, 'MessageAttributes', 'FilterPolicy: Unrecognized match type equal'],
  [{ a: [{ wildcard: 'x*' }] }, 'MessageAttributes', 'FilterPolicy: Unrecognized match type wildcard'],
  [{ a: [{ 'anything-but': { suffix: 'x' } }] }, 'MessageBody', 'FilterPolicy: Unsupported anything-but pattern: suffix'],
  [{ a: [{ suffix: 1 }] }, 'MessageAttributes', 'FilterPolicy: suffix match pattern must be a string'],
  [{ a: [{ exists: 'x' }] }, 'MessageAttributes', 'FilterPolicy: exists match pattern must be either true or false.'],
  [{ a: [{ numeric: ['=', 'x'] }] }, 'MessageAttributes', 'FilterPolicy: Value of equals must be numeric'],
  [{ a: [{ numeric: ['=', 1, '<', 2] }] }, 'MessageAttributes', 'FilterPolicy: Too many elements in numeric expression'],
  [{ a: [{ numeric: ['>', 2, '<', 1] }] }, 'MessageAttributes', 'FilterPolicy: Bottom must be less than top'],
  [{ a: [{ prefix: 'a', suffix: 'b' }] }, 'MessageAttributes', 'FilterPolicy: Only one key allowed in match expression'],
  [
    { a: [{ numeric: ['>', 1e10] }] },
    'MessageAttributes',
    'FilterPolicy: Value of > must be between -1.0E9 and 1.0E9, inclusive',
  ],
  [{ a: { b: ['x'] } }, 'MessageAttributes', 'Filter policy scope MessageAttributes does not support nested filter policy'],
  [
    { $or: [{ a: { b: ['x'] } }, { c: ['y'] }] },
    'MessageAttributes',
    'Filter policy scope MessageAttributes does not support nested filter policy',
  ],
  [
    { a: [1], b: [1], c: [1], d: [1], e: [1], f: [1] },
    'MessageAttributes',
    'FilterPolicy: Filter policy can not have more than 5 keys',
  ],
  [{ a: range(151) }, 'MessageAttributes', 'FilterPolicy: Filter policy is too complex'],
  [{ a: range(13), b: range(12) }, 'MessageAttributes', 'FilterPolicy: Filter policy is too complex'],
  [{ a: { b: range(76) } }, 'MessageBody', 'FilterPolicy: Filter policy is too complex'],
];

function range(length: number): readonly string[] {
  return Array.from({ length }, (_, at) => `v${at}`);
}

test('messages pass filter policies as in SNS', () => {
  const attributeCases = [...ATTRIBUTES.map(([rules, ...rest]) => [{ a: rules }, ...rest] as const), ...POLICIES];
  for (const [policy, attributes, matches] of attributeCases) {
    const filter = compileFilterPolicy(JSON.stringify(policy), 'MessageAttributes');
    assert.equal(filter({ body: '{"a":"x"}', attributes }), matches, JSON.stringify([policy, attributes]));
  }
  for (const [policy, body, matches] of BODIES) {
    const filter = compileFilterPolicy(JSON.stringify(policy), 'MessageBody');
    assert.equal(filter({ body, attributes: text('x') }), matches, JSON.stringify([policy, body]));
  }
  console.log(`${attributeCases.length + BODIES.length} cases, all right`);
});

test('what is no filter policy is refused in the words of SNS', () => {
  for (const [policy, scope, message] of WRONG)
    assert.throws(() => compileFilterPolicy(JSON.stringify(policy), scope), { name: 'FilterPolicyError', message });
  assert.throws(() => compileFilterPolicy('"x"', 'MessageBody'), { message: 'FilterPolicy: Filter is not an object' });
  for (const policy of [{ a: range(150) }, { a: range(15), b: range(10) }, { a: [1], b: [1], c: [1], d: [1], e: [1] }])
    assert.doesNotThrow(() => compileFilterPolicy(JSON.stringify(policy), 'MessageAttributes'));
  console.log(`${WRONG.length} cases, all right`);
});

test('scopes are told by their names', () => {
  assert.equal(parseFilterPolicyScope('MessageBody'), 'MessageBody');
  assert.throws(() => parseFilterPolicyScope('Body'), {
    message: 'FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or MessageAttributes',
  });
});
