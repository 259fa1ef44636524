import { spawn } from 'node:child_process';
import { Server, Socket } from 'node:net';
import type { Clock } from '../../../ports/clock.ts';

/** What a program of `network-programs.ts` is run with. */
export interface Handing {
  readonly program: string;
  /** Descriptor of the namespace that it enters. */
  readonly namespace?: number;
  /** What it reads; its input stays open without. */
  readonly input?: Uint8Array;
  /** So many are awaited. */
  readonly count: number;
  /** How long at most. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Sockets of another network namespace, and the program that has made them. */
export interface HandedSockets {
  readonly sockets: readonly (Server | Socket)[];
  /** Pid of the program, which is there until its input ends. */
  readonly pid: number;
  /** Ends its input and resolves when it is gone. */
  end(): Promise<void>;
}

/** Rejects when a socket was not handed over, with the status of the program that should have. */
export async function handedSockets({ program, namespace, input, count, timeoutMs, clock }: Handing): Promise<HandedSockets> {
  const descriptors = namespace === undefined ? [] : [namespace];
  const child = spawn(program, [], { cwd: '/', env: {}, stdio: ['pipe', 'ignore', 'ignore', 'ipc', ...descriptors] });
  child.stdin?.on('error', () => {});
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const sockets: (Server | Socket)[] = [];
  const timer = clock.setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    if (input) child.stdin?.end(input);
    await new Promise<void>((resolve, reject) => {
      child.on('message', (_message, handle) => {
        if (handle instanceof Server || handle instanceof Socket) sockets.push(handle);
        if (sockets.length === count) resolve();
      });
      // The channel ends after the last message, whereas the exit may be told before it.
      void Promise.all([gone, new Promise((ended) => child.once('disconnect', ended))]).then(() =>
        reject(new Error(`it ended with ${child.exitCode ?? child.signalCode}`)),
      );
      // The acknowledgement of a handle may find the program gone.
      child.on('error', (error) => {
        if (child.pid === undefined) reject(error);
      });
    });
  } catch (error) {
    for (const socket of sockets) discard(socket);
    throw error;
  } finally {
    timer.cancel();
  }
  return {
    sockets,
    pid: child.pid ?? 0,
    end: () => {
      child.stdin?.end();
      return gone;
    },
  };
}

function discard(socket: Server | Socket): void {
  if (socket instanceof Server) socket.close();
  else socket.destroy();
}
