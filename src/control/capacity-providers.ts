import type { CapacityProvider, CapacityProviderConfig, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import type { Change, DocumentKey } from '../ports/metadata-store.ts';
import type { ControlContext } from './control-context.ts';
import { keyOf, LATEST, write } from './documents.ts';
import { invalid } from './settings/invalid.ts';

/** A capacity provider as it is stored. */
export interface CapacityProviderDocument {
  readonly provider: CapacityProvider;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Key of a capacity provider, by its name or its ARN. */
export function capacityProviderKey(locality: Locality, nameOrArn: string): DocumentKey {
  return keyOf(locality, 'capacity-provider', capacityProviderName(nameOrArn));
}

/** The name in a capacity provider's ARN; a name is one already. */
export function capacityProviderName(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf(':') + 1);
}

/** The provider that a function asks for. Throws InvalidParameterValueException when it is not there or not usable. */
export async function checkCapacityProvider(
  control: ControlContext,
  locality: Locality,
  config: CapacityProviderConfig | undefined,
): Promise<string | undefined> {
  const arn = config?.LambdaManagedInstancesCapacityProviderConfig?.CapacityProviderArn;
  if (arn === undefined) return undefined;
  const found = await control.store.get<CapacityProviderDocument>(capacityProviderKey(locality, arn));
  if (!found || found.body.provider.CapacityProviderArn !== arn) throw invalid(`The capacity provider ${arn} does not exist.`);
  if (found.body.provider.State === 'Deleting') throw invalid(`The capacity provider ${arn} is being deleted.`);
  return found.key.id;
}

/** Throws FunctionVersionsPerCapacityProviderLimitExceededException when a provider can't take another published version. */
export async function checkVersionRoom(control: ControlContext, locality: Locality, providerName: string): Promise<void> {
  const { account, region } = locality;
  const { documents } = await control.store.totals({ account, region, kind: 'capacity-version', prefix: `${providerName}/` });
  if (documents < control.limits.versionsPerCapacityProvider) return;
  throw lambdaError(
    'FunctionVersionsPerCapacityProviderLimitExceededException',
    `The maximum number of function versions per capacity provider (${control.limits.versionsPerCapacityProvider}) is reached.`,
  );
}

/** The name of the provider that a published version runs on. */
export function providerOf(configuration: FunctionConfiguration): string | undefined {
  const arn = configuration.CapacityProviderConfig?.LambdaManagedInstancesCapacityProviderConfig?.CapacityProviderArn;
  return arn === undefined ? undefined : capacityProviderName(arn);
}

/** Notes a published version with its provider, so that the provider's versions can be listed and counted. */
export function registration(locality: Locality, configuration: FunctionConfiguration): Change[] {
  const key = registrationKey(locality, configuration);
  return key ? [write(key, { functionName: configuration.FunctionName, version: configuration.Version })] : [];
}

/** Takes the note back when the version goes. */
export function deregistration(locality: Locality, configuration: FunctionConfiguration): Change[] {
  const key = registrationKey(locality, configuration);
  return key ? [{ remove: key }] : [];
}

function registrationKey(locality: Locality, configuration: FunctionConfiguration): DocumentKey | undefined {
  const { FunctionName = '', Version = LATEST } = configuration;
  const provider = providerOf(configuration);
  if (provider === undefined || Version === LATEST) return undefined;
  return keyOf(
    locality,
    'capacity-version',
    `${provider}/${FunctionName}/${Version.startsWith('$') ? Version : Version.padStart(12, '0')}`,
  );
}
