import type { MetricName, MetricReading } from '../ports/metric-sink.ts';
import type { LocalHandler } from '../wire/listener.ts';

interface Family {
  readonly name: string;
  readonly help: string;
  /** Series of a summary: milliseconds in, seconds out. */
  readonly isDuration?: true;
}

const FAMILIES: Readonly<Record<MetricName, Family>> = {
  AsyncEventsReceived: { name: 'lambkin_async_events_received_total', help: 'Events that were queued' },
  AsyncEventAge: { name: 'lambkin_async_event_age_seconds', help: 'Age of events when they were run', isDuration: true },
  AsyncEventsDropped: { name: 'lambkin_async_events_dropped_total', help: 'Events that were given up' },
  DestinationDeliveryFailures: {
    name: 'lambkin_destination_delivery_failures_total',
    help: 'Records that could not be delivered to a destination',
  },
  DeadLetterErrors: { name: 'lambkin_dead_letter_errors_total', help: 'Events that could not be sent to a dead-letter queue' },
  RecursiveInvocationsDropped: {
    name: 'lambkin_recursive_invocations_dropped_total',
    help: 'Invocations that were not run because they were part of a loop',
  },
  IteratorAge: {
    name: 'lambkin_iterator_age_seconds',
    help: 'Age of the last record of each batch of a stream when it was through',
    isDuration: true,
  },
  UrlRequestCount: { name: 'lambkin_url_requests_total', help: 'Requests to function URLs' },
  UrlRequestLatency: {
    name: 'lambkin_url_request_duration_seconds',
    help: 'Time from the headers of a request to a function URL to the end of its answer',
    isDuration: true,
  },
  Url4xxCount: { name: 'lambkin_url_4xx_total', help: 'Requests to function URLs that were answered with 4xx' },
  Url5xxCount: { name: 'lambkin_url_5xx_total', help: 'Requests to function URLs that were answered with 5xx' },
  PolledEventCount: { name: 'lambkin_mapping_polled_events_total', help: 'Records that a mapping read' },
  FilteredOutEventCount: { name: 'lambkin_mapping_filtered_events_total', help: 'Records that no filter of a mapping matched' },
  InvokedEventCount: { name: 'lambkin_mapping_invoked_events_total', help: 'Records that a function was run with' },
  FailedInvokeEventCount: { name: 'lambkin_mapping_failed_events_total', help: 'Records that a function failed or did not get' },
  DroppedEventCount: { name: 'lambkin_mapping_dropped_events_total', help: 'Records that a mapping gave up' },
  OnFailureDestinationDeliveredEventCount: {
    name: 'lambkin_mapping_on_failure_events_total',
    help: 'Records that a destination was told of as failed',
  },
  DeletedEventCount: { name: 'lambkin_mapping_deleted_events_total', help: 'Messages that a mapping deleted from its queue' },
};

/** `GET /_lambkin/metrics`: what was counted since the server started, in the text format of Prometheus, version 0.0.4. */
export function metricsHandler(readings: () => readonly MetricReading[]): LocalHandler {
  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    const body = metricsText(readings());
    response.writeHead(200, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  };
}

/** The page; every family has its heading, also where nothing was counted yet. */
export function metricsText(readings: readonly MetricReading[]): string {
  const byMetric = Map.groupBy(readings, ({ metric }) => metric);
  return Object.entries(FAMILIES)
    .map(([metric, { name, help, isDuration }]) => {
      const own = byMetric.get(metric as MetricName) ?? [];
      const lines = own.flatMap((reading) => {
        const labels = labelsOf(reading);
        if (!isDuration) return [`${name}${labels} ${reading.sum}`];
        return [`${name}_sum${labels} ${reading.sum / 1_000}`, `${name}_count${labels} ${reading.count}`];
      });
      return [`# HELP ${name} ${help}.`, `# TYPE ${name} ${isDuration ? 'summary' : 'counter'}`, ...lines, ''].join('\n');
    })
    .join('');
}

/** Names of functions, accounts and regions need no escaping; what else there may be is made harmless. */
function labelsOf({ subject }: MetricReading): string {
  const { account, region } = subject;
  const quoted = (text: string): string => JSON.stringify(text);
  const own =
    subject.mapping !== undefined
      ? `event_source_mapping_uuid=${quoted(subject.mapping)}`
      : `function_name=${quoted(subject.functionName)}`;
  return `{account=${quoted(account)},region=${quoted(region)},${own}}`;
}
