import type { IntakeDependencies } from '../code/package-intake.ts';
import type { Clock } from '../ports/clock.ts';
import type { InvokePermission } from '../ports/function-directory.ts';
import type { FunctionUrls } from '../ports/function-urls.ts';
import type { Ids } from '../ports/ids.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import type { Logger } from '../ports/logger.ts';
import type { MessageQueues } from '../ports/message-queue.ts';
import type { MappingProgress } from '../ports/mapping-progress.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { Provisioning, ProvisioningPlan } from '../ports/provisioning.ts';
import type { OperationHandler } from '../wire/rest-json/rest-json-service.ts';
import type { CodeDownload } from './code-download.ts';
import type { AccountLimits, ControlContext, RuntimeAvailability } from './control-context.ts';
import { StoredFunctionDirectory } from './function-directory.ts';
import { StoredFunctionUrls } from './function-url-directory.ts';
import { createInvokePermission } from './invoke-permission.ts';
import { Lifecycle } from './lifecycle.ts';
import { honestOperation } from './fidelity/honest-operation.ts';
import { MappingKeeper } from './operations/event-source-mappings/mapping-keeper.ts';
import { PackageSweeper } from './package-sweeper.ts';
import { createProvisioningPlan } from './provisioning-plan.ts';
import { SetAsideLedger } from './set-aside-ledger.ts';
import { OPERATION_ENTRIES, STRUCTURE_ROWS } from './operations/operation-groups.ts';

/** What the control plane is made of. */
export interface ControlPlaneDependencies {
  readonly store: MetadataStore;
  readonly packages: IntakeDependencies;
  readonly download: CodeDownload;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly runtimeStatus: (runtime: string) => Promise<RuntimeAvailability>;
  readonly architecture: 'x86_64' | 'arm64';
  readonly limits: AccountLimits;
  readonly blockPublicPolicies: boolean;
  readonly provisioning: Provisioning;
  readonly mappingProgress: MappingProgress;
  readonly images?: ImageRegistry;
  readonly queues: Pick<MessageQueues, 'describe'>;
  readonly streamExists: ControlContext['streamExists'];
}

/** The Lambda control plane: its operations, and what the data plane asks it. */
export interface ControlPlane {
  readonly operations: Readonly<Record<string, OperationHandler>>;
  readonly directory: StoredFunctionDirectory;
  readonly permission: InvokePermission;
  readonly functionUrls: FunctionUrls;
  readonly provisioningPlan: ProvisioningPlan;
  /** Takes up what an earlier run left undone. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Puts the control plane together; nothing runs before {@link ControlPlane.start}. */
export function createControlPlane(dependencies: ControlPlaneDependencies): ControlPlane {
  const {
    store,
    packages,
    clock,
    ids,
    logger,
    runtimeStatus,
    architecture,
    limits,
    blockPublicPolicies,
    download,
    images,
    queues,
    streamExists,
  } = dependencies;
  const control: ControlContext = {
    store,
    packages,
    clock,
    ids,
    logger,
    runtimeStatus,
    architecture,
    limits,
    queues,
    streamExists,
    blockPublicPolicies,
    provisioning: dependencies.provisioning,
    mappingProgress: dependencies.mappingProgress,
    ...(images ? { images } : {}),
    changed: (locality, functionName) => lifecycle.changed(locality, functionName),
    mappingChanged: (locality, uuid) => mappings.changed(locality, uuid),
    downloadUrl: (origin, account, blobId) => download.url(origin, account, blobId),
  };
  const lifecycle = new Lifecycle(control);
  const mappings = new MappingKeeper(control);
  const ledger = new SetAsideLedger(store, logger);
  const directory = new StoredFunctionDirectory(store, ids, ledger);
  const functionUrls = new StoredFunctionUrls(store);
  const sweeper = new PackageSweeper({ store, code: packages, clock, logger });
  return {
    operations: bind(control, sweeper),
    directory,
    permission: createInvokePermission(store),
    functionUrls,
    provisioningPlan: createProvisioningPlan(store),
    start: async () => {
      await lifecycle.resume();
      await mappings.resume();
      sweeper.start();
    },
    close: async () => {
      directory.close();
      functionUrls.close();
      ledger.close();
      await Promise.all([lifecycle.close(), mappings.close(), sweeper.close()]);
    },
  };
}

/** Operations that change nothing refer to no package that they would need in a moment. */
const READS = /^(Get|List)/;

function bind(control: ControlContext, sweeper: PackageSweeper): Record<string, OperationHandler> {
  const handlers: Record<string, OperationHandler> = {};
  for (const [name, entry] of OPERATION_ENTRIES) {
    const handler = honestOperation(control, name, entry, STRUCTURE_ROWS);
    if (!handler) continue;
    handlers[name] = READS.test(name) ? handler : (input, context) => sweeper.referring(() => handler(input, context));
  }
  return handlers;
}
