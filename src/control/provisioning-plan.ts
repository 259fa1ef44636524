import type { MetadataStore } from '../ports/metadata-store.ts';
import type { FunctionPlace, ProvisionedTarget, ProvisioningPlan } from '../ports/provisioning.ts';
import { type VersionDocument, versionKey } from './documents.ts';
import { provisionedShares } from './provisioned-shares.ts';

const DOCUMENTS_PER_PAGE = 1_000;

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
  for (const { account, region } of await store.scopes('provisioned-concurrency')) {
    let after: string | undefined;
    do {
      const limit = DOCUMENTS_PER_PAGE;
      const request = { account, region, kind: 'provisioned-concurrency', limit };
      const page = await store.list(after === undefined ? request : { ...request, after });
      for (const { key } of page) {
        const functionName = key.id.slice(0, key.id.indexOf('/'));
        found.set(`${account}/${region}/${functionName}`, { account, region, functionName });
      }
      after = page.length === limit ? page.at(-1)?.key.id : undefined;
    } while (after !== undefined);
  }
  return [...found.values()];
}
