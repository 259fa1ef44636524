/** What the first program of a sandbox becomes. */
export interface Launch {
  /** Path of the function's program, as the sandbox sees it. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whose it becomes first; it stays who it is without one. */
  readonly uid?: number | undefined;
}

/** How a machine is told what to do. */
interface Machine {
  /** Number in an ELF header. */
  readonly elf: number;
  readonly calls: Readonly<
    Record<'setgroups' | 'setresgid' | 'setresuid' | 'capset' | 'prctl' | 'execve' | 'exit_group', number>
  >;
  /** A system call with these arguments, each below 2^32; afterwards, when it did not answer 0, on at `failure` (an offset in the code). */
  call(code: number[], number: number, args: readonly number[], failure: number | undefined): void;
}

// Where the program lies in memory; below 2 GB, so that every address fits where a machine takes a number.
const BASE = 0x400000;
const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PR_SET_NO_NEW_PRIVS = 38;
const CAPABILITY_VERSION_3 = 0x20080522;
/** Exit status when it could not become what it should; a shell's for a program that can't be run. */
const FAILED = 126;

/** Source of the numbers: arch/x86/entry/syscalls/syscall_64.tbl; of the code: the manual of the machine, volume 2. */
const X64: Machine = {
  elf: 62,
  calls: { setgroups: 116, setresgid: 119, setresuid: 117, capset: 126, prctl: 157, execve: 59, exit_group: 231 },
  call(code, number, args, failure) {
    // mov to edi, esi, edx, r10d, r8d: the other half becomes 0.
    const moves = [[0xbf], [0xbe], [0xba], [0x41, 0xba], [0x41, 0xb8]];
    for (const [index, value] of args.entries()) code.push(...(moves[index] ?? []), ...word(value));
    // mov eax, number; syscall
    code.push(0xb8, ...word(number), 0x0f, 0x05);
    // test eax, eax; jnz failure
    if (failure !== undefined) code.push(0x85, 0xc0, 0x0f, 0x85, ...word(failure - (code.length + 8)));
  },
};

/** Source of the numbers: include/uapi/asm-generic/unistd.h; of the code: the Arm architecture reference, A64. */
const ARM64: Machine = {
  elf: 183,
  calls: { setgroups: 159, setresgid: 149, setresuid: 147, capset: 91, prctl: 167, execve: 221, exit_group: 94 },
  call(code, number, args, failure) {
    for (const [index, value] of [...args.entries(), [8, number] as const]) {
      // movz xN, low; movk xN, high, lsl 16
      code.push(...word(0xd2800000 + (value & 0xffff) * 32 + index), ...word(0xf2a00000 + (value >>> 16) * 32 + index));
    }
    // svc 0
    code.push(...word(0xd4000001));
    // cbnz x0, failure
    if (failure !== undefined) code.push(...word(0xb5000000 + (((failure - code.length) / 4) & 0x7ffff) * 32));
  },
};

const MACHINES: Readonly<Record<string, Machine>> = { x64: X64, arm64: ARM64 };

/** Whether there is a launch program for this machine, by Node's name for it. */
export function canLaunch(architecture: string): boolean {
  return architecture in MACHINES;
}

/**
 * A static program, as the content of its file, that gives up every privilege and becomes another program. It is what
 * runs first in a sandbox whose root is an image: nothing of the image may run before, not its shell, not its C library
 * and none of the files that a C library reads, for until then the process is root's. Throws for a machine it was not
 * written for.
 */
export function launchProgram(launch: Launch, architecture: string): Uint8Array {
  const machine = MACHINES[architecture];
  if (!machine) throw new Error(`container images can't be run on ${architecture}`);
  const data = new Data(BASE + ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES);
  const path = data.text(launch.path);
  const argv = data.pointers(launch.argv.map((text) => data.text(text)));
  const env = data.pointers(Object.entries(launch.env).map(([name, value]) => data.text(`${name}=${value}`)));
  const capabilityHeader = data.words([CAPABILITY_VERSION_3, 0]);
  const noCapabilities = data.words([0, 0, 0, 0, 0, 0]);
  const steps: (readonly [keyof Machine['calls'], readonly number[]])[] = [];
  const { uid } = launch;
  if (uid !== undefined) {
    steps.push(['setgroups', [0, 0]], ['setresgid', [uid, uid, uid]], ['setresuid', [uid, uid, uid]]);
    steps.push(['capset', [capabilityHeader, noCapabilities]]);
  }
  steps.push(['prctl', [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]], ['execve', [path, argv, env]]);
  const code = assemble(machine, steps);
  return elf(machine, data.bytes(), code);
}

/** Assembled twice: the first time only tells how long the code is, whose last part is where failures lead. */
function assemble(machine: Machine, steps: readonly (readonly [keyof Machine['calls'], readonly number[]])[]): number[] {
  let failure = 0;
  let code: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    code = [];
    for (const [call, args] of steps) machine.call(code, machine.calls[call], args, failure);
    failure = code.length;
    machine.call(code, machine.calls.exit_group, [FAILED], undefined);
  }
  return code;
}

/** Source of the layout: elf(5). One part of the file, loaded whole, to be read and run. */
function elf(machine: Machine, data: Uint8Array, code: readonly number[]): Uint8Array {
  const headers = Buffer.alloc(ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES);
  const sizeBytes = headers.length + data.length + code.length;
  headers.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  headers.writeUInt16LE(2, 16);
  headers.writeUInt16LE(machine.elf, 18);
  headers.writeUInt32LE(1, 20);
  headers.writeBigUInt64LE(BigInt(BASE + headers.length + data.length), 24);
  headers.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32);
  headers.writeUInt16LE(ELF_HEADER_BYTES, 52);
  headers.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  headers.writeUInt16LE(1, 56);
  const part = ELF_HEADER_BYTES;
  headers.writeUInt32LE(1, part);
  headers.writeUInt32LE(5, part + 4);
  headers.writeBigUInt64LE(BigInt(BASE), part + 16);
  headers.writeBigUInt64LE(BigInt(BASE), part + 24);
  headers.writeBigUInt64LE(BigInt(sizeBytes), part + 32);
  headers.writeBigUInt64LE(BigInt(sizeBytes), part + 40);
  headers.writeBigUInt64LE(0x10000n, part + 48);
  return Buffer.concat([headers, data, Uint8Array.from(code)]);
}

/** What the code points at. */
class Data {
  readonly #start: number;
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(start: number) {
    this.#start = start;
  }

  /** Each returns the address of what was added, which is a multiple of 8. */
  text(text: string): number {
    if (text.includes('\0')) throw new Error('a text for a process has a null character in it');
    return this.#add(Buffer.from(`${text}\0`));
  }

  words(values: readonly number[]): number {
    return this.#add(Buffer.from(values.flatMap(word)));
  }

  /** Addresses and the 0 at their end. */
  pointers(addresses: readonly number[]): number {
    return this.words([...addresses, 0].flatMap((address) => [address, 0]));
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #add(bytes: Buffer): number {
    const address = this.#start + this.#length;
    const padded = Buffer.alloc(Math.ceil(bytes.length / 8) * 8);
    bytes.copy(padded);
    this.#parts.push(padded);
    this.#length += padded.length;
    return address;
  }
}

/** Four bytes, lowest first. */
function word(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}
