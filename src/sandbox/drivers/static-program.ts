/** Programs of a few system calls, written as machine code, because nothing else can be relied on where they run. */
type Call =
  | 'setgroups'
  | 'setresgid'
  | 'setresuid'
  | 'capset'
  | 'prctl'
  | 'execve'
  | 'exit_group'
  | 'unshare'
  | 'setns'
  | 'socket'
  | 'ioctl'
  | 'dup3'
  | 'bind'
  | 'listen'
  | 'connect'
  | 'sendmsg'
  | 'read'
  | 'fcntl'
  | 'mmap';

/** A system call and its arguments, each below 2^32; `answer` stands for what the call before it has answered, as the first argument. */
export type Step = readonly [Call, readonly (number | 'answer')[]];

/** How a machine is told what to do. */
interface Machine {
  /** Number in an ELF header. */
  readonly elf: number;
  readonly calls: Readonly<Record<Call, number>>;
  /** Adds a system call; afterwards, when it was refused, on at `failure` (an offset in the code). */
  call(code: number[], number: number, args: Step[1], failure: number | undefined): void;
}

// Where the program lies in memory; below 2 GB, so that every address fits where a machine takes a number.
const BASE = 0x400000;
const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
/** Exit status when a call was refused; a shell's for a program that can't be run. */
const FAILED = 126;

/** Source of the numbers: arch/x86/entry/syscalls/syscall_64.tbl; of the code: the manual of the machine, volume 2. */
const X64: Machine = {
  elf: 62,
  calls: {
    setgroups: 116,
    setresgid: 119,
    setresuid: 117,
    capset: 126,
    prctl: 157,
    execve: 59,
    exit_group: 231,
    unshare: 272,
    setns: 308,
    socket: 41,
    ioctl: 16,
    dup3: 292,
    bind: 49,
    listen: 50,
    connect: 42,
    sendmsg: 46,
    read: 0,
    fcntl: 72,
    mmap: 9,
  },
  call: callX64,
};

/** Source of the numbers: include/uapi/asm-generic/unistd.h; of the code: the Arm architecture reference, A64. */
const ARM64: Machine = {
  elf: 183,
  calls: {
    setgroups: 159,
    setresgid: 149,
    setresuid: 147,
    capset: 91,
    prctl: 167,
    execve: 221,
    exit_group: 94,
    unshare: 97,
    setns: 268,
    socket: 198,
    ioctl: 29,
    dup3: 24,
    bind: 200,
    listen: 201,
    connect: 203,
    sendmsg: 211,
    read: 63,
    fcntl: 25,
    mmap: 222,
  },
  call: callArm64,
};

const MACHINES: Readonly<Record<string, Machine>> = { x64: X64, arm64: ARM64 };

/** Whether programs can be written for this machine, by Node's name for it. */
export function isKnownMachine(architecture: string): boolean {
  return architecture in MACHINES;
}

/**
 * A static program, as the content of its file, that makes these calls in turn and ends: with status 0, or with 126 as
 * soon as one is refused. `steps` puts what they point at into the data. Throws for a machine that is not known.
 */
export function staticProgram(architecture: string, steps: (data: ProgramData) => readonly Step[]): Uint8Array {
  const machine = MACHINES[architecture];
  if (!machine) throw new Error(`programs for ${architecture} can't be written`);
  const data = new ProgramData(BASE + ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES);
  const code = assemble(machine, steps(data));
  return elf(machine, data.bytes(), code);
}

function callX64(code: number[], number: number, args: Step[1], failure: number | undefined): void {
  // mov to edi, esi, edx, r10d, r8d, r9d: the other half becomes 0.
  const moves = [[0xbf], [0xbe], [0xba], [0x41, 0xba], [0x41, 0xb8], [0x41, 0xb9]];
  for (const [index, value] of args.entries()) {
    // mov edi, eax
    if (value === 'answer') code.push(0x89, 0xc7);
    else code.push(...(moves[index] ?? []), ...word(value));
  }
  // mov eax, number; syscall
  code.push(0xb8, ...word(number), 0x0f, 0x05);
  // test rax, rax; js failure
  if (failure !== undefined) code.push(0x48, 0x85, 0xc0, 0x0f, 0x88, ...word(failure - (code.length + 9)));
}

function callArm64(code: number[], number: number, args: Step[1], failure: number | undefined): void {
  for (const [index, value] of [...args.entries(), [8, number] as const]) {
    // What a call answers is in the register of the first argument.
    if (value === 'answer') continue;
    // movz xN, low; movk xN, high, lsl 16
    code.push(...word(0xd2800000 + (value & 0xffff) * 32 + index), ...word(0xf2a00000 + (value >>> 16) * 32 + index));
  }
  // svc 0
  code.push(...word(0xd4000001));
  // tbnz x0, 63, failure
  if (failure !== undefined) code.push(...word(0xb7f80000 + (((failure - code.length) / 4) & 0x3fff) * 32));
}

/** Assembled twice: the first time only tells how long the code is, whose last part is where failures lead. */
function assemble(machine: Machine, steps: readonly Step[]): number[] {
  let failure = 0;
  let code: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    code = [];
    for (const [call, args] of steps) machine.call(code, machine.calls[call], args, failure);
    machine.call(code, machine.calls.exit_group, [0], undefined);
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
export class ProgramData {
  readonly #start: number;
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(start: number) {
    this.#start = start;
  }

  /** Each returns the address of what was added, which is a multiple of 8. */
  text(text: string): number {
    if (text.includes('\0')) throw new Error('a text for a process has a null character in it');
    return this.raw(Buffer.from(`${text}\0`));
  }

  words(values: readonly number[]): number {
    return this.raw(Buffer.from(values.flatMap(word)));
  }

  /** Addresses and the 0 at their end. */
  pointers(addresses: readonly number[]): number {
    return this.words([...addresses, 0].flatMap((address) => [address, 0]));
  }

  raw(bytes: Uint8Array): number {
    const address = this.#start + this.#length;
    const padded = Buffer.alloc(Math.ceil(bytes.length / 8) * 8);
    padded.set(bytes);
    this.#parts.push(padded);
    this.#length += padded.length;
    return address;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** Four bytes, lowest first. */
function word(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}
