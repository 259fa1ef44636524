import type { ExecutableVersion } from '../../model/executable-version.ts';

/**
 * The command behind the function's `AWS_LAMBDA_EXEC_WRAPPER`, if it names one: the wrapper is run with the
 * interpreter and all its arguments as its own. Source: Lambda's page on modifying the runtime environment.
 */
export function withWrapper(
  version: ExecutableVersion,
  locate: (path: string) => string,
  argv: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  const wrapper = version.environment['AWS_LAMBDA_EXEC_WRAPPER'];
  return wrapper ? [locate(wrapper), ...argv] : argv;
}
