import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../model/service-error.ts';
import { parseItem, parseValue } from './parse-value.ts';
import { plainly } from './value-fixture.ts';

/** What is given, and what it becomes; the same when there is nothing. */
const GOOD: readonly (readonly [given: unknown, becomes?: unknown])[] = [
  [{ S: '' }],
  [{ S: 'a' }],
  [{ S: '\u{1F600}' }],
  [{ B: '' }],
  [{ B: 'AQID' }],
  [{ BOOL: false }],
  [{ BOOL: true }],
  [{ NULL: true }],
  [{ N: '0' }],
  [{ N: '-0' }, { N: '0' }],
  [{ N: '007' }, { N: '7' }],
  [{ N: '+5' }, { N: '5' }],
  [{ N: '.5' }, { N: '0.5' }],
  [{ N: '5.' }, { N: '5' }],
  [{ N: '-1.50' }, { N: '-1.5' }],
  [{ N: '1e3' }, { N: '1000' }],
  [{ N: '1E-3' }, { N: '0.001' }],
  [{ N: '12.3e-5' }, { N: '0.000123' }],
  [{ N: '0e500' }, { N: '0' }],
  [{ N: '1E125' }, { N: `1${'0'.repeat(125)}` }],
  [{ N: '1E-130' }, { N: `0.${'0'.repeat(129)}1` }],
  [{ N: '9'.repeat(38) }],
  [{ N: `${'9'.repeat(38)}E88` }, { N: `${'9'.repeat(38)}${'0'.repeat(88)}` }],
  [{ N: `1${'0'.repeat(60)}` }],
  [{ N: `0.${'0'.repeat(50)}${'1'.repeat(38)}` }],
  [{ SS: ['a', 'b'] }],
  [{ SS: ['', 'b'] }],
  [{ NS: ['1', '2.0'] }, { NS: ['1', '2'] }],
  [{ BS: ['AQ==', 'Ag=='] }],
  [{ L: [] }],
  [{ L: [{ S: 'a' }, { N: '01' }, { L: [] }] }, { L: [{ S: 'a' }, { N: '1' }, { L: [] }] }],
  [{ M: {} }],
  [{ M: { a: { M: { b: { N: '1' } } }, '': { S: '' } } }],
  [{ S: 'a', N: null }, { S: 'a' }],
  [{ S: 'a', Strange: 1 }, { S: 'a' }],
  [{ M: { constructor: { S: 'a' }, toString: { N: '1' } } }],
];

const EMPTY = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
const SEVERAL = 'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';
const OVERFLOW = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
const UNDERFLOW = 'Number underflow. Attempting to store a number with magnitude smaller than supported range';
const DIGITS = 'Attempting to store more than 38 significant digits in a Number';
const INVALID = 'One or more parameter values were invalid: ';
const NO_NUMBER = 'The parameter cannot be converted to a numeric value';

/** What is given, and AWS's text. */
const BAD: readonly (readonly [given: unknown, message: string])[] = [
  [{}, EMPTY],
  [{ Strange: 1 }, EMPTY],
  [{ S: null }, EMPTY],
  [{ S: 'a', N: '1' }, SEVERAL],
  [{ BOOL: true, NULL: true }, SEVERAL],
  [{ L: [{}] }, EMPTY],
  [{ M: { a: { S: 'a', BOOL: true } } }, SEVERAL],
  [{ NULL: false }, `${INVALID}Null attribute value types must have the value of true`],
  [{ N: '' }, NO_NUMBER],
  [{ N: 'x' }, `${NO_NUMBER}: x`],
  [{ N: ' 1' }, `${NO_NUMBER}:  1`],
  [{ N: '1 ' }, `${NO_NUMBER}: 1 `],
  [{ N: '.' }, `${NO_NUMBER}: .`],
  [{ N: '-' }, `${NO_NUMBER}: -`],
  [{ N: 'e5' }, `${NO_NUMBER}: e5`],
  [{ N: '1e' }, `${NO_NUMBER}: 1e`],
  [{ N: '1.2.3' }, `${NO_NUMBER}: 1.2.3`],
  [{ N: '0x1' }, `${NO_NUMBER}: 0x1`],
  [{ N: 'NaN' }, `${NO_NUMBER}: NaN`],
  [{ N: 'Infinity' }, `${NO_NUMBER}: Infinity`],
  [{ N: '1,5' }, `${NO_NUMBER}: 1,5`],
  [{ N: '1E126' }, OVERFLOW],
  [{ N: '-1E126' }, OVERFLOW],
  [{ N: `1${'0'.repeat(126)}` }, OVERFLOW],
  [{ N: '1E-131' }, UNDERFLOW],
  [{ N: '-1E-131' }, UNDERFLOW],
  [{ N: '1'.repeat(39) }, DIGITS],
  [{ N: `1.${'0'.repeat(37)}1` }, DIGITS],
  [{ N: `${'9'.repeat(39)}E10` }, DIGITS],
  [{ SS: [] }, `${INVALID}An string set  may not be empty`],
  [{ NS: [] }, `${INVALID}An number set  may not be empty`],
  [{ BS: [] }, `${INVALID}Binary sets should not be empty`],
  [{ SS: ['a', 'a'] }, `${INVALID}Input collection [a, a] contains duplicates.`],
  [{ SS: ['a', 'b', 'a'] }, `${INVALID}Input collection [a, b, a] contains duplicates.`],
  [{ NS: ['1', '1.0'] }, 'Input collection contains duplicates'],
  [{ NS: ['1', 'x'] }, `${NO_NUMBER}: x`],
  [{ BS: ['AQ==', 'AQ=='] }, `${INVALID}Input collection [AQ==, AQ==]of type BS contains duplicates.`],
  [{ L: [{ N: 'x' }] }, `${NO_NUMBER}: x`],
  [{ M: { a: { SS: [] } } }, `${INVALID}An string set  may not be empty`],
];

