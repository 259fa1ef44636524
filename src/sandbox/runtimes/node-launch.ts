import type { SandboxMount } from '../../ports/sandbox-driver.ts';
import type { Interpreter } from './interpreter.ts';
import type { RuntimeLaunch } from './runtime-launch.ts';
import { withWrapper } from './exec-wrapper.ts';
import { baseVariables } from './runtime-variables.ts';

/** Starts our Node.js client. Source of the variables: Lambda's page on environment variables, and recorded environments. */
export function nodeLaunch(interpreter: Interpreter, mounts: readonly SandboxMount[], clientDirectory: string): RuntimeLaunch {
  return {
    mounts: [...mounts, { source: clientDirectory, target: '/var/runtime' }],
    framed: true,
    command: (locate, version) => {
      const major = interpreter.version.split('.', 1)[0];
      const modules = [`/opt/nodejs/node${major}/node_modules`, '/opt/nodejs/node_modules', '/var/runtime/node_modules', '/var/runtime', '/var/task'];
      return {
        argv: withWrapper(version, [interpreter.executable, locate('/var/runtime/bootstrap.cjs')]),
        env: { ...baseVariables(locate), NODE_PATH: modules.map(locate).join(':') },
      };
    },
  };
}
