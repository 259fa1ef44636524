import type { HttpResponse, RequestContext } from './service.ts';

/** Names a service that is not built, in a form that clients of every protocol show. */
export async function sendUnknownService(response: HttpResponse, context: RequestContext, service: string): Promise<void> {
  const message = `lambkin does not implement the service ${service.slice(0, 64)} yet.`;
  const body = JSON.stringify({ __type: 'NotImplementedException', message });
  response.writeHead(501, {
    'Content-Type': 'application/json',
    'x-amzn-ErrorType': 'NotImplementedException',
    'x-amzn-RequestId': context.requestId,
    Connection: 'close',
  });
  response.end(body);
}
