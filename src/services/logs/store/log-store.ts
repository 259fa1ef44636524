import { mkdir } from 'node:fs/promises';
import type { Clock } from '../../../ports/clock.ts';
import type { LogRecord, LogStreamName } from '../../../ports/log-sink.ts';
import { LogCatalogue, type LogScope } from './log-catalogue.ts';
import type { GroupSettings, LogGroup } from './log-group.ts';
import { STREAM_OVERHEAD_BYTES, type LogStream } from './log-stream.ts';
import { OpenFiles } from './open-files.ts';
import type { Segment } from './segment.ts';
import { Turnstile } from './turnstile.ts';

/** Sequence numbers begin at the milliseconds times this, so that they grow over restarts; below 2^53 until the year 2109. */
const SEQUENCES_PER_MS = 2_048;
const NO_SETTINGS: GroupSettings = { tags: {} };

/** Is told of records after they are written, before those of the next write; must return at once and not throw. */
export type AppendListener = (group: LogGroup, stream: string, records: readonly LogRecord[], firstSequence: number) => void;

/** The groups and streams on disk and every change of them, one at a time. */
export class LogStore {
  readonly catalogue: LogCatalogue;
  readonly #root: string;
  readonly #clock: Clock;
  readonly #files = new OpenFiles();
  readonly #turnstile = new Turnstile();
  #nextSequence = 0;
  #grownBytes = 0;
  #appended: AppendListener | undefined;
  #growth: { readonly bytes: number; readonly listener: () => void } | undefined;

  constructor(root: string, clock: Clock) {
    this.#root = root;
    this.#clock = clock;
    this.catalogue = new LogCatalogue(root, clock);
  }

  /** Undefined when it does not exist. */
  async group(scope: LogScope, name: string): Promise<LogGroup | undefined> {
    return (await this.catalogue.groups(scope)).get(name);
  }

  /** False when the group exists. Durable when it resolves. */
  createGroup(scope: LogScope, name: string, settings: GroupSettings): Promise<boolean> {
    return this.#turnstile.run(async () => {
      if ((await this.group(scope, name)) !== undefined) return false;
      await this.#createGroup(scope, name, settings);
      return true;
    });
  }

  /** Replaces the settings by what `change` makes of them; false when the group does not exist. */
  changeGroup(scope: LogScope, name: string, change: (settings: GroupSettings) => GroupSettings): Promise<boolean> {
    return this.#turnstile.run(async () => {
      const group = await this.group(scope, name);
      if (group === undefined) return false;
      await group.change(change(group.settings));
      return true;
    });
  }

  /** False when the group does not exist. */
  async deleteGroup(scope: LogScope, name: string): Promise<boolean> {
    const remove = await this.#turnstile.run(async () => {
      const group = await this.group(scope, name);
      if (group === undefined) return undefined;
      for (const stream of (await group.streams()).values()) await stream.release(this.#files, true);
      return this.catalogue.detachGroup(group);
    });
    await remove?.();
    return remove !== undefined;
  }

  /** Says what was missing or in the way. */
  createStream(name: LogStreamName): Promise<'created' | 'group absent' | 'stream exists'> {
    return this.#turnstile.run(async () => {
      const group = await this.group(name, name.group);
      if (group === undefined) return 'group absent';
      if ((await group.streams()).has(name.stream)) return 'stream exists';
      await group.createStream(name.stream, this.#clock.now());
      return 'created';
    });
  }

  /** Removes the stream if `stream` is what its group still holds under that name. */
  async deleteStream(group: LogGroup, stream: LogStream): Promise<boolean> {
    const remove = await this.#turnstile.run(async () => {
      if ((await group.streams()).get(stream.name) !== stream) return undefined;
      await stream.release(this.#files, true);
      return this.catalogue.detachStream(group, stream);
    });
    await remove?.();
    return remove !== undefined;
  }

  /** Writes the records as one block, in a group and stream that are created when they are absent. */
  append(name: LogStreamName, records: readonly LogRecord[]): Promise<void> {
    return this.#turnstile.run(async () => {
      const group = (await this.group(name, name.group)) ?? (await this.#createGroup(name, name.group, NO_SETTINGS));
      const stream = (await group.streams()).get(name.stream) ?? (await group.createStream(name.stream, this.#clock.now()));
      const now = this.#clock.now();
      const first = Math.max(now * SEQUENCES_PER_MS, this.#nextSequence, stream.lastSequence + 1);
      this.#nextSequence = first + records.length;
      this.#grownBytes += await stream.append(this.#files, records, now, first);
      this.#appended?.(group, name.stream, records, first);
      if (this.#growth && this.#grownBytes >= this.#growth.bytes) {
        this.#grownBytes = 0;
        this.#growth.listener();
      }
    });
  }

  /** The last listener counts. */
  onAppend(listener: AppendListener): void {
    this.#appended = listener;
  }

  /** Calls the listener each time this many bytes were appended. The last listener counts. */
  onGrowth(bytes: number, listener: () => void): void {
    this.#growth = { bytes, listener };
  }

  /** Removes one segment of a stream. */
  removeSegment(stream: LogStream, segment: Segment): Promise<void> {
    return this.#turnstile.run(() => stream.removeSegment(this.#files, segment));
  }

  /** Makes everything appended durable. */
  sync(): Promise<void> {
    return this.#turnstile.run(() => this.#files.sync());
  }

  /** What all streams take, with an allowance for each one's directory. Loads whatever was not loaded yet. */
  async totalBytes(): Promise<number> {
    let total = 0;
    await this.catalogue.loadAll();
    for (const group of await this.catalogue.loadedGroups()) {
      for (const stream of (await group.streams()).values()) total += stream.summary().storedBytes + STREAM_OVERHEAD_BYTES;
    }
    return total;
  }

  /** Makes everything durable and leaves short documents for the next start. */
  close(): Promise<void> {
    return this.#turnstile.run(async () => {
      await this.#files.close();
      for (const group of await this.catalogue.loadedGroups()) {
        for (const stream of (await group.streams()).values()) await stream.writeStaleDocument();
      }
    });
  }

  async #createGroup(scope: LogScope, name: string, settings: GroupSettings): Promise<LogGroup> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    return this.catalogue.createGroup(scope, name, settings);
  }
}
