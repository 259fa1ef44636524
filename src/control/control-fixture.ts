import type { CodeCache } from '../code/code-cache.ts';
import { FakeClock } from '../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../adapters/memory/quiet-logger.ts';
import { systemIds } from '../adapters/system/ids.ts';
import type { RequestContext } from '../wire/service.ts';
import type { ControlContext } from './control-context.ts';

/** Where the requests of unit tests are addressed. */
export const CONTEXT = {
  account: '123456789012',
  region: 'us-east-1',
  origin: 'http://127.0.0.1:4566',
} as RequestContext;

/** What operations work with, in memory: every runtime is there and every package unpacks, unless the test says otherwise. */
export function controlFixture(overrides: Partial<ControlContext> = {}): ControlContext {
  const cache = { acquire: async () => ({ folder: '/', release: () => undefined }) } as unknown as CodeCache;
  return {
    store: new MemoryMetadataStore(),
    packages: { cache } as ControlContext['packages'],
    clock: new FakeClock(),
    ids: systemIds(),
    logger: new QuietLogger(),
    runtimeStatus: async () => ({ available: true }),
    architecture: 'x86_64',
    limits: {
      concurrency: 1_000,
      codeStorageBytes: 1_048_576,
      capacityProviders: 10,
      versionsPerCapacityProvider: 10,
      aliasesPerFunction: 10,
    },
    queues: { describe: async (queueArn) => ({ visibilityTimeoutSeconds: 900, fifo: queueArn.endsWith('.fifo') }) },
    streamExists: {},
    mappingProgress: { lastResult: () => undefined },
    provisioning: { stateOf: () => ({ ready: 0 }) },
    blockPublicPolicies: false,
    changed: () => undefined,
    mappingChanged: () => undefined,
    downloadUrl: (origin, account, blobId) => `${origin}/${account}/${blobId}`,
    ...overrides,
  };
}
