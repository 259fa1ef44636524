import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Plain, plainly, value } from '../values/value-fixture.ts';
import { type Given, read, refusal } from './expression-fixture.ts';
import { WRONG_KEY_CONDITIONS } from './key-condition-cases-fixture.ts';
import { readExpressions } from './expressions.ts';

type Tests = Readonly<Record<string, readonly [operator: string, ...values: Plain[]]>>;

const RIGHT: readonly (readonly [text: string, tests: Tests, given: Given])[] = [
  ['id = :v', { id: ['=', 'a'] }, { ':v': 'a' }],
  [':v = id', { id: ['=', 'a'] }, { ':v': 'a' }],
  ['#id = :v', { name: ['=', 'a'] }, { '#id': 'name', ':v': 'a' }],
  ['id = :v AND n < :w', { id: ['=', 'a'], n: ['<', 1] }, { ':v': 'a', ':w': 1 }],
  ['id = :v AND n <= :w', { id: ['=', 'a'], n: ['<=', 1] }, { ':v': 'a', ':w': 1 }],
  ['id = :v AND n > :w', { id: ['=', 'a'], n: ['>', 1] }, { ':v': 'a', ':w': 1 }],
  ['id = :v AND n >= :w', { id: ['=', 'a'], n: ['>=', 1] }, { ':v': 'a', ':w': 1 }],
  ['id = :v AND :w < n', { id: ['=', 'a'], n: ['>', 1] }, { ':v': 'a', ':w': 1 }],
  ['id = :v AND :w <= n', { id: ['=', 'a'], n: ['>=', 1] }, { ':v': 'a', ':w': 1 }],
  ['n BETWEEN :a AND :b and id = :v', { n: ['between', 1, 2], id: ['=', 'a'] }, { ':v': 'a', ':a': 1, ':b': 2 }],
  ['id = :v AND begins_with(t, :p)', { id: ['=', 'a'], t: ['begins_with', 'x'] }, { ':v': 'a', ':p': 'x' }],
  ['(id = :v) AND (n = :w)', { id: ['=', 'a'], n: ['=', 1] }, { ':v': 'a', ':w': 1 }],
  ['(id = :v AND n = :w)', { id: ['=', 'a'], n: ['=', 1] }, { ':v': 'a', ':w': 1 }],
];

test(`${RIGHT.length} key conditions say what they ask of which attribute`, () => {
  for (const [text, tests, given] of RIGHT) {
    const expected = Object.entries(tests).map(([name, [operator, ...values]]) => [
      name,
      { operator, values: values.map(value) },
    ]);
    const { keyTests } = read('KeyConditionExpression', text, given);
    assert.deepEqual(plainly([...(keyTests ?? [])]), plainly(expected), text);
  }
});

test(`${WRONG_KEY_CONDITIONS.length} key conditions are refused in AWS's words`, () => {
  for (const [text, message, given] of WRONG_KEY_CONDITIONS)
    assert.equal(
      refusal(() => read('KeyConditionExpression', text, given)),
      message,
      text,
    );
});

const NAMES = 'ExpressionAttributeNames';
const VALUES = 'ExpressionAttributeValues';
const PLACEHOLDERS: readonly (readonly [input: Readonly<Record<string, unknown>>, message: string])[] = [
  [{ [NAMES]: { '#a': 'a' } }, `${NAMES} can only be specified when using expressions`],
  [
    { [VALUES]: { ':a': { S: 'a' } } },
    `${VALUES} can only be specified when using expressions: UpdateExpression and ConditionExpression are null`,
  ],
  [{ ConditionExpression: 'a = b', [NAMES]: {} }, `${NAMES} must not be empty`],
  [{ ConditionExpression: 'a = b', [VALUES]: {} }, `${VALUES} must not be empty`],
  [{ ConditionExpression: 'a = b', [NAMES]: { a: 'a' } }, `${NAMES} contains invalid key: Syntax error; key: "a"`],
  [{ ConditionExpression: 'a = b', [NAMES]: { '#': 'a' } }, `${NAMES} contains invalid key: Syntax error; key: "#"`],
  [{ ConditionExpression: 'a = b', [NAMES]: { '#a-b': 'a' } }, `${NAMES} contains invalid key: Syntax error; key: "#a-b"`],
  [{ ConditionExpression: 'a = b', [NAMES]: { '#a': '' } }, `${NAMES} contains invalid value: Empty attribute name for key #a`],
  [{ ConditionExpression: 'a = b', [VALUES]: { a: { S: 'a' } } }, `${VALUES} contains invalid key: Syntax error; key: "a"`],
  [
    { ConditionExpression: 'a = b', [VALUES]: { ':a': {} } },
    `${VALUES} contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :a`,
  ],
  [
    { ConditionExpression: 'a = b', [VALUES]: { ':a': { N: 'x' } } },
    `${VALUES} contains invalid value: The parameter cannot be converted to a numeric value: x for key :a`,
  ],
  [{ ConditionExpression: 'a = b', [NAMES]: { '#a': 'a' } }, `Value provided in ${NAMES} unused in expressions: keys: {#a}`],
  [
    { ConditionExpression: 'a = b', [VALUES]: { ':a': { S: '' } } },
    `Value provided in ${VALUES} unused in expressions: keys: {:a}`,
  ],
  [{ UpdateExpression: 'SET a = :a', [VALUES]: { ':a': { S: 'x'.repeat(2_097_152) } } }, `${VALUES} exceeds max size`],
  [{ ConditionExpression: 'a = b', UpdateExpression: '' }, 'Invalid UpdateExpression: The expression can not be empty;'],
];

test(`${PLACEHOLDERS.length} requests are refused for their placeholders`, () => {
  for (const [input, message] of PLACEHOLDERS)
    assert.equal(
      refusal(() => readExpressions(input, ['UpdateExpression', 'ConditionExpression'])),
      message,
    );
});
