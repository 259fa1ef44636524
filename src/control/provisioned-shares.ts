import type { Locality } from '../model/arn.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { ProvisionedConcurrencyDocument } from './concurrency-budget.ts';
import { type AliasDocument, aliasKey, isVersionNumber } from './documents.ts';

/** Versions and aliases of one function that may have provisioned concurrency; the control plane admits no more. */
const DOCUMENTS_MAX = 10_000;

/** What is provisioned for one version. */
export interface ProvisionedShare {
  readonly count: number;
  /** When it was last asked for, epoch ms. */
  readonly askedAtMs: number;
}

/** What is provisioned of a function, for its versions themselves and by way of aliases. */
export interface ProvisionedShares {
  readonly total: number;
  readonly byVersion: ReadonlyMap<string, ProvisionedShare>;
}

/** Reads how a function's provisioned concurrency is spread over its versions now. */
export async function provisionedShares(
  store: MetadataStore,
  { account, region }: Locality,
  functionName: string,
): Promise<ProvisionedShares> {
  const prefix = `${functionName}/`;
  const request = { account, region, kind: 'provisioned-concurrency', prefix, limit: DOCUMENTS_MAX };
  const documents = await store.list<ProvisionedConcurrencyDocument>(request);
  const byVersion = new Map<string, ProvisionedShare>();
  let total = 0;
  for (const { key, body } of documents) {
    total += body.requested;
    const qualifier = key.id.slice(prefix.length);
    for (const [version, count] of await versionsBehind(store, { account, region }, functionName, qualifier, body.requested)) {
      const before = byVersion.get(version);
      const askedAtMs = Math.max(before?.askedAtMs ?? 0, body.lastModifiedMs);
      byVersion.set(version, { count: count + (before?.count ?? 0), askedAtMs });
    }
  }
  return { total, byVersion };
}

/** What each version behind an alias gets of the alias's provisioned concurrency: as much as it gets of the traffic. */
export function splitByWeight(alias: AliasDocument, requested: number): readonly (readonly [version: string, count: number])[] {
  const primary = alias.FunctionVersion ?? '';
  const [second] = Object.entries(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
  if (!second) return [[primary, requested]];
  const [version, weight] = second;
  const count = Math.round(requested * weight);
  return [
    [primary, requested - count],
    [version, count],
  ];
}

async function versionsBehind(
  store: MetadataStore,
  locality: Locality,
  functionName: string,
  qualifier: string,
  requested: number,
): Promise<readonly (readonly [version: string, count: number])[]> {
  if (isVersionNumber(qualifier)) return [[qualifier, requested]];
  const alias = await store.get<AliasDocument>(aliasKey(locality, functionName, qualifier));
  return alias ? splitByWeight(alias.body, requested) : [];
}
