import { lambdaError } from '../../model/lambda-errors.ts';
import { ASYNC_PAYLOAD_BYTES_MAX } from '../../model/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { FunctionDirectory } from '../../ports/function-directory.ts';
import type { Ids } from '../../ports/ids.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetricSink } from '../../ports/metric-sink.ts';
import { newTraceHeader } from '../trace-header.ts';
import { ASYNC_QUEUE, newAsyncEvent } from './async-event.ts';
import { attemptEvent } from './event-attempt.ts';
import type { EventEnds } from './event-ends.ts';
import type { EventLease } from './event-lease.ts';
import { FunctionGates } from './function-gates.ts';
import { LeaseWorker } from './lease-worker.ts';

/** What asynchronous invocation is made of. */
export interface AsyncPipelineDependencies {
  readonly queue: EventQueue;
  readonly directory: FunctionDirectory;
  /** Runs the function and waits; throws the ServiceErrors of the synchronous path. */
  readonly run: (request: InvokeRequest) => Promise<InvokeResult>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly settings: {
    /** Pause after the first, second ... failed attempt. Lambda: 60, 120. */
    readonly retryDelaysSeconds: readonly number[];
    /** Events in flight on this node. */
    readonly concurrencyMax: number;
  };
  /** Told of the end of every event before it leaves the queue. */
  readonly ends: EventEnds;
  readonly metrics: MetricSink;
}

/** Asynchronous invocation: at least once, under one request id. */
export interface AsyncPipeline {
  /**
   * Resolves when the event is durably queued, whether or not {@link AsyncPipeline.start} was called. Throws
   * RequestTooLargeException, and what {@link FunctionDirectory.resolve} throws.
   */
  accept(request: InvokeRequest): Promise<void>;
  /** Begins to run events, those of earlier runs included. */
  start(): void;
  /** Starts no more; after `graceMs` what still runs is given back, to be run again by whoever opens the queue next. */
  close(graceMs: number): Promise<void>;
}

/** Puts the pipeline together; nothing runs before {@link AsyncPipeline.start}. */
export function createAsyncPipeline(dependencies: AsyncPipelineDependencies): AsyncPipeline {
  const { queue, directory, run, clock, ids, logger, settings, ends, metrics } = dependencies;
  const { concurrencyMax, retryDelaysSeconds } = settings;
  const gates = new FunctionGates(concurrencyMax, () => ids.random());
  const attempt = { directory, run, clock, ids, logger, gates, retryDelaysSeconds, ends, metrics };
  const work = (lease: EventLease): Promise<void> => attemptEvent(attempt, lease);
  const worker = new LeaseWorker({ queue, queueName: ASYNC_QUEUE, concurrencyMax, clock, logger, work });
  return {
    async accept(request) {
      const { length } = request.payload;
      if (length > ASYNC_PAYLOAD_BYTES_MAX) {
        throw lambdaError(
          'RequestTooLargeException',
          `${length} byte payload is too large for the Event invocation type (limit ${ASYNC_PAYLOAD_BYTES_MAX} bytes)`,
        );
      }
      if (directory.resolveCached(request) === undefined) await directory.resolve(request);
      // Without a trace a loop through this function would not be seen.
      const traceHeader = request.traceHeader ?? newTraceHeader(clock, ids);
      await queue.enqueue([newAsyncEvent({ ...request, traceHeader }, clock.now())]);
      metrics.add('AsyncEventsReceived', request, 1);
    },
    start: () => worker.start(),
    close: (graceMs) => worker.close(graceMs),
  };
}
