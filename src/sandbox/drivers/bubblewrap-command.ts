import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxSpec } from '../../ports/sandbox-driver.ts';
import { companionScript } from './companion-script.ts';
import { IMAGE_OWN_FOLDER, type ImageRoot } from './image-roots.ts';
import { OWN_FOLDER } from './system-settings.ts';

const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** What is run first, in the sandbox's own folder: a script for the host's shell, or for images a program. */
export const START_NAME = 'start';

/** Descriptor of the system call filter; 0 to 3 belong to the function. */
export const FILTER_DESCRIPTOR = 4;
/** Descriptor of the file with bubblewrap's options. */
export const ARGUMENTS_DESCRIPTOR = 5;

/** How the sandbox gets a user of its own: as root by a host uid, otherwise by a user namespace. */
export type UserMode = { readonly kind: 'host-uid'; readonly uid: number } | { readonly kind: 'namespace' };

/** Folders of the host that the driver has filled for a sandbox. */
export interface SandboxFolders {
  /** What it sees as /etc. */
  readonly settings: string;
  /** What it sees as {@link OWN_FOLDER}. */
  readonly own: string;
  readonly tmp: string;
  /** What it sees as its root in the stead of the host's system folders. */
  readonly image?: ImageRoot | undefined;
}

/**
 * The options of bubblewrap for a sandbox and the command that it runs. The function's variables are in the start script, not here: they must
 * neither be seen in the host's process list nor act on bubblewrap itself (`LD_PRELOAD`).
 */
export function bubblewrapCommand(
  spec: SandboxSpec,
  folders: SandboxFolders,
  user: UserMode,
  withFilter: boolean,
): { options: string[]; program: string[] } {
  const { image } = folders;
  const ownFolder = image ? IMAGE_OWN_FOLDER : OWN_FOLDER;
  const options = [
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--hostname',
    'lambkin',
    '--die-with-parent',
    '--new-session',
    ...userOptions(user),
    ...(image ? imageOptions(image) : hostOptions(spec)),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--ro-bind',
    image?.settings ?? folders.settings,
    '/etc',
    ...spec.mounts.flatMap((mount) => ['--ro-bind', mount.source, mount.target]),
    '--ro-bind',
    folders.own,
    ownFolder,
    '--bind',
    folders.tmp,
    '/tmp',
    '--remount-ro',
    '/dev',
    '--remount-ro',
    '/',
    '--chdir',
    spec.cwd,
    ...(withFilter ? ['--seccomp', String(FILTER_DESCRIPTOR)] : []),
  ];
  const start = `${ownFolder}/${START_NAME}`;
  // For an image the start is a program, which gives up what it can do by itself: nothing of the image may do it.
  return { options, program: image ? [start] : [...identityCommand(user), '/bin/sh', start] };
}

/** The script that sets the function's variables and becomes its first process, or starts it after its companions. */
export function startScript(spec: SandboxSpec): string {
  const exports = Object.entries(spec.env).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`the variable name ${name} can't be given to a process`);
    return `export ${name}=${quote(value)}`;
  });
  const main = spec.argv.map(quote).join(' ');
  const run = spec.companions ? companionScript(spec.companions, main, quote) : `exec ${main}\n`;
  return `unset OLDPWD\n${exports.join('\n')}\n${run}`;
}

/** Quotes for a POSIX shell: nothing is special between single quotes but the single quote itself. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Every folder on the way to a mount, outermost first. */
function openFolders(spec: SandboxSpec): string[] {
  const folders = new Set(['/run']);
  for (const { target } of spec.mounts) {
    for (let end = target.indexOf('/', 1); end !== -1; end = target.indexOf('/', end + 1)) folders.add(target.slice(0, end));
  }
  return [...folders].filter((folder) => folder !== '/usr' && !folder.startsWith('/usr/'));
}

function userOptions(user: UserMode): string[] {
  return user.kind === 'namespace'
    ? ['--unshare-user', '--cap-drop', 'ALL']
    : ['--cap-drop', 'ALL', '--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID'];
}

function identityCommand(user: UserMode): string[] {
  if (user.kind === 'namespace') return [];
  const id = String(user.uid);
  return ['/usr/bin/setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups', '--no-new-privs', '--inh-caps=-all', '--'];
}

/** The image's own top folders in an empty root. What they are bound in is ours, so that it can hold other mounts. */
function imageOptions(image: ImageRoot): string[] {
  return image.entries.flatMap(({ name, target }) =>
    target === undefined ? ['--ro-bind', join(image.folder, name), `/${name}`] : ['--symlink', target, `/${name}`],
  );
}

function hostOptions(spec: SandboxSpec): string[] {
  // Folders that bubblewrap makes by itself on the way to a file may be closed to other users.
  return [...openFolders(spec).flatMap((folder) => ['--perms', '0755', '--dir', folder]), ...rootOptions()];
}

function rootOptions(): string[] {
  const options = ['--ro-bind', '/usr', '/usr'];
  for (const folder of SYSTEM_FOLDERS) {
    if (!existsSync(folder)) continue;
    if (lstatSync(folder).isSymbolicLink()) options.push('--symlink', readlinkSync(folder), folder);
    else options.push('--ro-bind', folder, folder);
  }
  return options;
}
