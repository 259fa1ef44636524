import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFunctionName } from './arn.ts';

const HERE = { account: '123456789012', region: 'us-east-1' };
const named = (text: string, qualifier?: string): string => {
  const { functionName, qualifier: found } = parseFunctionName(text, qualifier, HERE);
  return found === undefined ? functionName : `${functionName} ${found}`;
};

test('every form of a name is read, with and without a qualifier', () => {
  const places = ['', '123456789012:', 'us-east-1:', 'us-east-1:123456789012:', 'arn:aws:lambda:us-east-1:123456789012:'];
  for (const place of places) {
    for (const word of ['', 'function:']) {
      assert.equal(named(`${place}${word}f`), 'f', `${place}${word}`);
      assert.equal(named(`${place}${word}f:7`), 'f 7');
      assert.equal(named(`${place}function:f:$LATEST`), 'f $LATEST');
    }
  }
});

test('the word `function` is a name where it can be none of the words before one', () => {
  assert.equal(named('function'), 'function');
  assert.equal(named('arn:aws:lambda:us-east-1:123456789012:function'), 'function');
  assert.equal(named('f:function'), 'f function');
  assert.equal(named('function:function:7'), 'function 7');
  assert.equal(named('arn:7'), 'arn 7');
});

test('a qualifier in the name and one beside it must be the same', () => {
  assert.equal(named('f:7', '7'), 'f 7');
  assert.equal(named('f', '7'), 'f 7');
  assert.throws(() => named('f:7', '8'), {
    code: 'InvalidParameterValueException',
    message: 'The derived qualifier from the function name does not match the specified qualifier.',
  });
});

test('other regions and accounts are refused, the region first', () => {
  assert.throws(() => named('arn:aws:lambda:eu-west-1:999999999999:function:f'), {
    code: 'ResourceNotFoundException',
    message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
  });
  assert.throws(() => named('999999999999:f'), { code: 'AccessDeniedException', message: '' });
});
