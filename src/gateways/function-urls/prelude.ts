import type { Readable } from 'node:stream';
import { type AnswerHead, isRecord, readHead } from './http-answer.ts';

/** Content type of a streamed response that begins with its head. */
export const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const OCTET_STREAM = 'application/octet-stream';
/** Between the head and the body. */
const DELIMITER = Buffer.alloc(8);
const PRELUDE_BYTES_MAX = 262_144;

/**
 * Takes the head, JSON up to eight null bytes, off the beginning of a stream; what follows is put back, and the stream is left
 * paused. Undefined when there is none within 256 KB or it is not of its form.
 */
export async function readPrelude(body: Readable): Promise<AnswerHead | undefined> {
  const bytes = await untilDelimiter(body);
  if (!bytes) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  return readHead({ ...value, statusCode: value['statusCode'] ?? 200 }, OCTET_STREAM);
}

function untilDelimiter(body: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let sizeBytes = 0;
    // The delimiter may have begun in the piece before.
    let tail = Buffer.alloc(0);
    const finish = (prelude: Buffer | undefined): void => {
      body.pause();
      body.off('data', look);
      body.off('end', missing);
      resolve(prelude);
    };
    const missing = (): void => finish(undefined);
    const look = (piece: Buffer): void => {
      const near = Buffer.concat([tail, piece]);
      const at = near.indexOf(DELIMITER);
      pieces.push(piece);
      sizeBytes += piece.length;
      if (at === -1) {
        tail = near.subarray(Math.max(0, near.length - DELIMITER.length + 1));
        return sizeBytes > PRELUDE_BYTES_MAX ? finish(undefined) : undefined;
      }
      const rest = near.subarray(at + DELIMITER.length);
      finish(Buffer.concat(pieces).subarray(0, sizeBytes - rest.length - DELIMITER.length));
      if (rest.length > 0) body.unshift(rest);
    };
    body.on('data', look);
    body.on('end', missing);
  });
}
