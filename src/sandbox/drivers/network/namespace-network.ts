import { closeSync } from 'node:fs';
import { Server, Socket } from 'node:net';
import type { Clock } from '../../../ports/clock.ts';
import type { NetworkDoor, SandboxNetwork } from '../../../ports/sandbox-network.ts';
import { handedSockets } from './handed-sockets.ts';
import { loopbackAddress } from './network-programs.ts';

/** What a network was made of. */
export interface NamespaceParts {
  /** Names the namespace to the kernel and keeps it; ours to close. */
  readonly descriptor: number;
  readonly doors: Readonly<Record<NetworkDoor, Server>>;
  /** Path of the program that connects. */
  readonly connectProgram: string;
  readonly clock: Clock;
  /** Gives back what leads out of it. */
  readonly release: () => void;
}

const CONNECTIONS_MAX = 1_024;
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * A network namespace. Nothing names it on the host: what keeps it are our descriptor, the sockets in it and its
 * processes, so that the kernel removes it with the last of them, however this server ends.
 */
export class NamespaceNetwork implements SandboxNetwork {
  readonly #parts: NamespaceParts;
  readonly #serve = new Map<NetworkDoor, (socket: Socket) => void>();
  readonly #sockets = new Set<Socket>();
  #isClosed = false;

  constructor(parts: NamespaceParts) {
    this.#parts = parts;
    for (const [door, server] of Object.entries(parts.doors) as [NetworkDoor, Server][]) {
      server.unref();
      server.on('connection', (socket) => this.#opened(door, socket));
    }
  }

  /** For a process that shall be started in it. Throws when it was given back in the meantime. */
  get descriptor(): number {
    if (this.#isClosed) throw new Error('the network of the environment was given back before its process started');
    return this.#parts.descriptor;
  }

  serve(door: NetworkDoor, serve: (socket: Socket) => void): void {
    this.#serve.set(door, serve);
  }

  async connect(port: number): Promise<Socket> {
    const { connectProgram, clock } = this.#parts;
    const handed = await handedSockets({
      program: connectProgram,
      namespace: this.descriptor,
      input: loopbackAddress(port),
      count: 1,
      timeoutMs: CONNECT_TIMEOUT_MS,
      clock,
    });
    const [socket] = handed.sockets;
    if (!(socket instanceof Socket)) throw new Error('it handed over something else than a connection');
    this.#keep(socket);
    return socket;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#serve.clear();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of Object.values(this.#parts.doors)) server.close();
    closeSync(this.#parts.descriptor);
    this.#parts.release();
  }

  #opened(door: NetworkDoor, socket: Socket): void {
    this.#keep(socket);
    const serve = this.#serve.get(door);
    if (!serve || this.#sockets.size > CONNECTIONS_MAX) {
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    serve(socket);
  }

  /** Until it is closed; at once when the network is. */
  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#isClosed) socket.destroy();
  }
}
