import { Transform, type TransformCallback } from 'node:stream';
import { s3Error } from './s3-errors.ts';

/** Longest line that announces a chunk or ends the body. */
const LINE_BYTES_MAX = 4_096;
const TRAILERS_MAX = 16;

/**
 * Takes the framing off a body in `aws-chunked` encoding, signed or not: `HEXLEN[;chunk-signature=...]\r\nDATA\r\n`, a
 * chunk of length 0, then trailers. Source: "Signature calculations for chunked uploads" of the S3 reference.
 */
export class AwsChunkedDecoder extends Transform {
  /** Trailers by lower-case name; complete when the stream has ended. */
  readonly trailers = new Map<string, string>();
  #pending: Buffer = Buffer.alloc(0);
  #remaining = 0;
  #state: 'size' | 'data' | 'data-end' | 'trailer' | 'done' = 'size';

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    try {
      while (this.#step());
      callback();
    } catch (error) {
      callback(error as Error);
    }
  }

  override _flush(callback: TransformCallback): void {
    const isWhole = this.#state === 'done' || (this.#state === 'trailer' && this.#pending.length === 0);
    callback(isWhole ? null : s3Error('IncompleteBody'));
  }

  /** One piece of the body; false when more bytes are needed. */
  #step(): boolean {
    if (this.#state === 'data') return this.#data();
    if (this.#state === 'done') {
      this.#pending = Buffer.alloc(0);
      return false;
    }
    const line = this.#line();
    if (line === undefined) return false;
    if (this.#state === 'data-end') {
      if (line !== '') throw malformed();
      this.#state = 'size';
    } else if (this.#state === 'size') this.#announced(line);
    else this.#trailer(line);
    return true;
  }

  #data(): boolean {
    if (this.#pending.length === 0) return false;
    const part = this.#pending.subarray(0, this.#remaining);
    this.push(part);
    this.#remaining -= part.length;
    this.#pending = this.#pending.subarray(part.length);
    if (this.#remaining === 0) this.#state = 'data-end';
    return true;
  }

  #announced(line: string): void {
    const size = /^([0-9a-fA-F]{1,16})(;.*)?$/.exec(line)?.[1];
    if (size === undefined) throw malformed();
    this.#remaining = Number.parseInt(size, 16);
    if (!Number.isSafeInteger(this.#remaining)) throw malformed();
    this.#state = this.#remaining === 0 ? 'trailer' : 'data';
  }

  #trailer(line: string): void {
    if (line === '') {
      this.#state = 'done';
      return;
    }
    const colon = line.indexOf(':');
    if (colon === -1 || this.trailers.size >= TRAILERS_MAX) throw malformed();
    this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }

  #line(): string | undefined {
    const end = this.#pending.indexOf('\r\n');
    if (end === -1) {
      if (this.#pending.length > LINE_BYTES_MAX) throw malformed();
      return undefined;
    }
    const line = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(end + 2);
    return line;
  }
}

function malformed(): Error {
  return s3Error('InvalidRequest', 'The body is not in aws-chunked encoding.');
}
