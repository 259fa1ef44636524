import { parseFunctionName } from '../model/arn.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import { CLIENT_CONTEXT_BYTES_MAX } from '../model/limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { InvokeRequest, Invoker } from '../ports/invoker.ts';
import type { HttpRequest, RequestContext } from '../wire/service.ts';
import { inSetOrder } from '../wire/rest-json/set-order.ts';
import { readEventPayload } from './event-payload.ts';
import { checkInvokeShape } from './invoke-shape.ts';
import { newTraceHeader } from '../invoke/trace-header.ts';

/** How a function is called; `Event` is Invoke's alone. */
export type InvocationType = 'RequestResponse' | 'Event' | 'DryRun';

type InvokeOperation = 'Invoke' | 'InvokeWithResponseStream';

/** What the invoke operations need. */
export interface InvokeApiDependencies {
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Reads what the invoke operations have in common: whom they call, how, and with what event. Throws in the words of Lambda
 * for headers and bodies that do not fit.
 */
export async function readInvokeCall(
  operation: InvokeOperation,
  dependencies: InvokeApiDependencies,
  request: HttpRequest,
  context: RequestContext,
  labels: Readonly<Record<string, string>>,
  query: URLSearchParams,
): Promise<{ readonly type: InvocationType; readonly call: InvokeRequest }> {
  const type = invocationType(operation, header(request, 'x-amz-invocation-type'));
  const tenantId = header(request, 'x-amz-tenant-id');
  checkInvokeShape(operation, labels, query, tenantId);
  const reference = parseFunctionName(labels['FunctionName'] ?? '', query.get('Qualifier') ?? undefined, context);
  const logType = header(request, 'x-amz-log-type') ?? 'None';
  if (logType !== 'None' && logType !== 'Tail') throw notInSet(logType, 'logType', ['None', 'Tail']);
  if (header(request, 'x-amz-durable-execution-name') !== undefined) {
    throw lambdaError(
      'InvalidParameterValueException',
      'The invoked function is not a durable function. Remove the durable execution name from your request and try again.',
    );
  }
  const clientContext = type === 'RequestResponse' ? decodeClientContext(header(request, 'x-amz-client-context')) : undefined;
  const payload = await readEventPayload(request, type === 'Event');
  const call: InvokeRequest = {
    ...reference,
    requestId: context.requestId,
    payload,
    logTail: logType === 'Tail' && type === 'RequestResponse',
    traceHeader: header(request, 'x-amzn-trace-id') ?? newTraceHeader(dependencies.clock, dependencies.ids),
    ...(clientContext === undefined ? {} : { clientContext }),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(operation === 'InvokeWithResponseStream' ? { streaming: true } : {}),
  };
  return { type, call };
}

/** Headers that every answer of these operations has. */
export function commonHeaders(call: InvokeRequest): Record<string, string> {
  return { 'x-amzn-RequestId': call.requestId, ...(call.traceHeader ? { 'X-Amzn-Trace-Id': call.traceHeader } : {}) };
}

function invocationType(operation: InvokeOperation, value: string | undefined): InvocationType {
  if (value === undefined) return 'RequestResponse';
  if (value === 'RequestResponse' || value === 'DryRun') return value;
  if (value === 'Event' && operation === 'Invoke') return value;
  throw notInSet(
    value,
    'invocationType',
    operation === 'Invoke' ? ['Event', 'RequestResponse', 'DryRun'] : ['RequestResponse', 'DryRun'],
  );
}

function notInSet(value: string, member: string, set: readonly string[]): Error {
  return lambdaError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${inSetOrder(set).join(', ')}]`,
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

function header(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
