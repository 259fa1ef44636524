/**
 * The system call filter of sandboxes, as a classic BPF program (seccomp(2), Linux). Everything that changes mounts,
 * namespaces, the clock, the kernel or other processes' memory is refused with EPERM; functions have no use for it and
 * most kernel exploits have.
 */

interface Architecture {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number;
  readonly denied: readonly number[];
  readonly clone: number;
  readonly clone3: number;
  readonly socket: number;
  readonly ioctl: number;
  /** x86-64 only: calls of the x32 ABI have this bit. */
  readonly foreignBit?: number;
}

// Numbers from the kernel's tables asm/unistd_64.h and asm-generic/unistd.h, in the order of the names below:
// mount, umount2, pivot_root, chroot, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr
// unshare, setns, ptrace, process_vm_readv, process_vm_writev, kcmp, pidfd_getfd
// bpf, perf_event_open, userfaultfd, io_uring_setup, io_uring_enter, io_uring_register, fanotify_init
// keyctl, add_key, request_key, kexec_load, kexec_file_load, init_module, finit_module, delete_module
// swapon, swapoff, reboot, acct, quotactl, settimeofday, clock_settime, clock_adjtime, adjtimex
// sethostname, setdomainname, syslog, name_to_handle_at, open_by_handle_at, lookup_dcookie, vhangup
// move_pages, migrate_pages, mbind, set_mempolicy
const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: {
    audit: 0xc000003e,
    denied: [
      165, 166, 155, 161, 428, 429, 430, 431, 432, 433, 442, 272, 308, 101, 310, 311, 312, 438, 321, 298, 323, 425, 426, 427, 300,
      250, 248, 249, 246, 320, 175, 313, 176, 167, 168, 169, 163, 179, 164, 227, 305, 159, 170, 171, 103, 303, 304, 212, 153, 279,
      256, 237, 238,
      // Of x86 alone: iopl, ioperm, modify_ldt, create_module, nfsservctl, uselib, ustat, sysfs, _sysctl.
      172, 173, 154, 174, 180, 134, 136, 139, 156,
    ],
    clone: 56,
    clone3: 435,
    socket: 41,
    ioctl: 16,
    foreignBit: 0x40000000,
  },
  arm64: {
    audit: 0xc00000b7,
    denied: [
      40, 39, 41, 51, 428, 429, 430, 431, 432, 433, 442, 97, 268, 117, 270, 271, 272, 438, 280, 241, 282, 425, 426, 427, 262, 219,
      217, 218, 104, 294, 105, 273, 106, 224, 225, 142, 89, 60, 170, 112, 266, 171, 161, 162, 116, 264, 265, 18, 58, 239, 238,
      235, 237,
    ],
    clone: 220,
    clone3: 435,
    socket: 198,
    ioctl: 29,
  },
};

const EPERM = 1;
const ENOSYS = 38;
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const ERRNO = 0x00050000;

const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const JUMP_SET = 0x45;
const RETURN = 0x06;

// Offsets in struct seccomp_data; arguments are 64 bits, of which the low word comes first on these machines.
const OFFSET_NUMBER = 0;
const OFFSET_ARCHITECTURE = 4;
const OFFSET_ARGUMENT_0 = 16;
const OFFSET_ARGUMENT_1 = 24;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME. */
const CLONE_NEW = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x00000080;
/** AF_KEY, AF_PACKET, AF_ALG, AF_VSOCK: raw, kernel or host side sockets. AF_NETLINK stays: resolvers list interfaces by it. */
const DENIED_SOCKET_FAMILIES = [15, 17, 38, 40];
/** Puts characters into a terminal's input. */
const TIOCSTI = 0x5412;

/** The program for this machine as the kernel takes it; undefined for a machine it was not written for. */
export function seccompProgram(architecture: string): Uint8Array | undefined {
  const machine = ARCHITECTURES[architecture];
  if (!machine) return undefined;
  const program: number[][] = [
    [LOAD_WORD, 0, 0, OFFSET_ARCHITECTURE],
    [JUMP_EQUAL, 1, 0, machine.audit],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD_WORD, 0, 0, OFFSET_NUMBER],
  ];
  if (machine.foreignBit) program.push([JUMP_GREATER_OR_EQUAL, 0, 1, machine.foreignBit], [RETURN, 0, 0, KILL_PROCESS]);
  for (const number of machine.denied) program.push([JUMP_EQUAL, 0, 1, number], [RETURN, 0, 0, ERRNO | EPERM]);
  // The C library falls back to clone, whose flags can be looked at; those of clone3 are behind a pointer.
  program.push([JUMP_EQUAL, 0, 1, machine.clone3], [RETURN, 0, 0, ERRNO | ENOSYS]);
  program.push([JUMP_EQUAL, 0, 4, machine.clone], [LOAD_WORD, 0, 0, OFFSET_ARGUMENT_0], [JUMP_SET, 0, 1, CLONE_NEW]);
  // clone has flags in its second argument on no machine listed here.
  program.push([RETURN, 0, 0, ERRNO | EPERM], [RETURN, 0, 0, ALLOW]);
  program.push([JUMP_EQUAL, 0, 2 * DENIED_SOCKET_FAMILIES.length + 2, machine.socket], [LOAD_WORD, 0, 0, OFFSET_ARGUMENT_0]);
  for (const family of DENIED_SOCKET_FAMILIES) program.push([JUMP_EQUAL, 0, 1, family], [RETURN, 0, 0, ERRNO | EPERM]);
  program.push([RETURN, 0, 0, ALLOW]);
  program.push([JUMP_EQUAL, 0, 3, machine.ioctl], [LOAD_WORD, 0, 0, OFFSET_ARGUMENT_1], [JUMP_EQUAL, 0, 1, TIOCSTI]);
  program.push([RETURN, 0, 0, ERRNO | EPERM], [RETURN, 0, 0, ALLOW]);
  return assemble(program);
}

function assemble(program: readonly (readonly number[])[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code = 0, jumpTrue = 0, jumpFalse = 0, operand = 0]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes[index * 8 + 2] = jumpTrue;
    bytes[index * 8 + 3] = jumpFalse;
    bytes.writeUInt32LE(operand >>> 0, index * 8 + 4);
  }
  return bytes;
}
