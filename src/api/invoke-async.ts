import { parseFunctionName } from '../model/arn.ts';
import type { RawHandler } from '../wire/rest-json/rest-json-service.ts';
import { readEventPayload } from './event-payload.ts';
import type { InvokeApiDependencies } from './invoke-call.ts';
import { checkInvokeShape } from './invoke-shape.ts';
import { newTraceHeader } from '../invoke/trace-header.ts';

const NO_QUERY = new URLSearchParams();

/**
 * InvokeAsync, the deprecated way to queue an event: as Invoke with `InvocationType: Event`, without its options. The
 * event is durable before the 202. Source: the service model's `InvokeAsync`.
 */
export function invokeAsyncHandler(dependencies: InvokeApiDependencies): RawHandler {
  return async (request, response, context, labels) => {
    checkInvokeShape('InvokeAsync', labels, NO_QUERY);
    const reference = parseFunctionName(labels['FunctionName'] ?? '', undefined, context);
    const payload = await readEventPayload(request, true);
    const traceHeader = newTraceHeader(dependencies.clock, dependencies.ids);
    await dependencies.invoker.accept({ ...reference, requestId: context.requestId, payload, logTail: false, traceHeader });
    response.writeHead(202, {
      'Content-Type': 'application/json',
      'Content-Length': '2',
      'x-amzn-RequestId': context.requestId,
      'X-Amzn-Trace-Id': traceHeader,
    });
    response.end('{}');
  };
}
