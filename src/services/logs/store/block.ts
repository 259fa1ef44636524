import { crc32 } from 'node:zlib';
import type { LogRecord } from '../../../ports/log-sink.ts';

/*
 * A segment file is a sequence of blocks, one for each write:
 *   u32 magic, u32 payload length, u32 crc32 of what follows, u32 record count,
 *   f64 ingestion time, f64 first sequence number, f64 lowest and f64 highest timestamp,
 *   then for each record: f64 timestamp, u32 length, UTF-8 message.
 * All big-endian; doubles hold integers up to 2^53 exactly.
 */
const MAGIC = 0x4c4b4c31;
const HEADER_BYTES = 48;
const CHECKED_FROM = 12;
const RECORD_HEADER_BYTES = 12;

/** What a block's header says. */
export interface BlockSummary {
  /** Of the whole block, its header included. */
  readonly sizeBytes: number;
  readonly count: number;
  readonly ingestionMs: number;
  readonly firstSequence: number;
  readonly lowestMs: number;
  readonly highestMs: number;
}

/** A record as it stands in a segment. */
export interface StoredRecord {
  readonly timestampMs: number;
  readonly ingestionMs: number;
  /** Grows within a stream; also unique among the streams of a store. */
  readonly sequence: number;
  readonly message: string;
}

/** Encodes records, at least one, that get consecutive sequence numbers. */
export function encodeBlock(records: readonly LogRecord[], ingestionMs: number, firstSequence: number): Buffer {
  const lengths = records.map((record) => Buffer.byteLength(record.message));
  let sizeBytes = HEADER_BYTES;
  for (const length of lengths) sizeBytes += RECORD_HEADER_BYTES + length;
  const block = Buffer.allocUnsafe(sizeBytes);
  let offset = HEADER_BYTES;
  let lowestMs = Infinity;
  let highestMs = -Infinity;
  for (const [index, record] of records.entries()) {
    const length = lengths[index] ?? 0;
    block.writeDoubleBE(record.timestampMs, offset);
    block.writeUInt32BE(length, offset + 8);
    block.write(record.message, offset + RECORD_HEADER_BYTES, length, 'utf8');
    offset += RECORD_HEADER_BYTES + length;
    lowestMs = Math.min(lowestMs, record.timestampMs);
    highestMs = Math.max(highestMs, record.timestampMs);
  }
  block.writeUInt32BE(MAGIC, 0);
  block.writeUInt32BE(sizeBytes - HEADER_BYTES, 4);
  block.writeUInt32BE(records.length, 12);
  block.writeDoubleBE(ingestionMs, 16);
  block.writeDoubleBE(firstSequence, 24);
  block.writeDoubleBE(lowestMs, 32);
  block.writeDoubleBE(highestMs, 40);
  block.writeUInt32BE(crc32(block.subarray(CHECKED_FROM)), 8);
  return block;
}

/** Reads the header of the block at `offset`; undefined when no whole block begins there. */
export function blockAt(file: Buffer, offset: number): BlockSummary | undefined {
  if (file.length - offset < HEADER_BYTES || file.readUInt32BE(offset) !== MAGIC) return undefined;
  const sizeBytes = HEADER_BYTES + file.readUInt32BE(offset + 4);
  if (file.length - offset < sizeBytes) return undefined;
  return {
    sizeBytes,
    count: file.readUInt32BE(offset + 12),
    ingestionMs: file.readDoubleBE(offset + 16),
    firstSequence: file.readDoubleBE(offset + 24),
    lowestMs: file.readDoubleBE(offset + 32),
    highestMs: file.readDoubleBE(offset + 40),
  };
}

/** Whether the block is as it was written. */
export function blockIntact(file: Buffer, offset: number, block: BlockSummary): boolean {
  return file.readUInt32BE(offset + 8) === crc32(file.subarray(offset + CHECKED_FROM, offset + block.sizeBytes));
}

/** Calls `visit` for each record of the block, in its order; the message is decoded only when it is asked for. */
export function visitBlock(
  file: Buffer,
  offset: number,
  block: BlockSummary,
  visit: (timestampMs: number, sequence: number, message: () => string) => void,
): void {
  const end = offset + block.sizeBytes;
  let position = offset + HEADER_BYTES;
  for (let index = 0; index < block.count && position + RECORD_HEADER_BYTES <= end; index += 1) {
    const start = position + RECORD_HEADER_BYTES;
    const stop = Math.min(end, start + file.readUInt32BE(position + 8));
    visit(file.readDoubleBE(position), block.firstSequence + index, () => file.toString('utf8', start, stop));
    position = stop;
  }
}
