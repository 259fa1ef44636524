import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREATABLE_RUNTIMES } from '../../control/settings/runtimes.ts';
import { inSetOrder } from './set-order.ts';

test('enumerations come in the order that was recorded from AWS', () => {
  const recorded = [['Terminate', 'Allow'], ['x86_64', 'arm64'], ['PublishedVersions', 'None'], ['ALL']];
  for (const words of recorded) assert.deepEqual(inSetOrder(words.toSorted()), words);
});

test('so do the runtimes, of which some share a bucket', () => {
  const recorded =
    'nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, ' +
    'java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, ' +
    'nodejs18.x, provided.al2, java8.al2';
  assert.deepEqual(inSetOrder(recorded.split(', ')), recorded.split(', '));
  assert.deepEqual(
    inSetOrder(CREATABLE_RUNTIMES).filter((runtime) => recorded.split(', ').includes(runtime)),
    recorded.split(', '),
  );
});
