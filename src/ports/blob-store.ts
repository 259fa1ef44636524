import type { Readable } from 'node:stream';

/** Names an immutable blob: the SHA-256 of its bytes, 64 lower-case hex digits. */
export type BlobId = string;

/** What a finished write says of the bytes. */
export interface BlobWritten {
  readonly id: BlobId;
  readonly sizeBytes: number;
}

/** The blob does not exist (any more). */
export class BlobMissing extends Error {
  constructor(id: BlobId) {
    super(`blob ${id} does not exist`);
    this.name = 'BlobMissing';
  }
}

/** Immutable bytes named by their SHA-256. One store per owner (function code, S3 objects), which also decides what to remove. */
export interface BlobStore {
  /** Streams to disk, never holding the whole in memory; resolves when the bytes are durable. A failing source leaves nothing behind. */
  write(source: Readable | Uint8Array): Promise<BlobWritten>;
  /** Bytes `start` to `end`, both inclusive; the whole without a range. Throws {@link BlobMissing} before the first byte. */
  read(id: BlobId, range?: { start: number; end: number }): Promise<Readable>;
  has(id: BlobId): Promise<boolean>;
  /** Harmless when the blob is absent; readers that have begun may finish. */
  remove(id: BlobId): Promise<void>;
  /** Every blob, in no order; for sweeping what nobody refers to. */
  ids(): AsyncIterable<BlobId>;
}
