/** What is counted or measured of functions, by its name in the namespace `AWS/Lambda`. `AsyncEventAge` is in ms, the others are counts. */
export type MetricName =
  | 'AsyncEventsReceived'
  | 'AsyncEventAge'
  | 'AsyncEventsDropped'
  | 'DestinationDeliveryFailures'
  | 'DeadLetterErrors'
  | 'RecursiveInvocationsDropped';

/** The function that a metric is of, all its versions together. */
export interface MetricSubject {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
}

/** Where measurements go. Never throws and waits for nothing. */
export interface MetricSink {
  /** Notes one measurement: 1 for a single happening, a value for what is measured. */
  add(metric: MetricName, subject: MetricSubject, value: number): void;
}

/** What came together of one metric of one function since the server started. */
export interface MetricReading {
  readonly metric: MetricName;
  readonly subject: MetricSubject;
  readonly sum: number;
  /** How many measurements. */
  readonly count: number;
}
