import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchResult, readBatchResult } from './batch-result.ts';

const IDS = new Set(['a', 'b', 'c']);
const item = (itemIdentifier: unknown): { batchItemFailures: unknown } => ({ batchItemFailures: [{ itemIdentifier }] });

const CASES: readonly (readonly [string, string, BatchResult])[] = [
  ['nothing at all', '', 'none'],
  ['null', 'null', 'none'],
  ['an empty object', '{}', 'none'],
  ['an empty list', '[]', 'none'],
  ['an empty text', '""', 'none'],
  ['a text', '"done"', 'none'],
  ['a number', '7', 'none'],
  ['another object', '{"statusCode":200}', 'none'],
  ['no failures', '{"batchItemFailures":[]}', 'none'],
  ['failures that are null', '{"batchItemFailures":null}', 'none'],
  ['one failure', JSON.stringify(item('b')), new Set(['b'])],
  ['two failures', '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]}', new Set(['a', 'c'])],
  ['a failure said twice', '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"a"}]}', new Set(['a'])],
  ['every message', '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"},{"itemIdentifier":"c"}]}', IDS],
  ['an identifier that is empty', JSON.stringify(item('')), 'all'],
  ['an identifier that is null', JSON.stringify(item(null)), 'all'],
  ['an identifier that is a number', JSON.stringify(item(1)), 'all'],
  ['an identifier of another batch', JSON.stringify(item('z')), 'all'],
  ['a good and a bad one', '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"z"}]}', 'all'],
  ['another key', '{"batchItemFailures":[{"foo":"a"}]}', 'all'],
  ['another key with null', '{"batchItemFailures":[{"foo":null}]}', 'all'],
  ['a text in the list', '{"batchItemFailures":["a"]}', 'all'],
  ['null in the list', '{"batchItemFailures":[null]}', 'all'],
  ['failures that are no list', '{"batchItemFailures":"a"}', 'all'],
  ['failures that are an object', '{"batchItemFailures":{"itemIdentifier":"a"}}', 'all'],
  ['what is no JSON', '{"batchItemFailures":', 'all'],
];

for (const [what, answer, expected] of CASES) {
  test(`an answer with ${what} fails ${typeof expected === 'string' ? expected : [...expected].join(' and ')}`, () => {
    assert.deepEqual(readBatchResult(Buffer.from(answer), IDS), expected);
  });
}
