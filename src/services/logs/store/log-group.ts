import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SubscriptionFilter } from '../subscriptions/subscription-filter.ts';
import { directoryName } from './directory-name.ts';
import { LogStream } from './log-stream.ts';
import { readDocument, writeDocument } from './written-document.ts';

const DOCUMENT = 'group.json';
/** Streams read at the same time when a group is first looked at. */
const LOADS_MAX = 8;

/** What a group is, besides its streams. */
export interface GroupSettings {
  readonly retentionInDays?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly subscriptionFilters?: readonly SubscriptionFilter[];
}

interface GroupDocument extends GroupSettings {
  readonly name: string;
  readonly createdMs: number;
}

/** One log group: a directory with its settings and a directory for each stream, which are loaded when first needed. */
export class LogGroup {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly createdMs: number;
  readonly directory: string;
  #settings: GroupSettings;
  #streams: Promise<Map<string, LogStream>> | undefined;

  private constructor(directory: string, scope: { account: string; region: string }, document: GroupDocument) {
    this.directory = directory;
    this.account = scope.account;
    this.region = scope.region;
    const { name, createdMs, ...settings } = document;
    this.name = name;
    this.createdMs = createdMs;
    this.#settings = settings;
  }

  /** Durable when it resolves. */
  static async create(
    regionDirectory: string,
    scope: { account: string; region: string },
    document: GroupDocument,
  ): Promise<LogGroup> {
    const directory = join(regionDirectory, directoryName(document.name));
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const group = new LogGroup(directory, scope, document);
    group.#streams = Promise.resolve(new Map());
    await writeDocument(join(directory, DOCUMENT), document, true);
    return group;
  }

  /** Undefined when the directory holds no group: its creation or removal was cut short. */
  static async load(directory: string, scope: { account: string; region: string }): Promise<LogGroup | undefined> {
    const document = (await readDocument(join(directory, DOCUMENT))) as GroupDocument | undefined;
    return document && new LogGroup(directory, scope, document);
  }

  get settings(): GroupSettings {
    return this.#settings;
  }

  /** Durable when it resolves. */
  async change(settings: GroupSettings): Promise<void> {
    await writeDocument(join(this.directory, DOCUMENT), { name: this.name, createdMs: this.createdMs, ...settings }, true);
    this.#settings = settings;
  }

  /** The group's streams by name. */
  streams(): Promise<Map<string, LogStream>> {
    this.#streams ??= this.#load().catch((error: unknown) => {
      this.#streams = undefined;
      throw error;
    });
    return this.#streams;
  }

  /** The caller has made sure that the stream does not exist. */
  async createStream(name: string, createdMs: number): Promise<LogStream> {
    const streams = await this.streams();
    const stream = await LogStream.create(join(this.directory, directoryName(name)), name, createdMs);
    streams.set(name, stream);
    return stream;
  }

  async #load(): Promise<Map<string, LogStream>> {
    const streams = new Map<string, LogStream>();
    const entries = await readdir(this.directory, { withFileTypes: true });
    const directories = entries.filter((entry) => entry.isDirectory()).map((entry) => join(this.directory, entry.name));
    const load = async (): Promise<void> => {
      for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
        const stream = await LogStream.load(directory);
        if (stream) streams.set(stream.name, stream);
      }
    };
    await Promise.all(Array.from({ length: LOADS_MAX }, load));
    return streams;
  }
}
