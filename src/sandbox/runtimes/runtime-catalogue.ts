import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxMount } from '../../ports/sandbox-driver.ts';
import type { Interpreter } from './interpreter.ts';
import { findInterpreter } from './interpreter-search.ts';
import { nodeLaunch } from './node-launch.ts';
import { providedLaunch } from './provided-launch.ts';
import { pythonLaunch } from './python-launch.ts';
import type { RuntimeLaunch, RuntimeStatus } from './runtime-launch.ts';

/** Where to look for runtimes. */
export interface CatalogueOptions {
  /** The user's own choices: runtime name to interpreter. */
  readonly settings: Readonly<Record<string, string>>;
  /** Folder of our runtime clients. */
  readonly clientsDirectory: string;
  /** The PATH to search. */
  readonly searchPath: string;
  /** The Node that runs this server; serves functions of its own major version. */
  readonly nodeExecutable: string;
}

/** Folders that every sandbox shows as they are. */
const SYSTEM_FOLDERS = ['/usr/', '/bin/', '/lib/', '/lib64/', '/sbin/'];

/**
 * Runtimes that this machine can run. Looking at an interpreter takes a process, so it happens at the first use of a
 * runtime and is remembered; a runtime that was missing is looked for again.
 */
export class RuntimeCatalogue {
  readonly #options: CatalogueOptions;
  readonly #found = new Map<string, Promise<Interpreter | undefined>>();

  constructor(options: CatalogueOptions) {
    this.#options = options;
  }

  /** Whether functions of this runtime can run here. */
  async status(runtime: string): Promise<RuntimeStatus> {
    if (runtime.startsWith('provided.')) return { available: true, version: runtime };
    const interpreter = await this.#interpreter(runtime);
    return interpreter ? { available: true, version: interpreter.version } : { available: false, reason: missing(runtime) };
  }

  /**
   * How to start a function of this runtime whose code and layers lie in these folders. Rejects when the runtime is
   * missing; a function without an executable `bootstrap` in either is its own fault, told with Lambda's words.
   */
  async launch(
    runtime: string,
    folders: { readonly code: string; readonly layers: string },
  ): Promise<RuntimeLaunch | { readonly invalidEntrypoint: string }> {
    if (runtime.startsWith('provided.')) {
      // The order is Lambda's; nothing of ours is in the first place, /var/runtime. Source: Lambda's page on custom runtimes.
      if (isExecutableFile(join(folders.code, 'bootstrap'))) return providedLaunch('/var/task/bootstrap');
      if (isExecutableFile(join(folders.layers, 'bootstrap'))) return providedLaunch('/opt/bootstrap');
      return {
        invalidEntrypoint: "Couldn't find valid bootstrap(s): [/var/runtime/bootstrap /var/task/bootstrap /opt/bootstrap]",
      };
    }
    const interpreter = await this.#interpreter(runtime);
    if (!interpreter) throw new Error(missing(runtime));
    const clients = this.#options.clientsDirectory;
    return runtime.startsWith('nodejs')
      ? nodeLaunch(interpreter, join(clients, 'nodejs'))
      : pythonLaunch(interpreter, interpreterMounts(interpreter), join(clients, 'python'));
  }

  #interpreter(runtime: string): Promise<Interpreter | undefined> {
    let found = this.#found.get(runtime);
    if (!found) {
      const { settings, searchPath, nodeExecutable } = this.#options;
      found = findInterpreter(runtime, { chosen: settings[runtime], searchPath, nodeExecutable }).then((interpreter) => {
        if (!interpreter) this.#found.delete(runtime);
        return interpreter;
      });
      this.#found.set(runtime, found);
    }
    return found;
  }
}

/** An interpreter outside the system's folders is shown at its own path, where it finds its library by itself. */
function interpreterMounts(interpreter: Interpreter): SandboxMount[] {
  if (SYSTEM_FOLDERS.some((folder) => interpreter.executable.startsWith(folder))) return [];
  return [{ source: interpreter.prefix, target: interpreter.prefix }];
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function missing(runtime: string): string {
  if (!/^(nodejs|python)\d/.test(runtime)) {
    return `This version of lambkin can not run ${runtime}: it has a client for Node.js and Python, and runs own runtimes on provided.al2023.`;
  }
  const program = runtime.startsWith('nodejs')
    ? `a Node.js ${runtime.slice(6).replace('.x', '')} named node`
    : `a Python named ${runtime}`;
  return (
    `The runtime ${runtime} is not available on this machine. Put ${program} on the PATH of the server, ` +
    `or name its interpreter in the setting runtimes.${runtime}.`
  );
}
