import type { MappingPlace } from './mapping-directory.ts';

/** What the pollers tell the control plane. */
export interface MappingProgress {
  /** How reading and running went the last time, in Lambda's words; undefined when nothing is known since the server started. */
  lastResult(place: MappingPlace): string | undefined;
}
