import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricSubject } from '../../ports/metric-sink.ts';
import { MetricCounts } from './metric-counts.ts';

const of = (functionName: string): { account: string; region: string; functionName: string } => ({
  account: '000000000000',
  region: 'us-east-1',
  functionName,
});

const nameOf = (subject: MetricSubject): string => subject.mapping ?? subject.functionName;

test('measurements come together by metric and function or mapping', () => {
  const counts = new MetricCounts();
  counts.add('AsyncEventsReceived', of('f'), 1);
  counts.add('AsyncEventsReceived', of('f'), 1);
  counts.add('AsyncEventsReceived', of('g'), 1);
  counts.add('AsyncEventAge', of('f'), 250);
  counts.add('PolledEventCount', { account: '000000000000', region: 'us-east-1', mapping: 'f' }, 3);
  assert.deepEqual(
    counts.readings().map(({ metric, subject, sum, count }) => [metric, nameOf(subject), sum, count]),
    [
      ['AsyncEventsReceived', 'f', 2, 2],
      ['AsyncEventsReceived', 'g', 1, 1],
      ['AsyncEventAge', 'f', 250, 1],
      ['PolledEventCount', 'f', 3, 1],
    ],
  );
});

test('no more series are kept than may be', () => {
  const counts = new MetricCounts(2);
  for (const name of ['f', 'g', 'h']) counts.add('AsyncEventsDropped', of(name), 1);
  assert.deepEqual(
    counts.readings().map(({ subject }) => nameOf(subject)),
    ['g', 'h'],
  );
});
