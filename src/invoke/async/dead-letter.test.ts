import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lambdaError } from '../../model/lambda-errors.ts';
import { deadLetterAttributes } from './dead-letter.ts';
import type { ExhaustedEvent } from './event-ends.ts';

const request = { requestId: 'id', account: '0', region: 'r', functionName: 'f', payload: Buffer.alloc(0) };
const exhausted: ExhaustedEvent = { request, condition: 'RetriesExhausted', attempts: 3 };
const answered = (payload: string): ExhaustedEvent => ({
  ...exhausted,
  lastResult: { executedVersion: '1', functionError: 'Unhandled', payload: Buffer.from(payload) },
});

test('an error of the function has the code 200 and its own message', () => {
  assert.deepEqual(deadLetterAttributes(answered('{"errorMessage":"no stock","errorType":"E"}')), {
    RequestID: 'id',
    ErrorCode: 200,
    ErrorMessage: 'no stock',
  });
  assert.equal(deadLetterAttributes(answered('not JSON'))['ErrorMessage'], 'not JSON');
  assert.equal(deadLetterAttributes(answered('null'))['ErrorMessage'], 'null');
});

test('what was not run has the status that it was refused with', () => {
  const lastError = lambdaError('TooManyRequestsException', 'Rate Exceeded.');
  assert.deepEqual(deadLetterAttributes({ ...exhausted, condition: 'EventAgeExceeded', lastError }), {
    RequestID: 'id',
    ErrorCode: 429,
    ErrorMessage: 'Rate Exceeded.',
  });
  assert.deepEqual(deadLetterAttributes({ ...exhausted, condition: 'ZeroReservedConcurrency' }), {
    RequestID: 'id',
    ErrorCode: 429,
    ErrorMessage: 'ZeroReservedConcurrency',
  });
  assert.deepEqual(deadLetterAttributes({ ...exhausted, lastError: new Error('/internal/path') }), {
    RequestID: 'id',
    ErrorCode: 500,
    ErrorMessage: 'ServiceException',
  });
});

test('a message is cut to a kilobyte between characters, rid of what SQS refuses, and left out when empty', () => {
  const long = String(deadLetterAttributes(answered('é'.repeat(600) + '€'))['ErrorMessage']);
  assert.equal(long, 'é'.repeat(512));
  const odd = String(deadLetterAttributes(answered(`x${'€'.repeat(1_000)}`))['ErrorMessage']);
  assert.equal(odd, `x${'€'.repeat(341)}`);
  assert.equal(deadLetterAttributes(answered('{"errorMessage":"a\\u0000b"}'))['ErrorMessage'], 'a\ufffdb');
  assert.deepEqual(Object.keys(deadLetterAttributes(answered(''))), ['RequestID', 'ErrorCode']);
});
