import { fidelityTable } from '../control/fidelity/fidelity-table.ts';
import { expandService } from '../wire/fidelity/expand.ts';
import type { ServiceFidelity } from '../wire/fidelity/service-fidelity.ts';
import type { LocalHandler } from '../wire/listener.ts';

/** `GET /_lambkin/compatibility`: the fidelity table as JSON; `docs/compatibility.md` is the same for people. */
export function compatibilityHandler(companions: readonly ServiceFidelity[]): LocalHandler {
  return async (request, response, context) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    const services = [
      { service: 'lambda', title: 'Lambda', operations: fidelityTable() },
      ...companions.map((companion) => ({
        service: companion.service,
        title: companion.title,
        operations: expandService(companion),
      })),
    ];
    const body = JSON.stringify({ services });
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'x-amzn-RequestId': context.requestId,
    });
    response.end(body);
  };
}
