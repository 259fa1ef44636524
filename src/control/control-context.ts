import type { IntakeDependencies } from '../code/package-intake.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';

/** Whether functions of a runtime can run here; the reason says how to add it. */
export type RuntimeAvailability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** What the control plane's operations work with. */
export interface ControlContext {
  readonly store: MetadataStore;
  readonly packages: IntakeDependencies;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly runtimeStatus: (runtime: string) => Promise<RuntimeAvailability>;
  /** Architecture of this host, as Lambda names it. */
  readonly architecture: 'x86_64' | 'arm64';
  readonly accountConcurrency: number;
  /** Something about the function has changed: caches must forget it, and unready versions be made ready. */
  readonly changed: (locality: { readonly account: string; readonly region: string }, functionName: string) => void;
  /** Where a package of an account can be downloaded for a while. */
  readonly downloadUrl: (origin: string, account: string, blobId: string) => string;
}
