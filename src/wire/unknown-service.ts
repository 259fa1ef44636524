import type { HttpRequest, HttpResponse, RequestContext } from './service.ts';
import { closingHeaders } from './unread-body.ts';

interface Answer {
  readonly contentType: string;
  readonly body: string;
}

const CODE = 'NotImplementedException';

/** Names a service that is not built, in the protocol that the request was made in, so that its client shows the text. */
export async function sendUnknownService(
  request: HttpRequest,
  response: HttpResponse,
  context: RequestContext,
  service: string,
): Promise<void> {
  const message = `lambkin does not implement the service ${service.slice(0, 64)} yet.`;
  const { contentType, body } = render(request, context, service, message);
  response.writeHead(501, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'x-amzn-ErrorType': CODE,
    'x-amzn-RequestId': context.requestId,
    ...closingHeaders(response),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function render(request: HttpRequest, context: RequestContext, service: string, message: string): Answer {
  const type = request.headers['content-type'] ?? '';
  if (request.headers['x-amz-target'] !== undefined) {
    const version = type.includes('json-1.0') ? '1.0' : '1.1';
    return { contentType: `application/x-amz-json-${version}`, body: JSON.stringify({ __type: CODE, message }) };
  }
  const error = `<Code>${CODE}</Code><Message>${escapeXml(message)}</Message>`;
  if (service === 's3') {
    return {
      contentType: 'application/xml',
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${error}<RequestId>${context.requestId}</RequestId></Error>`,
    };
  }
  if (type.startsWith('application/x-www-form-urlencoded') || context.query.includes('Action=')) {
    return {
      contentType: 'text/xml',
      body: `<ErrorResponse><Error><Type>Receiver</Type>${error}</Error><RequestId>${context.requestId}</RequestId></ErrorResponse>`,
    };
  }
  return { contentType: 'application/json', body: JSON.stringify({ Type: 'Service', message }) };
}

function escapeXml(text: string): string {
  // Control characters have no place in XML 1.0, escaped or not.
  return text.replace(/[^\x20-\x7e]/g, '?').replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
