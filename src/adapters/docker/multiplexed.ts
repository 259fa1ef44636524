import { type Duplex, PassThrough } from 'node:stream';
import type { ContainerOutput } from '../../ports/container-engine.ts';

/** Before each piece stands which output it is of, and how long it is. Source: the API of Docker Engine, attach. */
const HEADER_BYTES = 8;
const STANDARD_ERROR = 2;

/** Takes the outputs of a container apart. Whoever reads slowly slows the container down, and nothing is kept. */
export function demultiplexed(socket: Duplex): ContainerOutput {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  void deliver(socket, stdout, stderr)
    .catch(() => {
      // The container is gone, or was given up.
    })
    .finally(() => {
      stdout.end();
      stderr.end();
    });
  return { stdout, stderr, destroy: () => socket.destroy() };
}

async function deliver(socket: Duplex, stdout: PassThrough, stderr: PassThrough): Promise<void> {
  let header = Buffer.alloc(0);
  let left = 0;
  for await (const received of socket) {
    let chunk = received as Buffer;
    while (chunk.length > 0) {
      if (left === 0) {
        const taken = chunk.subarray(0, HEADER_BYTES - header.length);
        header = Buffer.concat([header, taken]);
        chunk = chunk.subarray(taken.length);
        if (header.length === HEADER_BYTES) left = header.readUInt32BE(4);
        if (left === 0 && header.length === HEADER_BYTES) header = Buffer.alloc(0);
        continue;
      }
      const piece = chunk.subarray(0, left);
      chunk = chunk.subarray(piece.length);
      left -= piece.length;
      await write(header[0] === STANDARD_ERROR ? stderr : stdout, piece);
      if (left === 0) header = Buffer.alloc(0);
    }
  }
}

function write(output: PassThrough, piece: Buffer): Promise<void> {
  if (output.destroyed || output.write(piece)) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      output.off('drain', settle).off('close', settle);
      resolve();
    };
    output.on('drain', settle).on('close', settle);
  });
}
