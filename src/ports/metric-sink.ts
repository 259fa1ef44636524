/** What is counted or measured of functions, by its name in the namespace `AWS/Lambda`. Ages and latency are in ms, others are counts. */
export type FunctionMetric =
  | 'AsyncEventsReceived'
  | 'AsyncEventAge'
  | 'AsyncEventsDropped'
  | 'DestinationDeliveryFailures'
  | 'DeadLetterErrors'
  | 'RecursiveInvocationsDropped'
  | 'IteratorAge'
  | 'UrlRequestCount'
  | 'UrlRequestLatency'
  | 'Url4xxCount'
  | 'Url5xxCount';

/** What is counted of event source mappings that ask for it, by its name in the same namespace. */
export type MappingMetric =
  | 'PolledEventCount'
  | 'FilteredOutEventCount'
  | 'InvokedEventCount'
  | 'FailedInvokeEventCount'
  | 'DroppedEventCount'
  | 'OnFailureDestinationDeliveredEventCount'
  | 'DeletedEventCount';

export type MetricName = FunctionMetric | MappingMetric;

/** The function that a metric is of, all its versions together. */
export interface FunctionSubject {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  readonly mapping?: never;
}

/** The event source mapping that a metric is of. */
export interface MappingSubject {
  readonly account: string;
  readonly region: string;
  /** UUID; the dimension `EventSourceMappingUUID`. */
  readonly mapping: string;
  readonly functionName?: never;
}

/** Whose metric it is. */
export type MetricSubject = FunctionSubject | MappingSubject;

/** Where measurements go. Never throws and waits for nothing. */
export interface MetricSink {
  /** Notes one measurement: 1 for a single happening, a value for what is measured. */
  add(metric: FunctionMetric, subject: FunctionSubject, value: number): void;
  add(metric: MappingMetric, subject: MappingSubject, value: number): void;
}

/** What came together of one metric of one function or mapping since the server started. */
export interface MetricReading {
  readonly metric: MetricName;
  readonly subject: MetricSubject;
  readonly sum: number;
  /** How many measurements. */
  readonly count: number;
}
