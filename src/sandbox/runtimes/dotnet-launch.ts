import type { SandboxMount } from '../../ports/sandbox-driver.ts';
import type { Interpreter } from './interpreter.ts';
import type { RuntimeLaunch } from './runtime-launch.ts';
import { baseVariables } from './runtime-variables.ts';

/**
 * Starts a .NET function that brings its own runtime support: the handler is the name of an executable assembly. A script
 * of ours looks for it, as on Lambda, and it obeys the wrapper. Source: Lambda's page on .NET executable assemblies.
 */
export function dotnetLaunch(interpreter: Interpreter, mounts: readonly SandboxMount[], clientDirectory: string): RuntimeLaunch {
  return {
    mounts: [...mounts, { source: clientDirectory, target: '/var/runtime' }],
    framed: false,
    command: (locate, version) => {
      const wrapper = version.environment['AWS_LAMBDA_EXEC_WRAPPER'];
      return {
        argv: ['/bin/sh', locate('/var/runtime/bootstrap.sh')],
        env: {
          ...baseVariables(locate, interpreter.prefix),
          DOTNET_ROOT: interpreter.prefix,
          LAMBDA_RUNTIME_NAME: version.runtime,
          ...(wrapper ? { _LAMBKIN_EXEC_WRAPPER: locate(wrapper) } : {}),
        },
      };
    },
  };
}
