import { lambdaError } from '../../model/lambda-errors.ts';
import { ASYNC_PAYLOAD_BYTES_MAX } from '../../model/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { FunctionDirectory } from '../../ports/function-directory.ts';
import type { Ids } from '../../ports/ids.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import { newAsyncEvent } from './async-event.ts';
import { AsyncWorker } from './async-worker.ts';
import type { ExhaustedEvent } from './event-attempt.ts';
import { FunctionGates } from './function-gates.ts';

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
  /** Told of every event that is given up, before it leaves the queue; so perhaps twice after a crash. Default: a warning in the log. */
  readonly onExhausted?: (event: ExhaustedEvent) => void | Promise<void>;
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
  const { queue, directory, clock, ids, logger, settings } = dependencies;
  const warn = ({ request, condition, attempts }: ExhaustedEvent): void =>
    logger.warn(
      { requestId: request.requestId, functionName: request.functionName, condition, attempts },
      'an asynchronous event was given up',
    );
  const worker = new AsyncWorker({
    queue,
    concurrencyMax: settings.concurrencyMax,
    clock,
    logger,
    attempt: {
      directory,
      run: dependencies.run,
      clock,
      ids,
      logger,
      gates: new FunctionGates(settings.concurrencyMax, () => ids.random()),
      retryDelaysSeconds: settings.retryDelaysSeconds,
      onExhausted: dependencies.onExhausted ?? warn,
    },
  });
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
      await queue.enqueue([newAsyncEvent(request, clock.now())]);
    },
    start: () => worker.start(),
    close: (graceMs) => worker.close(graceMs),
  };
}
