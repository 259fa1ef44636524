import { pipeline, Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { ByteReader } from '../tar/byte-reader.ts';

// Source: RFC 8878, section 3.1.

const FRAME_MAGIC = 0xfd2fb528;
/** Of frames that hold nothing of the content; the last four bits may be any. */
const SKIPPED_MAGIC = 0x184d2a50;
/** Bytes of the id of a dictionary, and of the size of the content, by their flags. */
const DICTIONARY_BYTES = [0, 1, 2, 4];
const SIZE_BYTES = [0, 2, 4, 8];
/** Handed to the decompressor at a time: each piece is a turn of the thread pool. */
const PIECE_BYTES_MIN = 65_536;

/**
 * Decompresses zstd of any number of frames, one after the other; some writers make one of every file. Node's own stream
 * stops at the end of the first, and at a frame that is to be skipped, so where frames end is found out here. Throws what
 * source and decompressor throw, and {@link ImageUnusable}.
 */
export async function* zstdFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  try {
    for (let magic = await reader.read(4); magic !== undefined; magic = await reader.read(4)) {
      const number = magic.readUInt32LE();
      if (number === FRAME_MAGIC) yield* decompressFrame(reader, magic);
      else if ((number & 0xfffffff0) >>> 0 === SKIPPED_MAGIC) await skipFrame(reader);
      else throw new ImageUnusable('invalid', 'a layer goes on after its end');
    }
  } finally {
    await reader.close();
  }
}

async function* decompressFrame(reader: ByteReader, magic: Buffer): AsyncGenerator<Buffer> {
  const stream = createZstdDecompress();
  pipeline(Readable.from(inLargePieces(frameBytes(reader, magic))), stream, () => {
    // Whoever reads the stream hears of errors by it.
  });
  for await (const chunk of stream) yield chunk as Buffer;
}

/** All bytes of a frame, and none after it. */
async function* frameBytes(reader: ByteReader, magic: Buffer): AsyncGenerator<Buffer> {
  yield magic;
  const descriptor = await exactly(reader, 1);
  yield descriptor;
  const flags = descriptor.readUInt8();
  const isSingleSegment = (flags & 0x20) !== 0;
  const sizeBytes = SIZE_BYTES[flags >>> 6] || (isSingleSegment ? 1 : 0);
  yield* reader.pieces((isSingleSegment ? 0 : 1) + (DICTIONARY_BYTES[flags & 3] ?? 0) + sizeBytes);
  for (let isLast = false; !isLast;) {
    const header = await exactly(reader, 3);
    yield header;
    const block = header.readUIntLE(0, 3);
    isLast = (block & 1) !== 0;
    // A block that repeats one byte has but that one.
    yield* reader.pieces(((block >>> 1) & 3) === 1 ? 1 : block >>> 3);
  }
  if ((flags & 4) !== 0) yield* reader.pieces(4);
}

async function* inLargePieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of source) {
    pieces.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes < PIECE_BYTES_MIN) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    sizeBytes = 0;
  }
  if (sizeBytes > 0) yield Buffer.concat(pieces);
}

async function skipFrame(reader: ByteReader): Promise<void> {
  const sizeBytes = (await exactly(reader, 4)).readUInt32LE();
  for await (const _piece of reader.pieces(sizeBytes));
}

async function exactly(reader: ByteReader, sizeBytes: number): Promise<Buffer> {
  const bytes = await reader.read(sizeBytes);
  if (!bytes) throw new ImageUnusable('invalid', 'a layer ends too early');
  return bytes;
}
