import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** A control file that is read or written on the invoke path: opened once, used by position. */
export class ControlFile {
  #fd: number | undefined;
  readonly #buffer = Buffer.alloc(64);

  /** Without a group, or when the file can't be opened, it reads as undefined and takes writes as done. */
  constructor(group: string | undefined, file: string, flags: 'r' | 'w') {
    try {
      this.#fd = group === undefined ? undefined : openSync(join(group, file), flags);
    } catch {
      this.#fd = undefined;
    }
  }

  /** The number it holds; undefined when it can't be read. */
  number(): number | undefined {
    if (this.#fd === undefined) return undefined;
    try {
      const count = readSync(this.#fd, this.#buffer, 0, this.#buffer.length, 0);
      const value = Number.parseInt(this.#buffer.toString('latin1', 0, count), 10);
      return Number.isNaN(value) ? undefined : value;
    } catch {
      return undefined;
    }
  }

  write(text: string): void {
    if (this.#fd === undefined) return;
    try {
      writeSync(this.#fd, text, 0);
    } catch {
      // The group is gone; there is nothing left to control.
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** Makes a group's folder; an existing one is used as it is. */
export function makeGroup(path: string): void {
  mkdirSync(path, { recursive: true });
}

/** Sets a control; false when there is no such group or the kernel refuses it. */
export function setControl(group: string | undefined, file: string, value: string | number): boolean {
  if (group === undefined) return false;
  try {
    writeFileSync(join(group, file), String(value));
    return true;
  } catch {
    return false;
  }
}

/** Text of a control file; empty when it can't be read. */
export function readControl(group: string | undefined, file: string): string {
  if (group === undefined) return '';
  try {
    return readFileSync(join(group, file), 'latin1');
  } catch {
    return '';
  }
}

/** Kills every process of a group; true when there was none. */
export function killProcesses(group: string): boolean {
  const pids = readControl(group, 'cgroup.procs')
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was faster.
    }
  }
  return pids.length === 0;
}

/** Removes a group; false while processes are in it. */
export function removeGroup(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** Names of the groups below one. */
export function childGroups(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
