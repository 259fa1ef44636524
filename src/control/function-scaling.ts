import type { FunctionConfiguration, FunctionScalingConfig } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { scopedKey } from './documents.ts';

/** How many environments a version on a capacity provider has at least and at most; kind `scaling-config`. */
export type ScalingDocument = FunctionScalingConfig;

/** True for settings that leave a version no environment. Source: Lambda's page on scaling managed instances. */
export function stops(config: FunctionScalingConfig | undefined): boolean {
  return config?.MaxExecutionEnvironments === 0;
}

/** Whether a version on a capacity provider is stopped by its scaling configuration. */
export async function isStopped(
  store: MetadataStore,
  locality: Locality,
  configuration: FunctionConfiguration,
): Promise<boolean> {
  const { FunctionName = '', Version, CapacityProviderConfig } = configuration;
  if (!CapacityProviderConfig) return false;
  const found = await store.get<ScalingDocument>(scopedKey(locality, 'scaling-config', FunctionName, Version));
  return stops(found?.body);
}
