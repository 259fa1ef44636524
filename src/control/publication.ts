import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import type { Change, Document } from '../ports/metadata-store.ts';
import { providerRelease, providerUse } from './capacity-providers.ts';
import { checkCodeStorage } from './code-intake.ts';
import { answerConfiguration, executableOf, publishedPart } from './configuration.ts';
import type { ControlContext } from './control-context.ts';
import { type FunctionDocument, LATEST_PUBLISHED, type VersionDocument, versionKey, write } from './documents.ts';
import { invalid } from './settings/invalid.ts';

/** What publishing comes to. */
export interface Publication {
  /** Empty when the last published version is the same. */
  readonly changes: readonly Change[];
  /** The version as it is answered. */
  readonly answer: FunctionConfiguration;
}

/** How a version is published. */
export interface PublicationOptions {
  readonly description?: string | undefined;
  /** `LATEST_PUBLISHED`: not under a number, but as what an unqualified invoke runs. */
  readonly to?: string | undefined;
  /** True when the code is not ready yet, so that the version is `Pending` at first. */
  readonly pending: boolean;
  /** Bytes of code that the same transaction adds to `$LATEST`. */
  readonly addedBytes?: number;
}

/**
 * Publishes a configuration of `$LATEST` under the next number, or answers the last published version when nothing that
 * is published has changed since. Source: Lambda's page on versions, and answers recorded from it.
 */
export async function publication(
  control: ControlContext,
  locality: Locality,
  shared: Document<FunctionDocument>,
  latest: VersionDocument,
  options: PublicationOptions,
): Promise<Publication> {
  const { nextVersion, FunctionName } = shared.body;
  const isNumbered = options.to === undefined;
  if (!isNumbered && !latest.configuration.CapacityProviderConfig)
    throw invalid('PublishTo is supported for functions with a capacity provider configuration alone.');
  const last = await control.store.get<VersionDocument>(versionKey(locality, FunctionName, String(nextVersion - 1)));
  if (isNumbered && last && isSame(last.body, latest))
    return { changes: [], answer: answerConfiguration(locality, last.body, last.body.configuration.Version) };
  const codeBytes = latest.configuration.CodeSize ?? 0;
  if (isNumbered) await checkCodeStorage(control, locality, codeBytes + (options.addedBytes ?? 0));
  const Version = isNumbered ? String(nextVersion) : LATEST_PUBLISHED;
  const key = versionKey(locality, FunctionName, Version);
  const before = isNumbered ? undefined : await control.store.get<VersionDocument>(key);
  const version = versionDocument(control, locality, latest, Version, options, before?.body);
  const body = isNumbered ? { ...shared.body, nextVersion: nextVersion + 1 } : shared.body;
  return {
    changes: [
      write(shared.key, body, shared.revision),
      write(key, version, before?.revision ?? 'absent'),
      ...providerRelease(locality, before?.body.configuration),
      ...(await providerUse(control, locality, version.configuration)),
    ],
    answer: answerConfiguration(locality, version, Version),
  };
}

function isSame(last: VersionDocument, latest: VersionDocument): boolean {
  // The description of `$LATEST` counts as a change; one given for the version alone does not.
  const description = last.sourceDescription ?? last.configuration.Description;
  return (
    publishedPart(last.configuration) === publishedPart(latest.configuration) && description === latest.configuration.Description
  );
}

function versionDocument(
  control: ControlContext,
  locality: Locality,
  latest: VersionDocument,
  Version: string,
  options: PublicationOptions,
  before: VersionDocument | undefined,
): VersionDocument {
  const { active: _active, ...kept } = latest;
  const {
    LastUpdateStatus: _status,
    LastUpdateStatusReason: _reason,
    LastUpdateStatusReasonCode: _code,
    StateReason: _stateReason,
    StateReasonCode: _stateCode,
    ...rest
  } = latest.configuration;
  const base: FunctionConfiguration = {
    ...rest,
    Version,
    Description: options.description ?? latest.configuration.Description,
    RevisionId: control.ids.uuid(),
  };
  const common = { ...kept, sourceDescription: latest.configuration.Description };
  if (options.pending || takesTime(latest.configuration)) {
    // What is published runs on until what replaces it is ready.
    const running = before?.configuration.State === 'Active' ? before.active : undefined;
    const pending = { ...common, configuration: { ...base, ...pendingStates(Version, running !== undefined) } };
    return running ? { ...pending, active: running } : pending;
  }
  const configuration: FunctionConfiguration = { ...base, State: 'Active', LastUpdateStatus: 'Successful' };
  return { ...common, configuration, active: executableOf(locality, { ...common, configuration }, control.ids.uuid()) };
}

/** Versions that AWS answers as `Pending` at first. */
function takesTime({ SnapStart, CapacityProviderConfig, VpcConfig }: FunctionConfiguration): boolean {
  return (
    SnapStart?.ApplyOn === 'PublishedVersions' || CapacityProviderConfig !== undefined || (VpcConfig?.SubnetIds ?? []).length > 0
  );
}

function pendingStates(Version: string, isRunning: boolean): FunctionConfiguration {
  const creating: FunctionConfiguration = isRunning
    ? { State: 'Active' }
    : { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' };
  if (Version !== LATEST_PUBLISHED) return creating;
  return {
    ...creating,
    LastUpdateStatus: 'InProgress',
    LastUpdateStatusReason: 'The function is being updated.',
    // The service answers with a code that its own model lacks.
    LastUpdateStatusReasonCode: 'Updating' as never,
  };
}
