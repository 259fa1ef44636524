import { stat } from 'node:fs/promises';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { HeldImage, ImageDefaults } from '../ports/image-shelf.ts';
import { externalExtensions } from './extensions/external-extensions.ts';
import { findProgram } from './image-program.ts';
import { extensionFailed, invalidEntrypoint, invalidWorkingDirectory, type PlatformError } from './platform-errors.ts';
import type { RuntimeLaunch } from './runtimes/runtime-launch.ts';

/** What an image without a PATH of its own gets: Lambda's for own runtimes. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin/:/bin:/opt/bin';
/** Folders of the sandbox that are there whatever the image has. */
const OWN_FOLDERS = new Set(['/', '/tmp']);

/**
 * How a function's image is started: by the image's own settings, or those that the function's configuration has in
 * their stead. What can't be run is the function's own fault, told with Lambda's words.
 */
export async function imageLaunch(image: HeldImage, version: ExecutableVersion): Promise<RuntimeLaunch | PlatformError> {
  const { locate, defaults } = image;
  const command = chosen(version.image?.command, defaults.command);
  const argv = [...chosen(version.image?.entryPoint, defaults.entryPoint), ...command];
  const workingDirectory = version.image?.workingDirectory || defaults.workingDirectory || '/';
  const env = { PATH: DEFAULT_PATH, ...usable(defaults.environment) };
  const [program, ...args] = argv;
  if (program === undefined) return invalidEntrypoint('', 'the image has neither ENTRYPOINT nor CMD');
  const fault = await workingDirectoryFault(workingDirectory, locate);
  if (fault !== undefined) return invalidWorkingDirectory('', fault);
  const searchPath = version.environment['PATH'] ?? env.PATH;
  const found = locate ? await findProgram(program, { workingDirectory, searchPath }, locate) : { path: program };
  if ('fault' in found) return invalidEntrypoint('', found.fault);
  return {
    mounts: [],
    framed: false,
    image: { root: image.root, workingDirectory, handler: command[0] ?? '' },
    command: () => ({ argv: [found.path, ...args], env }),
  };
}

/**
 * The external extensions that an image brings along. They are started by a script, for which the image must have a
 * shell; one that has none fails as an extension that can't be launched.
 */
export async function imageExtensions(image: HeldImage): Promise<string[] | PlatformError> {
  const { locate } = image;
  const folder = await locate?.('/opt/extensions');
  if (!locate || folder === undefined) return [];
  const names = await externalExtensions(folder);
  if (names.length === 0 || (await locate('/bin/sh')) !== undefined) return names;
  return extensionFailed('', 'Extension.LaunchError', 'the image has extensions, and no /bin/sh to start them');
}

/** An empty list changes nothing, as one that is absent. */
function chosen(override: readonly string[] | undefined, own: readonly string[]): readonly string[] {
  return override && override.length > 0 ? override : own;
}

/** Without what no process can be given. */
function usable(environment: ImageDefaults['environment']): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name !== '' && !name.includes('=')));
}

async function workingDirectoryFault(path: string, locate: HeldImage['locate']): Promise<string | undefined> {
  if (!path.startsWith('/')) return `the working directory '${path}' is invalid, it needs to be an absolute path`;
  if (!locate || OWN_FOLDERS.has(path)) return undefined;
  const found = await locate(path);
  if (found === undefined) return `chdir ${path}: no such file or directory`;
  return (await stat(found)).isDirectory() ? undefined : `chdir ${path}: not a directory`;
}
