import type { MetadataStore } from '../ports/metadata-store.ts';
import type { FunctionPlace, ProvisionedTarget, ProvisioningPlan } from '../ports/provisioning.ts';
import { type VersionDocument, versionKey } from './documents.ts';
import { everyDocument } from './every-document.ts';
import { provisionedShares } from './provisioned-shares.ts';

/** What is to be provisioned, as it stands in the store. */
export function createProvisioningPlan(store: MetadataStore): ProvisioningPlan {
  return {
    targets: (place) => targetsOf(store, place),
    functions: () => functionsOf(store),
  };
}

async function targetsOf(store: MetadataStore, place: FunctionPlace): Promise<readonly ProvisionedTarget[]> {
  const { byVersion } = await provisionedShares(store, place, place.functionName);
  const targets: ProvisionedTarget[] = [];
  for (const [number, { count, askedAtMs }] of byVersion) {
    const found = await store.get<VersionDocument>(versionKey(place, place.functionName, number));
    const { active, configuration } = found?.body ?? {};
    if (count > 0 && active && configuration?.State === 'Active') targets.push({ version: active, count, askedAtMs });
  }
  return targets;
}

async function functionsOf(store: MetadataStore): Promise<readonly FunctionPlace[]> {
  const found = new Map<string, FunctionPlace>();
  for await (const { key } of everyDocument(store, 'provisioned-concurrency')) {
    const { account, region, id } = key;
    const functionName = id.slice(0, id.indexOf('/'));
    found.set(`${account}/${region}/${functionName}`, { account, region, functionName });
  }
  return [...found.values()];
}
