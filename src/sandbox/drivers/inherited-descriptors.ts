import { readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

/**
 * Descriptors above the standard three that this process was started with and would pass on to its children: Node
 * opens its own so that they are closed there, but knows nothing of those of a careless parent. Linux.
 */
export function inheritedDescriptors(): number[] {
  try {
    return readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((fd) => fd > 2 && passesOn(fd));
  } catch {
    return [];
  }
}

/**
 * The `stdio` of a child that shall have these descriptors and no other: what would slip in beyond them is covered
 * by `nothing`, a descriptor of `/dev/null`, since spawning can't close it.
 */
export function closedStdio<Entry>(
  own: readonly Entry[],
  inherited: readonly number[],
  nothing: number,
): (Entry | number | 'ignore')[] {
  const last = Math.max(own.length - 1, ...inherited);
  return Array.from({ length: last + 1 }, (_, fd) => own[fd] ?? (inherited.includes(fd) ? nothing : 'ignore'));
}

function passesOn(fd: number): boolean {
  try {
    const flags = /^flags:\t(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false;
  }
}
