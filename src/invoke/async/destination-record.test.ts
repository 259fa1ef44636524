import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InvokeRequest } from '../../ports/invoker.ts';
import { destinationRecord, recordFor } from './destination-record.ts';

const request: InvokeRequest = {
  requestId: '3c1b2a4d-0000-4000-8000-000000000001',
  account: '123456789012',
  region: 'eu-west-1',
  functionName: 'f',
  payload: Buffer.from('{"order":1}'),
};
const atMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const failed = { executedVersion: '3', functionError: 'Unhandled', payload: Buffer.from('{"errorMessage":"no"}') } as const;

test('the record of a failure has these fields and no others', () => {
  const record = destinationRecord({ request, condition: 'RetriesExhausted', attempts: 3, result: failed, atMs });
  assert.deepEqual(JSON.parse(record), {
    version: '1.0',
    timestamp: '2026-01-02T03:04:05.006Z',
    requestContext: {
      requestId: '3c1b2a4d-0000-4000-8000-000000000001',
      functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: { order: 1 },
    responseContext: { statusCode: 200, executedVersion: '3', functionError: 'Unhandled' },
    responsePayload: { errorMessage: 'no' },
  });
});

test('the record of a success names no error, and the alias that was called', () => {
  const result = { executedVersion: '7', payload: Buffer.from('"done"') };
  const record = destinationRecord({
    request: { ...request, qualifier: 'live' },
    condition: 'Success',
    attempts: 1,
    result,
    atMs,
  });
  const { requestContext, responseContext, responsePayload } = JSON.parse(record);
  assert.deepEqual(requestContext, {
    requestId: request.requestId,
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:f:live',
    condition: 'Success',
    approximateInvokeCount: 1,
  });
  assert.deepEqual([responseContext, responsePayload], [{ statusCode: 200, executedVersion: '7' }, 'done']);
});

test('where the function did not run there is no response', () => {
  const record = destinationRecord({ request, condition: 'ZeroReservedConcurrency', attempts: 0, atMs });
  assert.deepEqual(Object.keys(JSON.parse(record)), ['version', 'timestamp', 'requestContext', 'requestPayload']);
});

test('payloads keep their digits, and what is no JSON is a string', () => {
  const large = { ...request, payload: Buffer.from('{"id":12345678901234567890}') };
  const text = { executedVersion: '1', payload: Buffer.from('plain "text"\n') };
  const record = destinationRecord({ request: large, condition: 'Success', attempts: 1, result: text, atMs });
  assert.ok(record.includes('"requestPayload":{"id":12345678901234567890}'), record);
  assert.equal(JSON.parse(record).responsePayload, 'plain "text"\n');
});

test('an empty event is an empty object, an empty answer an empty string', () => {
  const empty = { ...request, payload: Buffer.alloc(0) };
  const result = { executedVersion: '1', payload: Buffer.alloc(0) };
  const record = JSON.parse(destinationRecord({ request: empty, condition: 'Success', attempts: 1, result, atMs }));
  assert.deepEqual([record.requestPayload, record.responsePayload], [{}, '']);
});

test('for a topic a record of more than 256 KB is left without its payloads, for others it is whole', () => {
  const large = { ...request, payload: Buffer.from(JSON.stringify('x'.repeat(262_144))) };
  const end = { request: large, condition: 'RetriesExhausted', attempts: 3, result: failed, atMs } as const;
  assert.deepEqual(Object.keys(JSON.parse(recordFor('sns', end).toString())), [
    'version',
    'timestamp',
    'requestContext',
    'responseContext',
  ]);
  for (const service of ['sqs', 'lambda', 's3', 'events']) assert.ok(recordFor(service, end).length > 262_144);
  assert.equal(JSON.parse(recordFor('sns', { ...end, request }).toString()).responsePayload.errorMessage, 'no');
});
