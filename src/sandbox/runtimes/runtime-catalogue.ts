import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxMount } from '../../ports/sandbox-driver.ts';
import { AddedRuntimes } from './added-runtimes.ts';
import { dotnetLaunch } from './dotnet-launch.ts';
import type { Interpreter } from './interpreter.ts';
import { searchInterpreter, type SearchResult } from './interpreter-search.ts';
import { javaLaunch } from './java-launch.ts';
import { isVersion, type LanguageName, parseRuntimeName } from './languages.ts';
import { interpreterMissing, javaClientImpossible, javaClientMissing } from './missing-runtime.ts';
import { nodeLaunch } from './node-launch.ts';
import { providedLaunch } from './provided-launch.ts';
import { pythonLaunch } from './python-launch.ts';
import { rubyLaunch } from './ruby-launch.ts';
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
  /** Folder of what `lambkin runtime add` has brought. */
  readonly addedDirectory: string;
  /** `JAVA_HOME` of the server. */
  readonly javaHome?: string | undefined;
  /** Where the system's Javas are; none are looked for without it. */
  readonly jvmFolder?: string;
}

/** Folders that every sandbox shows as they are. */
const SYSTEM_FOLDERS = ['/usr/', '/bin/', '/lib/', '/lib64/', '/sbin/'];

/** What a runtime is run with. */
interface Found {
  readonly language: LanguageName;
  readonly interpreter: Interpreter;
  /** Folder of the client. */
  readonly client: string;
}

/**
 * Runtimes that this machine can run. Looking at an interpreter takes a process, so it happens at the first use of a
 * runtime and is remembered; a runtime that was missing is looked for again.
 */
export class RuntimeCatalogue {
  readonly #options: CatalogueOptions;
  readonly #added: AddedRuntimes;
  readonly #found = new Map<string, Promise<SearchResult>>();

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#added = new AddedRuntimes(options.addedDirectory);
  }

  /** Whether functions of these runtimes can run here; each program is asked once. */
  async statuses(runtimes: readonly string[]): Promise<readonly { readonly runtime: string; readonly status: RuntimeStatus }[]> {
    const asked = new Map<string, Promise<Interpreter | undefined>>();
    return Promise.all(runtimes.map(async (runtime) => ({ runtime, status: await this.status(runtime, asked) })));
  }

  /** Whether functions of this runtime can run here. */
  async status(runtime: string, asked?: Map<string, Promise<Interpreter | undefined>>): Promise<RuntimeStatus> {
    if (runtime.startsWith('provided.')) return { available: true, version: 'functions bring their own' };
    const found = await this.#find(runtime, asked);
    if ('available' in found) return found;
    const { language, interpreter } = found;
    const wanted = parseRuntimeName(runtime)?.version ?? '';
    const notes = [
      ...(isVersion(interpreter.version, wanted) ? [] : [`in place of ${wanted}, as the setting runtimes.${runtime} says`]),
      ...(language === 'dotnet' ? ['executable assemblies only'] : []),
    ];
    return { available: true, version: [interpreter.version, ...notes].join(', ') };
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
    const found = await this.#find(runtime);
    if ('available' in found) throw new Error(found.reason);
    return launchOf(found);
  }

  async #find(
    runtime: string,
    asked?: Map<string, Promise<Interpreter | undefined>>,
  ): Promise<Found | Extract<RuntimeStatus, { available: false }>> {
    const language = parseRuntimeName(runtime)?.language;
    if (language === 'java' && process.platform !== 'linux') return javaClientImpossible(runtime);
    const { interpreter, standIn } = await this.#search(runtime, asked);
    if (!language || !interpreter) return interpreterMissing(runtime, standIn);
    const client = language === 'java' ? this.#added.javaClient() : join(this.#options.clientsDirectory, language);
    return client === undefined ? javaClientMissing(runtime, interpreter.version) : { language, interpreter, client };
  }

  #search(runtime: string, asked: Map<string, Promise<Interpreter | undefined>> | undefined): Promise<SearchResult> {
    let found = this.#found.get(runtime);
    if (!found) {
      const { settings, searchPath, nodeExecutable, javaHome, jvmFolder } = this.#options;
      const places = {
        chosen: settings[runtime],
        searchPath,
        nodeExecutable,
        addedNode: this.#added.nodeProgram(runtime),
        javaHome,
        ...(jvmFolder === undefined ? {} : { jvmFolder }),
        ...(asked === undefined ? {} : { asked }),
      };
      found = searchInterpreter(runtime, places).then((result) => {
        if (!result.interpreter) this.#found.delete(runtime);
        return result;
      });
      this.#found.set(runtime, found);
    }
    return found;
  }
}

function launchOf({ language, interpreter, client }: Found): RuntimeLaunch {
  const mounts = interpreterMounts(interpreter);
  switch (language) {
    case 'nodejs':
      return nodeLaunch(interpreter, client);
    case 'python':
      return pythonLaunch(interpreter, mounts, client);
    case 'java':
      return javaLaunch(interpreter, mounts, client);
    case 'ruby':
      return rubyLaunch(interpreter, mounts, client);
    case 'dotnet':
      return dotnetLaunch(interpreter, mounts, client);
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
