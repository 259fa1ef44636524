import type { StoredRecord } from './block.ts';
import type { LogStream } from './log-stream.ts';
import { visitSegment, type Segment } from './segment.ts';

/** A place among records, which are ordered by time and then by sequence number. */
export interface Position {
  readonly timestampMs: number;
  readonly sequence: number;
}

/** A record and the stream it is of. */
export interface ScannedRecord extends StoredRecord {
  readonly stream: string;
}

/** What to look for. */
export interface ScanRequest {
  readonly streams: readonly LogStream[];
  readonly direction: 'forward' | 'backward';
  /** Only records after (forward) or before (backward) this one, exclusive; undefined for no bound. */
  readonly from?: Position;
  /** Inclusive. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly matches?: (message: string) => boolean;
  readonly countMax: number;
  /** Of the messages together; the first record is given however large it is. */
  readonly bytesMax: number;
  /** Segments are read up to this size, then the scan answers with what it has. */
  readonly scannedBytesMax: number;
}

/** Records in the scan's direction. */
export interface ScanResult {
  readonly records: readonly ScannedRecord[];
  /** Where the next scan goes on. */
  readonly next: Position | undefined;
  /** Nothing is left in the direction. */
  readonly complete: boolean;
}

interface Source {
  readonly stream: LogStream;
  readonly segment: Segment;
  /** Distance of its nearest record in the scan's direction. */
  readonly near: number;
}

/**
 * Merges the records of streams in the order of time. Segments are read nearest first and only until no unread one
 * can hold a nearer record, and no more records are kept than the answer may have, so memory is bounded by one
 * segment and one answer.
 */
export async function scanRecords(request: ScanRequest): Promise<ScanResult> {
  const sign = request.direction === 'forward' ? 1 : -1;
  const found = new NearestRecords(sign, request.countMax, request.bytesMax);
  const sources = sourcesOf(request, sign);
  const begin = request.from ? sign * request.from.timestampMs : -Infinity;
  let scannedBytes = 0;
  for (const { stream, segment, near } of sources) {
    if (found.full && found.farthest < near) break;
    if (scannedBytes >= request.scannedBytesMax && near > begin) {
      const sequence = sign === 1 ? -1 : Number.MAX_SAFE_INTEGER;
      const records = found.nearerThan(near);
      const cut = found.full && records.length === found.size;
      return { records, next: cut ? records.at(-1) : { timestampMs: sign * near, sequence }, complete: false };
    }
    scannedBytes += segment.sizeBytes;
    await visitSegment(
      stream.path(segment),
      segment.sizeBytes,
      { fromMs: request.startMs, toMs: request.endMs },
      (timestampMs, sequence, ingestionMs, message) => {
        if (request.from && sign * (timestampMs - request.from.timestampMs || sequence - request.from.sequence) <= 0) return;
        if (!found.wants(timestampMs, sequence)) return;
        const text = message();
        if (request.matches && !request.matches(text)) return;
        found.add({ timestampMs, sequence, ingestionMs, message: text, stream: stream.name });
      },
    );
    found.prune();
  }
  const records = found.all();
  return { records, next: records.at(-1) ?? request.from, complete: !found.full };
}

function sourcesOf(request: ScanRequest, sign: 1 | -1): Source[] {
  const { from, startMs, endMs } = request;
  const sources: Source[] = [];
  for (const stream of request.streams) {
    for (const segment of stream.segments) {
      const { lowestMs, highestMs, count } = segment;
      if (count === 0 || highestMs < startMs || lowestMs >= endMs) continue;
      if (from && (sign === 1 ? highestMs < from.timestampMs : lowestMs > from.timestampMs)) continue;
      sources.push({ stream, segment, near: sign === 1 ? lowestMs : -highestMs });
    }
  }
  return sources.sort((left, right) => left.near - right.near);
}

/** The nearest records found so far, as many as an answer may have. */
class NearestRecords {
  readonly #sign: 1 | -1;
  readonly #countMax: number;
  readonly #bytesMax: number;
  #records: ScannedRecord[] = [];
  #unprunedBytes = 0;
  /** The last record of an answer, once more was found than one may have. */
  #last: Position | undefined;

  constructor(sign: 1 | -1, countMax: number, bytesMax: number) {
    this.#sign = sign;
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  get full(): boolean {
    return this.#last !== undefined;
  }

  get size(): number {
    return this.#records.length;
  }

  /** Distance of the last record that an answer would have. */
  get farthest(): number {
    return this.#sign * (this.#last?.timestampMs ?? 0);
  }

  wants(timestampMs: number, sequence: number): boolean {
    return this.#last === undefined || this.#compare({ timestampMs, sequence }, this.#last) < 0;
  }

  add(record: ScannedRecord): void {
    this.#records.push(record);
    this.#unprunedBytes += record.message.length;
    if (this.#records.length > 2 * this.#countMax || this.#unprunedBytes > 4 * this.#bytesMax) this.prune();
  }

  /** Sorts, and cuts what an answer can't have. */
  prune(): void {
    this.#records.sort((left, right) => this.#compare(left, right));
    let bytes = 0;
    let count = 0;
    for (const record of this.#records) {
      const messageBytes = Buffer.byteLength(record.message);
      if (count === this.#countMax || (count > 0 && bytes + messageBytes > this.#bytesMax)) break;
      bytes += messageBytes;
      count += 1;
    }
    if (count < this.#records.length) {
      this.#records.length = count;
      this.#last = this.#records[count - 1];
    }
    this.#unprunedBytes = bytes;
  }

  nearerThan(distance: number): ScannedRecord[] {
    return this.#records.filter((record) => this.#sign * record.timestampMs < distance);
  }

  all(): readonly ScannedRecord[] {
    return this.#records;
  }

  #compare(left: Position, right: Position): number {
    return this.#sign * (left.timestampMs - right.timestampMs || left.sequence - right.sequence);
  }
}
