import type { CapacityProvider, CapacityProviderConfig, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import type { Change, Document, DocumentKey } from '../ports/metadata-store.ts';
import type { ControlContext } from './control-context.ts';
import { keyOf, LATEST, write } from './documents.ts';
import { invalid } from './settings/invalid.ts';

/** A capacity provider; kind `capacity-provider`. */
export interface CapacityProviderDocument {
  /** As it is answered. It is there at once, and gone at once, so it is stored as `Active` alone. */
  readonly provider: CapacityProvider;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A published version that runs on a provider; kind `capacity-version`, by the provider's name, the function's and the version. */
export interface CapacityVersionDocument {
  readonly functionName: string;
  readonly version: string;
}

/** ARN of a capacity provider. */
export function capacityProviderArn({ account, region }: Locality, name: string): string {
  return `arn:aws:lambda:${region}:${account}:capacity-provider:${name}`;
}

/** Reads the provider that a function asks for. Throws InvalidParameterValueException when it is not there. */
export async function getUsedProvider(
  control: ControlContext,
  locality: Locality,
  config: CapacityProviderConfig,
): Promise<Document<CapacityProviderDocument>> {
  const arn = config.LambdaManagedInstancesCapacityProviderConfig?.CapacityProviderArn ?? '';
  const found = await control.store.get<CapacityProviderDocument>(keyOf(locality, 'capacity-provider', nameIn(arn)));
  if (found && found.body.provider.CapacityProviderArn === arn) return found;
  throw invalid(`The capacity provider ${arn} does not exist.`);
}

/**
 * The writes that note a published version with its provider, so that the provider's versions can be listed and counted,
 * and that make a concurrent deletion of the provider, or publication on it, and this transaction see each other. None
 * for other functions. Throws FunctionVersionsPerCapacityProviderLimitExceededException when the provider is full.
 */
export async function providerUse(
  control: ControlContext,
  locality: Locality,
  configuration: FunctionConfiguration,
): Promise<Change[]> {
  const key = useKey(locality, configuration);
  if (!key || !configuration.CapacityProviderConfig) return [];
  const provider = await getUsedProvider(control, locality, configuration.CapacityProviderConfig);
  if (!(await control.store.get(key))) await checkRoom(control, locality, provider.key.id);
  const body: CapacityVersionDocument = {
    functionName: configuration.FunctionName ?? '',
    version: configuration.Version ?? '',
  };
  return [write(key, body), write(provider.key, provider.body, provider.revision)];
}

/** Takes the note back when the version goes. */
export function providerRelease(locality: Locality, configuration: FunctionConfiguration | undefined): Change[] {
  const key = configuration && useKey(locality, configuration);
  return key ? [{ remove: key }] : [];
}

async function checkRoom(control: ControlContext, { account, region }: Locality, providerName: string): Promise<void> {
  const max = control.limits.versionsPerCapacityProvider;
  const { documents } = await control.store.totals({ account, region, kind: 'capacity-version', prefix: `${providerName}/` });
  if (documents < max) return;
  throw lambdaError(
    'FunctionVersionsPerCapacityProviderLimitExceededException',
    `The maximum number of function versions per capacity provider (${max}) is reached.`,
  );
}

/** Versions are padded, so that they follow each other in order. `$LATEST` runs nowhere. */
function useKey(locality: Locality, configuration: FunctionConfiguration): DocumentKey | undefined {
  const { FunctionName = '', Version = LATEST, CapacityProviderConfig } = configuration;
  const arn = CapacityProviderConfig?.LambdaManagedInstancesCapacityProviderConfig?.CapacityProviderArn;
  if (arn === undefined || Version === LATEST) return undefined;
  const padded = Version.startsWith('$') ? Version : Version.padStart(12, '0');
  return keyOf(locality, 'capacity-version', `${nameIn(arn)}/${FunctionName}/${padded}`);
}

function nameIn(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}
