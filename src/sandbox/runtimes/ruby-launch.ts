import { dirname } from 'node:path';
import type { SandboxMount } from '../../ports/sandbox-driver.ts';
import { withWrapper } from './exec-wrapper.ts';
import type { Interpreter } from './interpreter.ts';
import type { RuntimeLaunch } from './runtime-launch.ts';
import { baseVariables } from './runtime-variables.ts';

/** Starts our Ruby client. Source of the variables: Lambda's page on Ruby, and recorded environments. */
export function rubyLaunch(interpreter: Interpreter, mounts: readonly SandboxMount[], clientDirectory: string): RuntimeLaunch {
  return {
    mounts: [...mounts, { source: clientDirectory, target: '/var/runtime' }],
    framed: true,
    command: (locate, version) => {
      const [major, minor] = interpreter.version.split('.');
      // Gems with native code fit the Ruby that runs, whatever the runtime is called.
      const abi = `${major}.${minor}.0`;
      const gems = [`/var/task/vendor/bundle/ruby/${abi}`, `/opt/ruby/gems/${abi}`, '/var/runtime', `/var/runtime/ruby/${abi}`];
      const libraries = ['/var/task', '/var/runtime/lib', '/opt/ruby/lib'];
      return {
        // Without a locale of that name on the host Ruby would take texts for ASCII.
        argv: withWrapper(version, locate, [interpreter.executable, '-EUTF-8', locate('/var/runtime/bootstrap.rb')]),
        env: {
          ...baseVariables(locate, dirname(interpreter.executable)),
          GEM_HOME: locate('/var/runtime'),
          GEM_PATH: gems.map(locate).join(':'),
          RUBYLIB: libraries.map(locate).join(':'),
        },
      };
    },
  };
}
