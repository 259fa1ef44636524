import type { RuntimeLaunch } from './runtime-launch.ts';
import { baseVariables } from './runtime-variables.ts';

/** Starts the function's own runtime. No wrapper: `AWS_LAMBDA_EXEC_WRAPPER` is for managed runtimes only. */
export function providedLaunch(bootstrap: string): RuntimeLaunch {
  return {
    mounts: [],
    framed: false,
    command: (locate) => ({ argv: [locate(bootstrap)], env: baseVariables(locate) }),
  };
}
