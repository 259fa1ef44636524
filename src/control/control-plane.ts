import type { IntakeDependencies } from '../code/package-intake.ts';
import type { Clock } from '../ports/clock.ts';
import type { InvokePermission } from '../ports/function-directory.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { OperationHandler } from '../wire/rest-json/rest-json-service.ts';
import type { CodeDownload } from './code-download.ts';
import type { ControlContext, RuntimeAvailability } from './control-context.ts';
import { StoredFunctionDirectory } from './function-directory.ts';
import { createInvokePermission } from './invoke-permission.ts';
import { Lifecycle } from './lifecycle.ts';
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from './operations/aliases.ts';
import {
  deleteFunctionConcurrency,
  getAccountSettings,
  getFunctionConcurrency,
  putFunctionConcurrency,
} from './operations/concurrency.ts';
import { createFunction } from './operations/create-function.ts';
import { deleteFunction } from './operations/delete-function.ts';
import { getFunctionConfiguration, getFunctionOperation } from './operations/get-function.ts';
import { listFunctions, listVersionsByFunction } from './operations/list-functions.ts';
import { addPermission, getPolicy, removePermission } from './operations/permissions.ts';
import { publishVersion } from './operations/publish-version.ts';
import { listTags, tagResource, untagResource } from './operations/tags.ts';
import { updateFunctionCode } from './operations/update-function-code.ts';
import { updateFunctionConfiguration } from './operations/update-function-configuration.ts';

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
  readonly accountConcurrency: number;
}

/** The Lambda control plane: its operations, and what the data plane asks it. */
export interface ControlPlane {
  readonly operations: Readonly<Record<string, OperationHandler>>;
  readonly directory: StoredFunctionDirectory;
  readonly permission: InvokePermission;
  /** Takes up what an earlier run left undone. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Puts the control plane together; nothing runs before {@link ControlPlane.start}. */
export function createControlPlane(dependencies: ControlPlaneDependencies): ControlPlane {
  const { store, packages, clock, ids, logger, runtimeStatus, architecture, accountConcurrency, download } = dependencies;
  const control: ControlContext = {
    store,
    packages,
    clock,
    ids,
    logger,
    runtimeStatus,
    architecture,
    accountConcurrency,
    changed: (locality, functionName) => lifecycle.changed(locality, functionName),
    downloadUrl: (origin, account, blobId) => download.url(origin, account, blobId),
  };
  const lifecycle = new Lifecycle(control);
  const directory = new StoredFunctionDirectory(store, ids);
  return {
    operations: bind(control),
    directory,
    permission: createInvokePermission(store),
    start: () => lifecycle.resume(),
    close: async () => {
      directory.close();
      await lifecycle.close();
    },
  };
}

// oxlint-disable-next-line no-explicit-any -- each operation names its own input.
type Operation = (control: ControlContext, input: any, context: Parameters<OperationHandler>[1]) => ReturnType<OperationHandler>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  AddPermission: addPermission,
  CreateAlias: createAlias,
  CreateFunction: createFunction,
  DeleteAlias: deleteAlias,
  DeleteFunction: deleteFunction,
  DeleteFunctionConcurrency: deleteFunctionConcurrency,
  GetAccountSettings: getAccountSettings,
  GetAlias: getAlias,
  GetFunction: getFunctionOperation,
  GetFunctionConcurrency: getFunctionConcurrency,
  GetFunctionConfiguration: getFunctionConfiguration,
  GetPolicy: getPolicy,
  ListAliases: listAliases,
  ListFunctions: listFunctions,
  ListTags: listTags,
  ListVersionsByFunction: listVersionsByFunction,
  PublishVersion: publishVersion,
  PutFunctionConcurrency: putFunctionConcurrency,
  RemovePermission: removePermission,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateAlias: updateAlias,
  UpdateFunctionCode: updateFunctionCode,
  UpdateFunctionConfiguration: updateFunctionConfiguration,
};

function bind(control: ControlContext): Record<string, OperationHandler> {
  return Object.fromEntries(
    Object.entries(OPERATIONS).map(([name, operation]) => [
      name,
      (input: unknown, context: Parameters<OperationHandler>[1]) => operation(control, input, context),
    ]),
  );
}
