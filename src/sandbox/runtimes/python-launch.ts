import type { SandboxMount } from '../../ports/sandbox-driver.ts';
import { withWrapper } from './exec-wrapper.ts';
import type { Interpreter } from './interpreter.ts';
import type { RuntimeLaunch } from './runtime-launch.ts';
import { baseVariables } from './runtime-variables.ts';

/** Starts our Python client. Source of the variables: Lambda's page on environment variables, and recorded environments. */
export function pythonLaunch(interpreter: Interpreter, mounts: readonly SandboxMount[], clientDirectory: string): RuntimeLaunch {
  return {
    mounts: [...mounts, { source: clientDirectory, target: '/var/runtime' }],
    framed: true,
    command: (locate, version) => {
      const [major, minor] = interpreter.version.split('.');
      return {
        argv: withWrapper(version, [interpreter.executable, locate('/var/runtime/bootstrap.py')]),
        env: {
          ...baseVariables(locate),
          PYTHONPATH: locate('/var/runtime'),
          // The function's code is mounted read only, so writing byte code could only fail.
          PYTHONDONTWRITEBYTECODE: '1',
          ...(Number(minor) >= 12 ? { LC_CTYPE: 'C.UTF-8' } : {}),
          _LAMBKIN_SITE_PACKAGES: locate(`/opt/python/lib/python${major}.${minor}/site-packages`),
        },
      };
    },
  };
}
