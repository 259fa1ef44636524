import type { FunctionDirectory } from '../ports/function-directory.ts';
import type { EnvironmentPool } from '../sandbox/environment-pool.ts';

/**
 * Retires environments whose version was changed or deleted: requests in progress finish on the old code, new ones run
 * on the new. Returns the way to stop.
 */
export function retireOnChange(
  directory: FunctionDirectory,
  pool: EnvironmentPool,
  arnOf: (change: { account: string; region: string; functionName: string }) => string,
): () => void {
  return directory.onChange((change) => {
    for (const version of pool.versionsOf(arnOf(change))) {
      void directory
        .resolve({
          account: version.account,
          region: version.region,
          functionName: version.functionName,
          qualifier: version.version,
        })
        .then((current) => current.version.configurationId === version.configurationId)
        .catch(() => false)
        .then((isCurrent) => {
          if (!isCurrent) pool.retire(version);
        });
    }
  });
}
