import { fidelityTable } from '../control/fidelity/fidelity-table.ts';
import type { LocalHandler } from '../wire/listener.ts';

/** `GET /_lambkin/compatibility`: the fidelity table as JSON; `docs/compatibility.md` is the same for people. */
export function compatibilityHandler(): LocalHandler {
  return async (request, response, context) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    const body = JSON.stringify({ service: 'lambda', operations: fidelityTable() });
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'x-amzn-RequestId': context.requestId,
    });
    response.end(body);
  };
}
