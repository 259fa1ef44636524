import { lambdaError } from '../model/lambda-errors.ts';
import { ServiceError } from '../model/service-error.ts';
import type { FunctionDirectory, ResolvedFunction } from '../ports/function-directory.ts';
import type { InvokeRequest, Invoker, InvokeResult } from '../ports/invoker.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetricSink } from '../ports/metric-sink.ts';
import type { EnvironmentPool } from '../sandbox/environment-pool.ts';
import type { Invocation } from '../sandbox/invocation.ts';
import type { Admission } from './admission.ts';
import { continueLineage } from './loop-guard.ts';
import { checkTenant } from './tenant-isolation.ts';

/** What the synchronous path is made of. */
export interface InvokerDependencies {
  readonly directory: FunctionDirectory;
  readonly admission: Admission;
  readonly pool: EnvironmentPool;
  /** Queues an event durably. */
  readonly accept: (request: InvokeRequest) => Promise<void>;
  readonly logger: Logger;
  readonly metrics: MetricSink;
}

const EMPTY_EVENT: Uint8Array = Buffer.from('{}');

/** The data plane's door; see {@link Invoker}. */
export function createInvoker(dependencies: InvokerDependencies): Invoker {
  const { directory, accept } = dependencies;
  return {
    invoke: (request) => invoke(dependencies, request),
    dryRun: async (request) => {
      checkTenant(request, await directory.resolve(request));
    },
    accept: async (request) => {
      checkTenant(request, directory.resolveCached(request) ?? (await directory.resolve(request)));
      await accept(request);
    },
  };
}

async function invoke(dependencies: InvokerDependencies, request: InvokeRequest): Promise<InvokeResult> {
  const { directory, admission, pool, logger } = dependencies;
  // The warm path finds the function in memory and must not wait for anything before the environment.
  const resolved = directory.resolveCached(request) ?? (await directory.resolve(request));
  const { version } = resolved;
  checkTenant(request, resolved);
  const traceHeader = lineageOf(dependencies, request, resolved);
  const place = admission.enter(resolved, request.isQueued === true);
  try {
    const outcome = await pool.run(version, invocationOf(request, resolved, traceHeader), place);
    return {
      executedVersion: version.version,
      payload: outcome.payload,
      ...(outcome.functionError ? { functionError: outcome.functionError } : {}),
      ...(outcome.errorType ? { errorType: outcome.errorType } : {}),
      ...(outcome.stream ? { stream: outcome.stream } : {}),
      ...(outcome.logTail ? { logTail: outcome.logTail } : {}),
    };
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    logger.error(
      { functionArn: version.functionArn, requestId: request.requestId, error: String(error) },
      'an invocation could not be run',
    );
    throw lambdaError('ServiceException', 'An internal error occurred; the invocation was not run.');
  }
}

function lineageOf(
  { metrics }: InvokerDependencies,
  request: InvokeRequest,
  { lineageId }: ResolvedFunction,
): string | undefined {
  try {
    return continueLineage(request.traceHeader, lineageId);
  } catch (error) {
    metrics.add('RecursiveInvocationsDropped', request, 1);
    throw error;
  }
}

function invocationOf(request: InvokeRequest, resolved: ResolvedFunction, traceHeader: string | undefined): Invocation {
  const { functionArn } = resolved.version;
  return {
    requestId: request.requestId,
    payload: request.payload.length === 0 ? EMPTY_EVENT : request.payload,
    // The qualifier is part of the ARN only if the caller named one.
    invokedFunctionArn: request.qualifier === undefined ? functionArn : `${functionArn}:${request.qualifier}`,
    logTail: request.logTail === true,
    ...(request.streaming ? { streaming: true } : {}),
    ...(traceHeader ? { traceHeader } : {}),
    ...(request.clientContext ? { clientContext: request.clientContext } : {}),
    ...(request.tenantId ? { tenantId: request.tenantId } : {}),
  };
}
