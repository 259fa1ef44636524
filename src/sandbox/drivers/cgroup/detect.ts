import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlGroups } from './control-group.ts';
import { ControlGroupsV1 } from './v1.ts';
import { ControlGroupsV2 } from './v2.ts';

/** Finds control groups that this process may make, or says why there are none. `name` is that of our parent group. */
export function detectControlGroups(name: string): ControlGroups | { readonly reason: string } {
  let mounts: string;
  try {
    mounts = readFileSync('/proc/self/mounts', 'utf8');
  } catch {
    return { reason: 'control groups exist on Linux only' };
  }
  const v1 = new Map<string, string>();
  let v2: string | undefined;
  for (const line of mounts.split('\n')) {
    const [, path, type, options] = line.split(' ');
    if (type === 'cgroup2' && path) v2 = path;
    if (type === 'cgroup' && path) for (const option of options?.split(',') ?? []) v1.set(option, path);
  }
  return (
    tryV1(v1, name) ?? tryV2(v2, name) ?? { reason: 'no control group can be made here (run as root, or have a group delegated)' }
  );
}

function tryV1(mounts: ReadonlyMap<string, string>, name: string): ControlGroups | undefined {
  if (!mounts.has('memory')) return undefined;
  try {
    return new ControlGroupsV1(mounts, name);
  } catch {
    return undefined;
  }
}

function tryV2(mount: string | undefined, name: string): ControlGroups | undefined {
  if (!mount) return undefined;
  // The root group is for root; anybody else can only use the group that was delegated to them.
  const own = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  for (const base of [mount, join(mount, own)]) {
    try {
      return new ControlGroupsV2(base, name);
    } catch {
      // Try the next place.
    }
  }
  return undefined;
}
