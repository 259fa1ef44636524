import { existsSync, globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { controlGroupName } from '../../src/sandbox/drivers/choose.ts';

/** What a server holds of the host, each as a sorted list of texts. */
export type HostState = Readonly<
  Record<'processes' | 'mounts' | 'control groups' | 'files' | 'descriptors' | 'networks', readonly string[]>
>;

/** Reads what a server and its environments hold: `pid` is the server's, `dataDirectory` its own. Linux. */
export function hostState(pid: number, dataDirectory: string): HostState {
  return {
    processes: descendants(pid).map(commandOf),
    mounts: readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(dataDirectory))
      .map(withoutNames),
    'control groups': globSync(`/sys/fs/cgroup/**/${controlGroupName(`${dataDirectory}/run`)}/**/`, {
      exclude: (path) => String(path).length > 300,
    }).map(String),
    files: filesBelow(`${dataDirectory}/run`).map(withoutNames),
    descriptors: kindsOf(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))),
    networks: existsSync('/run/netns') ? readdirSync('/run/netns') : [],
  };
}

/** What a server that is closed has left behind: mounts, loop devices and processes that name its folder. */
export function closedState(dataDirectory: string): string[] {
  const loops = globSync('/sys/block/loop*/loop/backing_file').map((path) => readFileSync(String(path), 'utf8').trim());
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return [
    ...readFileSync('/proc/mounts', 'utf8').split('\n'),
    ...loops.map((file) => `loop device of ${file}`),
    ...processes.map((pid) => `process ${commandOf(Number(pid))}`),
  ].filter((text) => text.includes(dataDirectory));
}

/** Texts of things that a server keeps on purpose, and how many of them at most. */
const KEPT: readonly { readonly kind: keyof HostState; readonly text: RegExp; readonly max: number; readonly what: string }[] = [
  { kind: 'mounts', text: /\/run\/tmp\//, max: 34, what: 'volumes for /tmp, mounted ahead or kept for the next environment' },
  { kind: 'files', text: /^tmp\//, max: 80, what: 'the images and folders of these volumes, and one template a size' },
  { kind: 'descriptors', text: /\/logs\//, max: 128, what: 'log files, the most recently written' },
];

/** What is in `after` and was not in `before`, apart from what is kept on purpose within its bound; empty when nothing has leaked. */
export function leaks(before: HostState, after: HostState): string[] {
  return Object.entries(after).flatMap(([kind, texts]) => {
    const left = [...(before[kind as keyof HostState] ?? [])];
    const kept = KEPT.find((entry) => entry.kind === kind);
    const ofKept = texts.filter((text) => kept?.text.test(text));
    const over =
      kept && ofKept.length > kept.max ? [`${kind}: ${ofKept.length} instead of at most ${kept.max} (${kept.what})`] : [];
    const more = texts.filter((text) => {
      if (kept?.text.test(text)) return false;
      const at = left.indexOf(text);
      if (at !== -1) left.splice(at, 1);
      return at === -1;
    });
    return [...over, ...more.map((text) => `${kind}: ${text}`)];
  });
}

function descendants(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`)
      .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim().split(' '))
      .filter((text) => text !== '')
      .map(Number);
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').slice(0, 120);
  } catch {
    return 'gone';
  }
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return 'gone';
  }
}

/** What is prepared ahead has another name each time. */
function withoutNames(text: string): string {
  return text.replaceAll(/[0-9a-f]{16}/g, '*').replace(/^\/dev\/loop\d+/, '/dev/loop');
}

/** Sockets and pipes have numbers of their own; what counts is how many there are. */
function kindsOf(links: readonly string[]): string[] {
  return links.map((link) => link.replace(/:\[\d+\]$/, '').replace(/\/logs\/.*/, '/logs/...')).toSorted();
}
