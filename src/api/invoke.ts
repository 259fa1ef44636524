import type { InvokeRequest, InvokeResult } from '../ports/invoker.ts';
import type { HttpRequest, HttpResponse, RequestContext } from '../wire/service.ts';
import { commonHeaders, type InvokeApiDependencies, readInvokeCall } from './invoke-call.ts';

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
    const { type, call } = await readInvokeCall('Invoke', dependencies, request, context, labels, query);
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
