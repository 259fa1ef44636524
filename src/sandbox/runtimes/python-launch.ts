import { dirname } from 'node:path';
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
      const layers = [`/opt/python/lib/python${major}.${minor}/site-packages`, '/opt/python'];
      return {
        // Code is unpacked once and shared by environments, so none of them may leave byte code in it (-B).
        argv: withWrapper(version, locate, [interpreter.executable, '-B', locate('/var/runtime/bootstrap.py')]),
        env: {
          ...baseVariables(locate, dirname(interpreter.executable)),
          PYTHONPATH: locate('/var/runtime'),
          ...(Number(minor) >= 12 ? { LC_CTYPE: 'C.UTF-8' } : {}),
          _LAMBKIN_LAYER_PATH: layers.map(locate).join(':'),
        },
      };
    },
  };
}