const TYPE = 'com.amazonaws.dynamodb.v20120810.AttributeValue';
/** What is given in JSON of another shape. */
const MISSHAPEN: readonly (readonly [given: unknown, message: string])[] = [
  ['a', 'Unexpected value type in payload'],
  [1, 'Unexpected value type in payload'],
  [[], `Unrecognized collection type class ${TYPE}`],
  [{ S: 1 }, 'NUMBER_VALUE cannot be converted to String'],
  [{ S: 1.5 }, 'DECIMAL_VALUE cannot be converted to String'],
  [{ S: true }, 'TRUE_VALUE cannot be converted to String'],
  [{ S: false }, 'FALSE_VALUE cannot be converted to String'],
  [{ S: [] }, 'Unrecognized collection type class java.lang.String'],
  [{ S: {} }, 'Start of structure or map found where not expected'],
  [{ N: 1 }, 'NUMBER_VALUE cannot be converted to String'],
  [{ BOOL: 1 }, 'NUMBER_VALUE cannot be converted to Boolean'],
  [{ BOOL: 'true' }, 'Unexpected token received from parser'],
  [{ SS: 'a' }, 'Unexpected field type'],
  [{ SS: {} }, 'Start of structure or map found where not expected'],
  [{ SS: [1] }, 'NUMBER_VALUE cannot be converted to String'],
  [{ L: 'a' }, 'Unexpected field type'],
  [{ L: ['a'] }, 'Unexpected value type in payload'],
  [{ M: 'a' }, 'Unexpected field type'],
  [{ M: [] }, `Unrecognized collection type java.util.Map<java.lang.String, ${TYPE}>`],
  [{ B: 'abc' }, 'Base64 encoded length is expected a multiple of 4 bytes but found: 3'],
  [{ B: 'ab*=' }, "Invalid Base64 character: '*'"],
  [{ B: 'a=bc' }, "Invalid Base64 character: '='"],
  [{ B: 'AB==' }, 'Invalid last non-pad Base64 character dectected'],
];

test(`${GOOD.length} values are taken, and numbers come out in their canonical form`, () => {
  for (const [given, becomes = given] of GOOD) {
    assert.deepEqual(plainly(parseValue(given)), becomes, JSON.stringify(given));
  }
});

test(`${BAD.length} values are refused in AWS's words`, () => {
  for (const [given, message] of BAD) refuses(given, 'ValidationException', message);
});

test(`${MISSHAPEN.length} pieces of JSON that are no values are refused in AWS's words`, () => {
  for (const [given, message] of MISSHAPEN) refuses(given, 'SerializationException', message);
});

test('lists and maps may be 32 deep in each other and not more', () => {
  const nested = (levels: number): unknown =>
    levels === 0 ? { S: 'a' } : levels % 2 === 0 ? { L: [nested(levels - 1)] } : { M: { a: nested(levels - 1) } };
  parseValue(nested(32));
  const message =
    'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';
  refuses(nested(33), 'ValidationException', message);
  refuses(nested(1_000), 'ValidationException', message);
});

test('an attribute may have any name, also those that objects of JavaScript have', () => {
  const given = JSON.parse('{"__proto__":{"S":"a"},"constructor":{"S":"b"},"hasOwnProperty":{"N":"1"}}') as object;
  const item = parseItem(given);
  assert.deepEqual(Object.keys(item), ['__proto__', 'constructor', 'hasOwnProperty']);
  assert.equal(JSON.stringify(item), JSON.stringify(given));
});

function refuses(given: unknown, code: string, message: string): void {
  assert.throws(
    () => parseValue(given),
    (error) => {
      assert.ok(error instanceof ServiceError, JSON.stringify(given).slice(0, 200));
      assert.deepEqual([error.code, error.message], [code, message], JSON.stringify(given).slice(0, 200));
      return true;
    },
  );
}
