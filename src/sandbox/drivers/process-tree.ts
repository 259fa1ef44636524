import { readdirSync, readFileSync } from 'node:fs';

/** Pids of a process's children, oldest first. By `/proc`, so none anywhere but on Linux. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1')
        .split(' ')
        .filter((text) => text.trim() !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}

/** Pids of all processes below one. A process that was orphaned to the host's init is not among them. */
export function descendantsOf(pid: number): number[] {
  const found: number[] = [];
  for (let open = [pid]; open.length > 0;) {
    open = open.flatMap(childrenOf);
    found.push(...open);
  }
  return found;
}

/** Whether a process is there; one that has ended and was not waited for counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
