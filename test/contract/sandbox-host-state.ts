import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { controlGroupName } from '../../src/sandbox/drivers/choose.ts';

const SAME_LOOKS = 12;
const LOOKS_MAX = 1_000;
const TURNS_BETWEEN_LOOKS = 20;

/** Everything on the host that sandboxes of one run directory hold; each list is sorted, so that two can be compared. */
export interface HostState {
  readonly processes: string[];
  readonly controlGroups: string[];
  readonly mounts: string[];
  readonly loopDevices: string[];
  /** Interfaces and tables of rules. */
  readonly network: string[];
  readonly files: string[];
  /** What this process itself has open, by kind. */
  readonly descriptors: string[];
}

export function hostState(runDirectory: string): HostState {
  return {
    processes: processesBelow(process.pid),
    controlGroups: globSync(`/sys/fs/cgroup/{*/,}${controlGroupName(runDirectory)}/*/`).toSorted(),
    mounts: linesOf('/proc/self/mounts')
      .filter((line) => line.includes(runDirectory))
      .toSorted(),
    loopDevices: loopDevicesOf(runDirectory),
    network: networkOf(controlGroupName(runDirectory)),
    files: existsSync(runDirectory) ? readdirSync(runDirectory).toSorted() : [],
    descriptors: openDescriptors(),
  };
}

/** Resolves when no process of ours runs and the state is what it should be, or without that has stayed the same for a while. */
export async function isSettled(look: () => HostState, expected?: HostState): Promise<void> {
  let last = '';
  let same = 0;
  for (let tries = 0; same < SAME_LOOKS && tries < LOOKS_MAX; tries += 1) {
    const state = look();
    const now = JSON.stringify(state);
    if (now === JSON.stringify(expected)) return;
    same = !expected && now === last && state.processes.length === 0 ? same + 1 : 0;
    last = now;
    for (let turn = 0; turn < TURNS_BETWEEN_LOOKS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Host pids whose command line holds a text, however far they went from us. */
export function processesNaming(text: string): number[] {
  return pids().filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });
}

/** Host pids that run as a uid. */
export function processesOfUid(uid: number): number[] {
  return pids().filter((pid) => statusOf(pid).includes(`\nUid:\t${uid}\t`));
}

function processesBelow(root: number): string[] {
  const children = new Map<number, number[]>();
  for (const pid of pids()) {
    const status = statusOf(pid);
    const parent = Number(/^PPid:\t(\d+)/m.exec(status)?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  for (let open = [root]; open.length > 0;) {
    open = open.flatMap((pid) => children.get(pid) ?? []);
    found.push(...open);
  }
  return found.map((pid) => `${pid} ${/^Name:\t(.*)/m.exec(statusOf(pid))?.[1]}`).toSorted();
}

function pids(): number[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}

function loopDevicesOf(runDirectory: string): string[] {
  if (!existsSync('/sys/block')) return [];
  return readdirSync('/sys/block')
    .filter((name) => linesOf(`/sys/block/${name}/loop/backing_file`)[0]?.includes(runDirectory))
    .toSorted();
}

function openDescriptors(): string[] {
  if (!existsSync('/proc/self/fd')) return [];
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        // The one that listed the folder.
        return '';
      }
    })
    .filter((target) => target !== '' && !target.startsWith('/proc/'))
    .map((target) => (target.startsWith('/') ? basename(target) : target.replace(/\d+/, 'n')))
    .toSorted();
}

/** Names of a run directory's carry the first half of what its control groups do. */
function networkOf(groupName: string): string[] {
  const identity = groupName.replace('lambkin-', '').slice(0, 6);
  const interfaces = linesOf('/proc/net/dev').map((line) => line.split(':')[0]?.trim() ?? '');
  const tables = existsSync('/usr/sbin/nft') && process.getuid?.() === 0 ? execFileSync('/usr/sbin/nft', ['list', 'tables']) : '';
  return [...interfaces, ...String(tables).split('\n')].filter((name) => name.includes(identity)).toSorted();
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
