import { type ProgramData, type Step, staticProgram } from '../static-program.ts';

// Node can neither enter another network namespace nor make a socket in it. These programs can, and hand sockets over the
// channel that Node opens to a child: a line of JSON with the descriptor beside it, as Node's own children write it.

/** Descriptor of the channel to Node. */
export const CHANNEL_DESCRIPTOR = 3;
/** Descriptor of the namespace that the second program enters. */
export const NAMESPACE_DESCRIPTOR = 4;
/** What the second program reads first: a `struct sockaddr_in`. */
export const ADDRESS_BYTES = 16;

const CLONE_NEWNET = 0x40000000;
const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const O_RDWR = 2;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const F_SETFL = 4;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
const INTERFACE_NAME_BYTES = 16;
const INTERFACE_REQUEST_BYTES = 40;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const CONTROL_BYTES = 20;
const BACKLOG = 511;
/** What is made is moved to here, so that the descriptor is known beforehand. */
const MADE_DESCRIPTOR = 100;
/** Memory that the second program can write to: the rest of it is read only. */
const ROOM = 0x20000000;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS_FIXED = 0x32;
const NO_DESCRIPTOR = 0xffffffff;

/**
 * A program that makes a network namespace, brings its loopback up, listens there on each port, hands the listening
 * sockets over in this order, and keeps the namespace until its standard input ends.
 */
export function namespaceProgram(architecture: string, ports: readonly number[]): Uint8Array {
  return staticProgram(architecture, (data) => [
    ['unshare', [CLONE_NEWNET]],
    ['socket', [AF_INET, SOCK_DGRAM, 0]],
    ['ioctl', ['answer', SIOCSIFFLAGS, interfaceFlags(data, 'lo', IFF_UP)]],
    ...ports.flatMap((port): Step[] => [
      ['socket', [AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0]],
      ['dup3', ['answer', MADE_DESCRIPTOR, 0]],
      ['bind', [MADE_DESCRIPTOR, data.raw(loopbackAddress(port)), ADDRESS_BYTES]],
      ['listen', [MADE_DESCRIPTOR, BACKLOG]],
      handOver(data, 'net.Server'),
    ]),
    // Nothing is ever written there: this waits for the end and stores nothing.
    ['read', [0, 0, 1]],
  ]);
}

/** A program that enters a namespace, connects to the address that it reads from standard input, and hands the socket over. */
export function connectProgram(architecture: string): Uint8Array {
  return staticProgram(architecture, (data) => [
    ['setns', [NAMESPACE_DESCRIPTOR, CLONE_NEWNET]],
    ['mmap', [ROOM, ADDRESS_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_FIXED, NO_DESCRIPTOR, 0]],
    ['read', [0, ROOM, ADDRESS_BYTES]],
    ['socket', [AF_INET, SOCK_STREAM, 0]],
    ['dup3', ['answer', MADE_DESCRIPTOR, 0]],
    ['connect', [MADE_DESCRIPTOR, ROOM, ADDRESS_BYTES]],
    ['fcntl', [MADE_DESCRIPTOR, F_SETFL, O_RDWR | SOCK_NONBLOCK]],
    handOver(data, 'net.Socket'),
  ]);
}

/**
 * A program that enters the namespace of a descriptor, which nothing inherits from it, and becomes another without
 * variables: much the quickest way for a process into a namespace.
 */
export function enterProgram(architecture: string, descriptor: number, argv: readonly [string, ...string[]]): Uint8Array {
  return staticProgram(architecture, (data) => {
    const [path = 0, ...rest] = argv.map((text) => data.text(text));
    return [
      ['setns', [descriptor, CLONE_NEWNET]],
      ['fcntl', [descriptor, F_SETFD, FD_CLOEXEC]],
      ['execve', [path, data.pointers([path, ...rest]), data.pointers([])]],
    ];
  });
}

/** A port of 127.0.0.1 as a `struct sockaddr_in`. */
export function loopbackAddress(port: number): Buffer {
  const address = Buffer.alloc(ADDRESS_BYTES);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(port, 2);
  address.set([127, 0, 0, 1], 4);
  return address;
}

/** `struct ifreq` */
function interfaceFlags(data: ProgramData, name: string, flags: number): number {
  const request = Buffer.alloc(INTERFACE_REQUEST_BYTES);
  request.write(name);
  request.writeUInt16LE(flags, INTERFACE_NAME_BYTES);
  return data.raw(request);
}

/** `struct msghdr` with one `struct iovec` and one `struct cmsghdr`. Source: unix(7) and `lib/internal/child_process.js` of Node. */
function handOver(data: ProgramData, type: 'net.Server' | 'net.Socket'): Step {
  const line = Buffer.from(`${JSON.stringify({ cmd: 'NODE_HANDLE', type, msg: type })}\n`);
  const vector = data.words([data.raw(line), 0, line.length, 0]);
  const control = data.words([CONTROL_BYTES, 0, SOL_SOCKET, SCM_RIGHTS, MADE_DESCRIPTOR]);
  const controlRoom = Math.ceil(CONTROL_BYTES / 8) * 8;
  const message = data.words([0, 0, 0, 0, vector, 0, 1, 0, control, 0, controlRoom, 0, 0, 0]);
  return ['sendmsg', [CHANNEL_DESCRIPTOR, message, 0]];
}
