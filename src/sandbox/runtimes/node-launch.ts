import { dirname } from 'node:path';
import type { Interpreter } from './interpreter.ts';
import type { RuntimeLaunch } from './runtime-launch.ts';
import { withWrapper } from './exec-wrapper.ts';
import { baseVariables } from './runtime-variables.ts';

const NODE = '/var/lang/bin/node';

/** Starts our Node.js client. Source of the variables: Lambda's page on environment variables, and recorded environments. */
export function nodeLaunch(interpreter: Interpreter, clientDirectory: string): RuntimeLaunch {
  return {
    // Node.js is one file, so it is shown where Lambda has it, wherever it lies on the host.
    mounts: [
      { source: interpreter.executable, target: NODE },
      { source: clientDirectory, target: '/var/runtime' },
    ],
    framed: true,
    command: (locate, version) => {
      const major = interpreter.version.split('.', 1)[0];
      const modules = [
        `/opt/nodejs/node${major}/node_modules`,
        '/opt/nodejs/node_modules',
        '/var/runtime/node_modules',
        '/var/runtime',
        '/var/task',
      ];
      return {
        argv: withWrapper(version, locate, [locate(NODE), locate('/var/runtime/bootstrap.cjs')]),
        env: { ...baseVariables(locate, dirname(locate(NODE))), NODE_PATH: modules.map(locate).join(':') },
      };
    },
  };
}
