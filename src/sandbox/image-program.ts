import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import type { HeldImage } from '../ports/image-shelf.ts';

/** How a program of an image is looked for. Paths are the image's. */
export interface ProgramSearch {
  readonly workingDirectory: string;
  /** The function's PATH. */
  readonly searchPath: string;
}

/** Where a program lies in its image, or why it can't be run, in the words of Go's `os/exec`, which Lambda prints. */
export type FoundProgram = { readonly path: string } | { readonly fault: string };

type Locate = NonNullable<HeldImage['locate']>;

const HEAD_BYTES = 4_096;
const ELF_MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
/** Source: elf(5), `e_machine`. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
const NOT_FOUND = 'no such file or directory';

/** Finds the program that an image's command names and makes sure that the kernel will take it. */
export async function findProgram(name: string, search: ProgramSearch, locate: Locate): Promise<FoundProgram> {
  if (name.includes('/')) {
    const fault = await faultOf(posix.resolve(search.workingDirectory, name), locate);
    return fault === undefined ? { path: name } : { fault: `fork/exec ${name}: ${fault}` };
  }
  for (const folder of search.searchPath.split(':')) {
    const path = posix.join(folder === '' ? '.' : folder, name);
    const fault = await faultOf(posix.resolve(search.workingDirectory, path), locate);
    if (fault === undefined) return { path };
    if (fault === 'exec format error') return { fault: `fork/exec ${path}: ${fault}` };
  }
  return { fault: `exec: "${name}": executable file not found in $PATH` };
}

/** Why this file can't be run; undefined when it can. A shebang's or a loader's absence looks like the file's own, as it does on Linux. */
async function faultOf(path: string, locate: Locate): Promise<string | undefined> {
  const found = await locate(path);
  if (found === undefined) return NOT_FOUND;
  const file = await open(found, 'r');
  try {
    const stats = await file.stat();
    // Functions are neither the owner of what is in an image nor of its group.
    if (!stats.isFile() || (stats.mode & 0o001) === 0) return 'permission denied';
    const head = await readAt(file, 0, HEAD_BYTES);
    const needed = neededBy(head) ?? (isElf(head) ? await loaderOf(file, head) : undefined);
    if (needed === undefined) return 'exec format error';
    if (needed !== '' && (await locate(needed)) === undefined) return NOT_FOUND;
    return undefined;
  } finally {
    await file.close();
  }
}

/** The program that a script names in its first line. Source: execve(2). */
function neededBy(head: Buffer): string | undefined {
  if (head.toString('latin1', 0, 2) !== '#!') return undefined;
  return head.toString('utf8', 2).split('\n', 1)[0]?.trim().split(/[ \t]/, 1)[0] ?? '';
}

/** True for a program of this machine. */
function isElf(head: Buffer): boolean {
  const is64Bit = head[4] === 2;
  return (
    head.length >= 64 && head.subarray(0, 4).equals(ELF_MAGIC) && is64Bit && head.readUInt16LE(18) === MACHINES[process.arch]
  );
}

/** The loader that a program names in its part of type 3; empty for a static one. Source: elf(5). */
async function loaderOf(file: FileHandle, head: Buffer): Promise<string> {
  const start = Number(head.readBigUInt64LE(32));
  const sizeBytes = head.readUInt16LE(54);
  const count = head.readUInt16LE(56);
  if (sizeBytes < 56 || sizeBytes * count > HEAD_BYTES) return '';
  const parts = await readAt(file, start, sizeBytes * count);
  for (let at = 0; at + 56 <= parts.length; at += sizeBytes) {
    if (parts.readUInt32LE(at) !== 3) continue;
    const length = Math.min(Number(parts.readBigUInt64LE(at + 32)), HEAD_BYTES);
    const text = (await readAt(file, Number(parts.readBigUInt64LE(at + 8)), length)).toString('utf8');
    return text.split('\0', 1)[0] ?? '';
  }
  return '';
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  // A lie about where something lies is not ours to find out; the kernel tells it when it runs the program.
  if (!Number.isSafeInteger(position)) return Buffer.alloc(0);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
