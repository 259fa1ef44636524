import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';

/** A new, unsampled X-Ray trace header. Source: X-Ray's page on trace ids and the tracing header. */
export function newTraceHeader(clock: Clock, ids: Ids): string {
  const seconds = Math.floor(clock.now() / 1_000)
    .toString(16)
    .padStart(8, '0');
  return `Root=1-${seconds}-${ids.hex(12)};Parent=${ids.hex(8)};Sampled=0`;
}
