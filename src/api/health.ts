import { LAMBKIN_VERSION } from '../model/version.ts';
import type { Clock } from '../ports/clock.ts';
import type { LocalHandler } from '../wire/listener.ts';

/** What the health page tells. */
export interface HealthSources {
  readonly services: readonly string[];
  readonly pool: { readonly counts: { readonly environments: number; readonly busy: number; readonly waiting: number } };
  readonly clock: Clock;
  readonly startedMs: number;
}

/** `GET /_lambkin/health`: 200 while the server takes requests. */
export function healthHandler(sources: HealthSources): LocalHandler {
  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    const body = JSON.stringify({
      status: 'ok',
      version: LAMBKIN_VERSION,
      uptimeSeconds: Math.round((sources.clock.monotonic() - sources.startedMs) / 1_000),
      services: sources.services,
      environments: sources.pool.counts,
    });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  };
}
