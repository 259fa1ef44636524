import { after } from 'node:test';
import { openWorld, type World } from './world.ts';

/** What the account of {@link limitedWorld} may have. */
export const LIMITED = { aliasesPerFunction: 2, codeStorageMb: 1, capacityProviders: 2, versionsPerCapacityProvider: 2 } as const;

let limited: Promise<World> | undefined;
after(async () => (await limited)?.close());

/** A server with limits small enough to be reached. Started when it is first asked for, closed at the end. */
export function limitedWorld(): Promise<World> {
  limited ??= openWorld({
    LAMBKIN_LIMITS_ALIASES_PER_FUNCTION: String(LIMITED.aliasesPerFunction),
    LAMBKIN_LIMITS_CODE_STORAGE_MB: String(LIMITED.codeStorageMb),
    LAMBKIN_LIMITS_CAPACITY_PROVIDERS: String(LIMITED.capacityProviders),
    LAMBKIN_LIMITS_VERSIONS_PER_CAPACITY_PROVIDER: String(LIMITED.versionsPerCapacityProvider),
  });
  return limited;
}
