import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogRecord } from '../../../ports/log-sink.ts';
import { blockAt, encodeBlock } from './block.ts';
import type { OpenFiles } from './open-files.ts';
import { emptySegment, extendSegment, recoverSegment, SEGMENT_BYTES_MAX, type Segment } from './segment.ts';
import { readDocument, writeDocument } from './written-document.ts';

/** What a stream counts against the total size besides its records: its directory and files, so that empty streams are bounded too. */
export const STREAM_OVERHEAD_BYTES = 16_384;
const DOCUMENT = 'stream.json';
const SEGMENT_FILE = /^\d{16}\.log$/;

/** What reads tell of a stream as a whole; times are absent while it holds no record. */
export interface StreamSummary {
  readonly firstEventMs?: number;
  readonly lastEventMs?: number;
  readonly lastIngestionMs?: number;
  readonly storedBytes: number;
}

interface StreamDocument {
  readonly name: string;
  readonly createdMs: number;
  readonly segments: readonly Segment[];
}

/** One log stream: a directory with append-only segments, oldest first. Changes are made one at a time by the store. */
export class LogStream {
  readonly name: string;
  readonly createdMs: number;
  readonly directory: string;
  readonly #segments: Segment[];
  /** `stream.json` says less than {@link LogStream.#segments}. */
  #documentStale = false;

  private constructor(directory: string, name: string, createdMs: number, segments: Segment[]) {
    this.directory = directory;
    this.name = name;
    this.createdMs = createdMs;
    this.#segments = segments;
  }

  /** Makes the directory of a stream that does not exist yet. */
  static async create(directory: string, name: string, createdMs: number): Promise<LogStream> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const stream = new LogStream(directory, name, createdMs, []);
    await stream.writeDocument();
    return stream;
  }

  /** Opens a stream from an earlier run; segments that were not closed properly are read through and cut where they are torn. */
  static async load(directory: string): Promise<LogStream | undefined> {
    const document = (await readDocument(join(directory, DOCUMENT))) as StreamDocument | undefined;
    if (document === undefined) return undefined;
    const known = new Map(document.segments.map((segment) => [segment.file, segment]));
    const segments: Segment[] = [];
    let recovered = false;
    for (const file of (await readdir(directory)).filter((name) => SEGMENT_FILE.test(name)).sort()) {
      const path = join(directory, file);
      const summary = known.get(file);
      const whole = summary !== undefined && (await stat(path)).size === summary.sizeBytes;
      const segment = whole ? summary : await recoverSegment(path, file);
      recovered ||= !whole;
      if (segment.count > 0) segments.push(segment);
    }
    const stream = new LogStream(directory, document.name, document.createdMs, segments);
    if (recovered) await stream.writeDocument();
    return stream;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get lastSequence(): number {
    return this.#segments.at(-1)?.lastSequence ?? 0;
  }

  path(segment: Segment): string {
    return join(this.directory, segment.file);
  }

  /** Appends records, at least one, as one block. After a failed write the next goes to a new segment. */
  async append(files: OpenFiles, records: readonly LogRecord[], ingestionMs: number, firstSequence: number): Promise<number> {
    const bytes = encodeBlock(records, ingestionMs, firstSequence);
    const block = blockAt(bytes, 0);
    if (block === undefined) throw new Error('an encoded block can not be read');
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.sizeBytes >= SEGMENT_BYTES_MAX) {
      segment = await this.#begin(files, segment, firstSequence);
    }
    try {
      await files.append(this.path(segment), bytes);
    } catch (error) {
      await this.#begin(files, segment, firstSequence + 1);
      throw error;
    }
    extendSegment(segment, block);
    this.#documentStale = true;
    return bytes.length;
  }

  /** Removes one segment's records; harmless when it is gone. */
  async removeSegment(files: OpenFiles, segment: Segment): Promise<void> {
    const index = this.#segments.indexOf(segment);
    if (index === -1) return;
    this.#segments.splice(index, 1);
    this.#documentStale = true;
    const path = this.path(segment);
    await files.release(path, true);
    await unlink(path).catch(ignoreAbsent);
  }

  /** Closes its files; with `removed`, nothing of them needs to become durable. */
  async release(files: OpenFiles, removed: boolean): Promise<void> {
    for (const segment of this.#segments) await files.release(this.path(segment), removed);
  }

  /** Brings `stream.json` up to date, which spares the next start reading the segments. */
  async writeDocument(): Promise<void> {
    const document: StreamDocument = { name: this.name, createdMs: this.createdMs, segments: this.#segments };
    await writeDocument(join(this.directory, DOCUMENT), document, false);
    this.#documentStale = false;
  }

  async writeStaleDocument(): Promise<void> {
    if (this.#documentStale) await this.writeDocument();
  }

  summary(): StreamSummary {
    const storedBytes = this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    const written = this.#segments.filter((segment) => segment.count > 0);
    if (written.length === 0) return { storedBytes };
    return {
      storedBytes,
      firstEventMs: Math.min(...written.map((segment) => segment.lowestMs)),
      lastEventMs: Math.max(...written.map((segment) => segment.highestMs)),
      lastIngestionMs: Math.max(...written.map((segment) => segment.lastIngestionMs)),
    };
  }

  async #begin(files: OpenFiles, previous: Segment | undefined, firstSequence: number): Promise<Segment> {
    if (previous) {
      await files.release(this.path(previous), false);
      await this.writeDocument().catch(() => undefined);
    }
    if (previous?.count === 0) this.#segments.pop();
    const segment = emptySegment(`${String(firstSequence).padStart(16, '0')}.log`);
    this.#segments.push(segment);
    return segment;
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
