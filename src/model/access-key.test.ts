import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemIds } from '../adapters/system/ids.ts';
import { accountOfAccessKeyId, issueAccessKeyId } from './access-key.ts';

test('an issued key tells its account, looks like a key of AWS, and is not issued twice', () => {
  const ids = systemIds();
  for (const account of ['000000000000', '000000000001', '123456789012', '999999999999']) {
    const key = issueAccessKeyId(account, ids.hex(4));
    assert.match(key, /^LSIA[A-Z2-7]{16}$/);
    assert.equal(accountOfAccessKeyId(key), account);
  }
  assert.notEqual(issueAccessKeyId('123456789012', ids.hex(4)), issueAccessKeyId('123456789012', ids.hex(4)));
});

test('12 digits are an account; what is neither that nor issued is none', () => {
  assert.equal(accountOfAccessKeyId('210987654321'), '210987654321');
  for (const id of [
    '',
    'test',
    '12345678901',
    '1234567890123',
    'AKIAIOSFODNN7EXAMPLE',
    'LSIA1111111111111111',
    'LSIA7777777777777777',
    'LSIAAAAA',
  ]) {
    assert.equal(accountOfAccessKeyId(id), undefined, id);
  }
});
