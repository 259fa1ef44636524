import type { Readable } from 'node:stream';

const HEADER_BYTES = 16;
/** The first half of every frame's type; the second tells level and format. */
const MARK = 0xa55a;
/** A record that no function writes in earnest; what follows can't be told apart any more. */
const MESSAGE_BYTES_MAX = 64 * 1_048_576;

/**
 * Reads the framed log channel that managed runtimes write to, so that a record of several lines stays one: type (4
 * bytes), length (4), time in microseconds (8), all big endian, then the message. After anything else the rest is read and
 * dropped, for the runtime must not come to a stop. Source: the official runtime interface clients for Java and Python.
 */
export function followLogFrames(channel: Readable, record: (message: Buffer) => void): void {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let neededBytes = HEADER_BYTES;
  let isBroken = false;
  channel.on('error', () => {});
  channel.on('data', (chunk: Buffer) => {
    if (isBroken) return;
    pending.push(chunk);
    pendingBytes += chunk.length;
    // Pieces of a long record are put together once.
    if (pendingBytes < neededBytes) return;
    let data = pending.length === 1 ? chunk : Buffer.concat(pending);
    for (;;) {
      neededBytes = frameBytes(data);
      if (neededBytes === 0) {
        isBroken = true;
        data = Buffer.alloc(0);
        break;
      }
      if (data.length < neededBytes) break;
      record(data.subarray(HEADER_BYTES, neededBytes));
      data = data.subarray(neededBytes);
    }
    pending = data.length === 0 ? [] : [data];
    pendingBytes = data.length;
  });
}

/** Length of the frame that the data begin with, as far as can be told; 0 when they begin with none. */
function frameBytes(data: Buffer): number {
  if (data.length < HEADER_BYTES) return HEADER_BYTES;
  const lengthBytes = data.readUInt32BE(4);
  return data.readUInt16BE(0) === MARK && lengthBytes <= MESSAGE_BYTES_MAX ? HEADER_BYTES + lengthBytes : 0;
}
