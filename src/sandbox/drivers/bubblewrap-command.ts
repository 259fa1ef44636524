import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import type { SandboxSpec } from '../../ports/sandbox-driver.ts';

/** Files of the host's /etc that a function may see; never its users and their passwords. */
const ETC_FILES = [
  'alternatives',
  'ca-certificates',
  'crypto-policies',
  'host.conf',
  'hosts',
  'java-17-openjdk',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nsswitch.conf',
  'pki',
  'protocols',
  'resolv.conf',
  'services',
  'ssl',
  'timezone',
];
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
const START_SCRIPT = '/run/lambkin/start';

/** Descriptor of the system call filter; 0 to 3 belong to the function. */
export const FILTER_DESCRIPTOR = 4;
/** Descriptor of the file with bubblewrap's options. */
export const ARGUMENTS_DESCRIPTOR = 5;

/** How the sandbox gets a user of its own: as root by a host uid, otherwise by a user namespace. */
export type UserMode = { readonly kind: 'host-uid'; readonly uid: number } | { readonly kind: 'namespace' };

/** Files that the driver has written for one sandbox. */
export interface SandboxFiles {
  readonly startScript: string;
  readonly passwd: string;
  readonly group: string;
  readonly tmp: string;
}

/**
 * The options of bubblewrap for a sandbox and the command that it runs. The function's variables are in the start script, not here: they must
 * neither be seen in the host's process list nor act on bubblewrap itself (`LD_PRELOAD`).
 */
export function bubblewrapCommand(
  spec: SandboxSpec,
  files: SandboxFiles,
  user: UserMode,
  withFilter: boolean,
): { options: string[]; program: string[] } {
  const options = [
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--hostname',
    'lambkin',
    '--die-with-parent',
    '--new-session',
    ...userOptions(user),
    // Folders that bubblewrap makes by itself on the way to a file may be closed to other users.
    ...openFolders(spec).flatMap((folder) => ['--perms', '0755', '--dir', folder]),
    ...rootOptions(),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--ro-bind',
    files.passwd,
    '/etc/passwd',
    '--ro-bind',
    files.group,
    '/etc/group',
    ...spec.mounts.flatMap((mount) => ['--ro-bind', mount.source, mount.target]),
    '--ro-bind',
    files.startScript,
    START_SCRIPT,
    '--bind',
    files.tmp,
    '/tmp',
    '--remount-ro',
    '/dev',
    '--remount-ro',
    '/',
    '--chdir',
    spec.cwd,
    ...(withFilter ? ['--seccomp', String(FILTER_DESCRIPTOR)] : []),
  ];
  return { options, program: [...identityCommand(user), '/bin/sh', START_SCRIPT] };
}

/** The script that sets the function's variables, and nothing else, and becomes its first process. */
export function startScript(spec: SandboxSpec): string {
  const exports = Object.entries(spec.env).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`the variable name ${name} can't be given to a process`);
    return `export ${name}=${quote(value)}`;
  });
  return `unset OLDPWD\n${exports.join('\n')}\nexec ${spec.argv.map(quote).join(' ')}\n`;
}

/** Quotes for a POSIX shell: nothing is special between single quotes but the single quote itself. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Every folder on the way to a mount, outermost first. */
function openFolders(spec: SandboxSpec): string[] {
  const folders = new Set(['/etc', '/run', '/run/lambkin']);
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

function rootOptions(): string[] {
  const options = ['--ro-bind', '/usr', '/usr'];
  for (const folder of SYSTEM_FOLDERS) {
    if (!existsSync(folder)) continue;
    if (lstatSync(folder).isSymbolicLink()) options.push('--symlink', readlinkSync(folder), folder);
    else options.push('--ro-bind', folder, folder);
  }
  for (const name of ETC_FILES) {
    if (existsSync(`/etc/${name}`)) options.push('--ro-bind', `/etc/${name}`, `/etc/${name}`);
  }
  return options;
}
