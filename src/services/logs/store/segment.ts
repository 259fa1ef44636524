import { readFile, truncate } from 'node:fs/promises';
import { blockAt, blockIntact, visitBlock, type BlockSummary } from './block.ts';

/** A segment is closed when it has grown to this; one is read whole, so it also bounds the memory of a read. */
export const SEGMENT_BYTES_MAX = 4_194_304;

/** What is known of a segment file without reading it. JSON, kept in the stream's `stream.json` when it is closed. */
export interface Segment {
  /** File name within the stream's directory. */
  readonly file: string;
  sizeBytes: number;
  count: number;
  lastSequence: number;
  lowestMs: number;
  highestMs: number;
  lastIngestionMs: number;
}

/** A segment without blocks. */
export function emptySegment(file: string): Segment {
  return { file, sizeBytes: 0, count: 0, lastSequence: 0, lowestMs: Infinity, highestMs: -Infinity, lastIngestionMs: 0 };
}

/** Adds a block that was appended to the file. */
export function extendSegment(segment: Segment, block: BlockSummary): void {
  segment.sizeBytes += block.sizeBytes;
  segment.count += block.count;
  segment.lastSequence = block.firstSequence + block.count - 1;
  segment.lowestMs = Math.min(segment.lowestMs, block.lowestMs);
  segment.highestMs = Math.max(segment.highestMs, block.highestMs);
  segment.lastIngestionMs = block.ingestionMs;
}

/** Reads a segment that nobody summed up, as after a crash, and cuts what a torn write left at its end. */
export async function recoverSegment(path: string, file: string): Promise<Segment> {
  const bytes = await readFile(path);
  const segment = emptySegment(file);
  for (let block = blockAt(bytes, 0); block; block = blockAt(bytes, segment.sizeBytes)) {
    if (!blockIntact(bytes, segment.sizeBytes, block)) break;
    extendSegment(segment, block);
  }
  if (segment.sizeBytes < bytes.length) await truncate(path, segment.sizeBytes);
  return segment;
}

/** Visits the records of a segment with timestamps in [fromMs, toMs). A segment that was removed meanwhile has none. */
export async function visitSegment(
  path: string,
  sizeBytes: number,
  range: { readonly fromMs: number; readonly toMs: number },
  visit: (timestampMs: number, sequence: number, ingestionMs: number, message: () => string) => void,
): Promise<void> {
  const bytes = await readIfPresent(path);
  const end = Math.min(sizeBytes, bytes.length);
  const file = bytes.subarray(0, end);
  let offset = 0;
  for (let block = blockAt(file, offset); block; block = blockAt(file, offset)) {
    const { ingestionMs, lowestMs, highestMs } = block;
    if (highestMs >= range.fromMs && lowestMs < range.toMs) {
      visitBlock(file, offset, block, (timestampMs, sequence, message) => {
        if (timestampMs >= range.fromMs && timestampMs < range.toMs) visit(timestampMs, sequence, ingestionMs, message);
      });
    }
    offset += block.sizeBytes;
  }
}

async function readIfPresent(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
