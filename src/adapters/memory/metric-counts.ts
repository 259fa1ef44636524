import type { MetricName, MetricReading, MetricSink, MetricSubject } from '../../ports/metric-sink.ts';

/** Series kept; beyond it the one that began longest ago is forgotten. */
const SERIES_MAX = 50_000;

interface Series {
  readonly metric: MetricName;
  readonly subject: MetricSubject;
  sum: number;
  count: number;
}

/** Measurements in memory, since the process started. */
export class MetricCounts implements MetricSink {
  readonly #series = new Map<string, Series>();
  readonly #seriesMax: number;

  constructor(seriesMax = SERIES_MAX) {
    this.#seriesMax = seriesMax;
  }

  add(metric: MetricName, subject: MetricSubject, value: number): void {
    const { account, region } = subject;
    const key = `${metric}/${account}/${region}/${subject.mapping ?? subject.functionName}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      const oldest = this.#series.size >= this.#seriesMax ? this.#series.keys().next().value : undefined;
      if (oldest !== undefined) this.#series.delete(oldest);
      // What is given may hold more than its name.
      const own = subject.mapping !== undefined ? { mapping: subject.mapping } : { functionName: subject.functionName };
      series = { metric, subject: { account, region, ...own }, sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    series.sum += value;
    series.count += 1;
  }

  /** Every series, in the order in which they began. */
  readings(): MetricReading[] {
    return [...this.#series.values()].map((series) => ({ ...series }));
  }
}
