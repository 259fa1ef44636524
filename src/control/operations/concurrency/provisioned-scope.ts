import type { PutProvisionedConcurrencyConfigResponse } from '@aws-sdk/client-lambda';
import type { Document } from '../../../ports/metadata-store.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ProvisionedConcurrencyDocument } from '../../concurrency-budget.ts';
import type { ControlContext } from '../../control-context.ts';
import {
  type AliasDocument,
  aliasKey,
  type FunctionDocument,
  functionKey,
  isVersionNumber,
  scopedKey,
  type VersionDocument,
  versionKey,
} from '../../documents.ts';
import { functionNotFound } from '../../function-store.ts';
import { splitByWeight } from '../../provisioned-shares.ts';
import { aliasNotFound } from '../aliases/aliases.ts';

/** What concurrency is provisioned for: a published version, or an alias with the one or two versions behind it. */
export interface ProvisionedScope {
  readonly shared: Document<FunctionDocument>;
  readonly alias?: Document<AliasDocument>;
  readonly versions: readonly Document<VersionDocument>[];
  readonly config: Document<ProvisionedConcurrencyDocument> | undefined;
}

/** Reads a scope. Throws ResourceNotFoundException in the words of versions or of aliases, also for a missing function. */
export async function getProvisionedScope(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  qualifier: string,
): Promise<ProvisionedScope> {
  const scope = await findProvisionedScope(control, context, functionName, qualifier);
  if (scope) return scope;
  throw isVersionNumber(qualifier)
    ? functionNotFound(context, functionName, qualifier)
    : aliasNotFound(context, functionName, qualifier);
}

/** The same; undefined when something of it is not there. */
export async function findProvisionedScope(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  qualifier: string,
): Promise<ProvisionedScope | undefined> {
  const { store } = control;
  const shared = await store.get<FunctionDocument>(functionKey(context, functionName));
  const isVersion = isVersionNumber(qualifier);
  const alias = isVersion ? undefined : await store.get<AliasDocument>(aliasKey(context, functionName, qualifier));
  if (!shared || (!isVersion && !alias)) return undefined;
  const numbers = alias ? versionsOf(alias.body) : [qualifier];
  const found = await Promise.all(numbers.map((number) => store.get<VersionDocument>(versionKey(context, functionName, number))));
  const versions = found.filter((version) => version !== undefined);
  if (versions.length < numbers.length) return undefined;
  const key = scopedKey(context, 'provisioned-concurrency', functionName, qualifier);
  const config = await store.get<ProvisionedConcurrencyDocument>(key);
  return { shared, versions, config, ...(alias ? { alias } : {}) };
}

/** The versions that an alias points to. */
export function versionsOf(alias: AliasDocument): string[] {
  return [alias.FunctionVersion ?? '', ...Object.keys(alias.RoutingConfig?.AdditionalVersionWeights ?? {})];
}

/** Concurrency of a scope as reads answer it: what the data plane has of it at the moment. */
export function provisionedAnswer(
  { provisioning }: ControlContext,
  { requested, lastModifiedMs }: ProvisionedConcurrencyDocument,
  { alias, versions }: ProvisionedScope,
): PutProvisionedConcurrencyConfigResponse {
  const shares = new Map(alias ? splitByWeight(alias.body, requested) : []);
  let ready = 0;
  let reason: string | undefined;
  for (const { body } of versions) {
    const { active, configuration } = body;
    if (configuration.State === 'Failed') reason ??= configuration.StateReason;
    const state = active && provisioning.stateOf(active);
    ready += Math.min(state?.ready ?? 0, shares.get(configuration.Version ?? '') ?? requested);
    // What has failed before it was asked for anew is being tried again.
    if (state?.failure && state.failure.atMs >= lastModifiedMs) reason ??= state.failure.reason;
  }
  const isReady = ready >= requested;
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: ready,
    AllocatedProvisionedConcurrentExecutions: ready,
    Status: isReady ? 'READY' : reason === undefined ? 'IN_PROGRESS' : 'FAILED',
    StatusReason: isReady ? undefined : reason,
    LastModified: timeText(lastModifiedMs),
  };
}

/** Concurrency of a scope that was asked for this moment. */
export function requestedAnswer({
  requested,
  lastModifiedMs,
}: ProvisionedConcurrencyDocument): PutProvisionedConcurrencyConfigResponse {
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: 0,
    AllocatedProvisionedConcurrentExecutions: 0,
    Status: 'IN_PROGRESS',
    LastModified: timeText(lastModifiedMs),
  };
}

/** Provisioned concurrency spells its times without a fraction. */
function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, '+0000');
}
