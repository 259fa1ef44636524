import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../ports/clock.ts';
import { directoryName } from './directory-name.ts';
import { LogGroup, type GroupSettings } from './log-group.ts';
import type { LogStream } from './log-stream.ts';
import { readDocument, writeDocument } from './written-document.ts';

const SCOPE_DOCUMENT = 'scope.json';
/** What is being removed waits here, so that a removal cut short by a crash is finished by the next start. */
const REMOVED = '.removed';

/** An account's logs in one region. */
export interface LogScope {
  readonly account: string;
  readonly region: string;
}

/**
 * All groups of a data directory, in `<account>/<region>/<group>/<stream>/`, each region loaded when it is first
 * asked for. Changes are made one at a time by the store; reads may come at any time.
 */
export class LogCatalogue {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #regions = new Map<string, Promise<Map<string, LogGroup>>>();
  #removals = 0;

  constructor(root: string, clock: Clock) {
    this.#root = root;
    this.#clock = clock;
  }

  /** The groups of a scope by name. */
  groups(scope: LogScope): Promise<Map<string, LogGroup>> {
    const directory = this.#regionDirectory(scope);
    let groups = this.#regions.get(directory);
    if (groups === undefined) {
      groups = loadRegion(directory, scope);
      this.#regions.set(directory, groups);
      // Regions without groups aren't remembered: callers may name any number of them.
      const forget = (): boolean => this.#regions.delete(directory);
      groups.then((loaded) => loaded.size > 0 || forget(), forget);
    }
    return groups;
  }

  /** The caller has made sure that the group does not exist. */
  async createGroup(scope: LogScope, name: string, settings: GroupSettings): Promise<LogGroup> {
    const groups = await this.groups(scope);
    const directory = this.#regionDirectory(scope);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (groups.size === 0)
      await writeDocument(join(directory, SCOPE_DOCUMENT), { account: scope.account, region: scope.region }, true);
    const group = await LogGroup.create(directory, scope, { name, createdMs: this.#clock.now(), ...settings });
    groups.set(name, group);
    this.#regions.set(directory, Promise.resolve(groups));
    return group;
  }

  /** Takes a group away; resolves to the work of removing its files, which needs no exclusion. */
  async detachGroup(group: LogGroup): Promise<() => Promise<void>> {
    (await this.groups(group)).delete(group.name);
    return this.#setAside(group.directory);
  }

  /** The same for one stream. */
  async detachStream(group: LogGroup, stream: LogStream): Promise<() => Promise<void>> {
    (await group.streams()).delete(stream.name);
    return this.#setAside(stream.directory);
  }

  /** Loads every scope of the data directory and finishes removals of an earlier run. */
  async loadAll(): Promise<void> {
    if (this.#removals === 0) await rm(join(this.#root, REMOVED), { recursive: true, force: true });
    for (const account of await subdirectories(this.#root)) {
      if (account === REMOVED) continue;
      for (const region of await subdirectories(join(this.#root, account))) {
        const scope = (await readDocument(join(this.#root, account, region, SCOPE_DOCUMENT))) as LogScope | undefined;
        if (scope) await this.groups(scope);
      }
    }
  }

  /** Every group that was loaded. */
  async loadedGroups(): Promise<LogGroup[]> {
    const regions = await Promise.all(this.#regions.values());
    return regions.flatMap((groups) => [...groups.values()]);
  }

  #regionDirectory(scope: LogScope): string {
    return join(this.#root, directoryName(scope.account), directoryName(scope.region));
  }

  async #setAside(directory: string): Promise<() => Promise<void>> {
    this.#removals += 1;
    await mkdir(join(this.#root, REMOVED), { recursive: true, mode: 0o700 });
    const aside = join(this.#root, REMOVED, `${this.#clock.now()}-${this.#removals}`);
    await rename(directory, aside);
    return () => rm(aside, { recursive: true, force: true });
  }
}

async function loadRegion(directory: string, scope: LogScope): Promise<Map<string, LogGroup>> {
  const groups = new Map<string, LogGroup>();
  for (const name of await subdirectories(directory)) {
    const group = await LogGroup.load(join(directory, name), { account: scope.account, region: scope.region });
    if (group) groups.set(group.name, group);
  }
  return groups;
}

async function subdirectories(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
