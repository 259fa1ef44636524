import type { IntakeDependencies } from '../code/package-intake.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import type { Logger } from '../ports/logger.ts';
import type { MessageQueues } from '../ports/message-queue.ts';
import type { StreamService } from '../ports/mapping-directory.ts';
import type { MappingProgress } from '../ports/mapping-progress.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Provisioning } from '../ports/provisioning.ts';

/** Whether functions of a runtime can run here; the reason says how to add it. */
export type RuntimeAvailability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** Why functions of images can't run, and how to change it. */
export const NO_IMAGES = 'it takes bubblewrap, or Docker Engine by the setting sandbox.imageDriver (see docs/images.md)';

/** What an account may have. */
export interface AccountLimits {
  /** Concurrent executions in a region. */
  readonly concurrency: number;
  /** Stored code of functions and layers in a region. */
  readonly codeStorageBytes: number;
  readonly capacityProviders: number;
  readonly versionsPerCapacityProvider: number;
  readonly aliasesPerFunction: number;
}

/** What the control plane's operations work with. */
export interface ControlContext {
  readonly store: MetadataStore;
  readonly packages: IntakeDependencies;
  /** Finds images; undefined where no engine can run them, and then functions of images are refused. */
  readonly images?: ImageRegistry;
  /** What queues are like that are to feed functions, wherever they are. */
  readonly queues: Pick<MessageQueues, 'describe'>;
  /** Whether a stream, or a consumer of one, is there; services that are not named are not asked. */
  readonly streamExists: Readonly<Partial<Record<StreamService, (sourceArn: string) => Promise<boolean>>>>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly runtimeStatus: (runtime: string) => Promise<RuntimeAvailability>;
  /** Architecture of this host, as Lambda names it. */
  readonly architecture: 'x86_64' | 'arm64';
  readonly limits: AccountLimits;
  /** What the data plane has provisioned. */
  readonly provisioning: Provisioning;
  /** How event source mappings fare. */
  readonly mappingProgress: MappingProgress;
  /** Whether resource policies that let everybody in are refused. */
  readonly blockPublicPolicies: boolean;
  /** Something about the function has changed: caches must forget it, and unready versions be made ready. */
  readonly changed: (locality: { readonly account: string; readonly region: string }, functionName: string) => void;
  /** An event source mapping was written in a state that passes by itself, and is to be brought to the next. */
  readonly mappingChanged: (locality: { readonly account: string; readonly region: string }, uuid: string) => void;
  /** Where a package of an account can be downloaded for a while. */
  readonly downloadUrl: (origin: string, account: string, blobId: string) => string;
}
