import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricCounts } from './metric-counts.ts';

const of = (functionName: string): { account: string; region: string; functionName: string } => ({
  account: '000000000000',
  region: 'us-east-1',
  functionName,
});

test('measurements come together by metric and function', () => {
  const counts = new MetricCounts();
  counts.add('AsyncEventsReceived', of('f'), 1);
  counts.add('AsyncEventsReceived', of('f'), 1);
  counts.add('AsyncEventsReceived', of('g'), 1);
  counts.add('AsyncEventAge', of('f'), 250);
  assert.deepEqual(
    counts.readings().map(({ metric, subject, sum, count }) => [metric, subject.functionName, sum, count]),
    [
      ['AsyncEventsReceived', 'f', 2, 2],
      ['AsyncEventsReceived', 'g', 1, 1],
      ['AsyncEventAge', 'f', 250, 1],
    ],
  );
});

test('no more series are kept than may be', () => {
  const counts = new MetricCounts(2);
  for (const name of ['f', 'g', 'h']) counts.add('AsyncEventsDropped', of(name), 1);
  assert.deepEqual(
    counts.readings().map(({ subject }) => subject.functionName),
    ['g', 'h'],
  );
});
