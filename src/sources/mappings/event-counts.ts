import type { MappingPlace } from '../../ports/mapping-directory.ts';
import type { MappingMetric, MetricSink } from '../../ports/metric-sink.ts';

/** Counts records of one mapping. */
export type EventCounts = (metric: MappingMetric, records: number) => void;

/** Counts for mappings whose `MetricsConfig` has `EventCount`, and nothing for others. */
export function eventCountsOf(metrics: MetricSink, mapping: MappingPlace & { readonly countsEvents: boolean }): EventCounts {
  if (!mapping.countsEvents) return () => undefined;
  const { account, region, uuid } = mapping;
  const subject = { account, region, mapping: uuid };
  return (metric, records) => metrics.add(metric, subject, records);
}
