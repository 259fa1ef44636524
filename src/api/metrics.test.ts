import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsText } from './metrics.ts';

const subject = { account: '000000000000', region: 'us-east-1', functionName: 'f' };
const labels = '{account="000000000000",region="us-east-1",function_name="f"}';

test('counts and durations are written as Prometheus reads them', () => {
  const text = metricsText([
    { metric: 'AsyncEventsDropped', subject, sum: 2, count: 2 },
    { metric: 'AsyncEventAge', subject, sum: 1_500, count: 3 },
  ]);
  const lines = text.split('\n');
  assert.ok(lines.includes(`lambkin_async_events_dropped_total${labels} 2`), text);
  assert.ok(lines.includes('# TYPE lambkin_async_event_age_seconds summary'), text);
  assert.ok(lines.includes(`lambkin_async_event_age_seconds_sum${labels} 1.5`), text);
  assert.ok(lines.includes(`lambkin_async_event_age_seconds_count${labels} 3`), text);
  assert.ok(lines.includes('# TYPE lambkin_dead_letter_errors_total counter'), text);
  assert.ok(text.endsWith('\n'));
});
