import { parseFunctionName } from '../model/arn.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import { CLIENT_CONTEXT_BYTES_MAX } from '../model/limits.ts';
import type { InvokeRequest, Invoker, InvokeResult } from '../ports/invoker.ts';
import type { HttpRequest, HttpResponse, RequestContext } from '../wire/service.ts';
import { readEventPayload } from './event-payload.ts';
import { checkInvokeShape } from './invoke-shape.ts';
import { newTraceHeader } from './trace-header.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';

type InvocationType = 'RequestResponse' | 'Event' | 'DryRun';

/** What the Invoke operation needs. */
export interface InvokeApiDependencies {
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * The Invoke operation: the body is the event as it is, and so is the answer, so it does not go through the tables of
 * the JSON protocol. Source: the service model's `Invoke`, and answers recorded from Lambda.
 */
export function invokeHandler(dependencies: InvokeApiDependencies) {
  return async (
    request: HttpRequest,
    response: HttpResponse,
    context: RequestContext,
    labels: Readonly<Record<string, string>>,
    query: URLSearchParams,
  ): Promise<void> => {
    const type = invocationType(header(request, 'x-amz-invocation-type'));
    const call = await readCall(dependencies, request, context, labels, query, type);
    if (type === 'Event') {
      await dependencies.invoker.accept(call);
      response.writeHead(202, { 'Content-Length': '0', ...commonHeaders(call) });
      response.end();
      return;
    }
    if (type === 'DryRun') {
      await dependencies.invoker.dryRun(call);
      response.writeHead(204, commonHeaders(call));
      response.end();
      return;
    }
    sendResult(response, call, await dependencies.invoker.invoke(call));
  };
}

async function readCall(
  dependencies: InvokeApiDependencies,
  request: HttpRequest,
  context: RequestContext,
  labels: Readonly<Record<string, string>>,
  query: URLSearchParams,
  type: InvocationType,
): Promise<InvokeRequest> {
  checkInvokeShape('Invoke', labels, query);
  const reference = parseFunctionName(labels['FunctionName'] ?? '', query.get('Qualifier') ?? undefined, context);
  const logType = header(request, 'x-amz-log-type') ?? 'None';
  if (logType !== 'None' && logType !== 'Tail') throw notInSet(logType, 'logType', '[None, Tail]');
  if (header(request, 'x-amz-tenant-id') !== undefined) {
    throw lambdaError(
      'InvalidParameterValueException',
      'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.',
    );
  }
  if (header(request, 'x-amz-durable-execution-name') !== undefined) {
    throw lambdaError(
      'InvalidParameterValueException',
      'The invoked function is not a durable function. Remove the durable execution name from your request and try again.',
    );
  }
  const clientContext = type === 'RequestResponse' ? decodeClientContext(header(request, 'x-amz-client-context')) : undefined;
  const payload = await readEventPayload(request, type === 'Event');
  return {
    ...reference,
    requestId: context.requestId,
    payload,
    logTail: logType === 'Tail' && type === 'RequestResponse',
    traceHeader: header(request, 'x-amzn-trace-id') ?? newTraceHeader(dependencies.clock, dependencies.ids),
    ...(clientContext === undefined ? {} : { clientContext }),
  };
}

function invocationType(value: string | undefined): InvocationType {
  if (value === undefined) return 'RequestResponse';
  if (value === 'RequestResponse' || value === 'Event' || value === 'DryRun') return value;
  throw notInSet(value, 'invocationType', '[Event, RequestResponse, DryRun]');
}

function notInSet(value: string, member: string, set: string): Error {
  return lambdaError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: ${set}`,
  );
}

function decodeClientContext(encoded: string | undefined): string | undefined {
  if (encoded === undefined) return undefined;
  if (encoded.length > CLIENT_CONTEXT_BYTES_MAX) throw invalidClientContext();
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidClientContext();
    return JSON.stringify(value);
  } catch {
    throw invalidClientContext();
  }
}

function invalidClientContext(): Error {
  return lambdaError('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.');
}

function sendResult(response: HttpResponse, call: InvokeRequest, result: InvokeResult): void {
  const headers: Record<string, string | number> = {
    'Content-Type': 'application/json',
    'Content-Length': result.payload.length,
    'X-Amz-Executed-Version': result.executedVersion,
    ...commonHeaders(call),
  };
  if (result.functionError) headers['X-Amz-Function-Error'] = result.functionError;
  if (result.logTail) headers['X-Amz-Log-Result'] = Buffer.from(result.logTail).toString('base64');
  response.writeHead(200, headers);
  response.end(result.payload);
}

function commonHeaders(call: InvokeRequest): Record<string, string> {
  return { 'x-amzn-RequestId': call.requestId, ...(call.traceHeader ? { 'X-Amzn-Trace-Id': call.traceHeader } : {}) };
}

function header(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
