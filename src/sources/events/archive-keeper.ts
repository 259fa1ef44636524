import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { type Document, type MetadataStore, RevisionConflict } from '../../ports/metadata-store.ts';
import {
  ARCHIVE_KIND,
  ARCHIVED_KIND,
  type ArchivedEvent,
  archivedFrom,
  archivedPrefix,
  type ArchiveRecord,
  GONE_ARCHIVE_KIND,
  REPLAY_KIND,
  type ReplayRecord,
  timeOfArchived,
} from './event-archives.ts';
import { busOfArn } from './event-buses.ts';
import type { ArrivedEvent } from './event-router.ts';

/** What keeping archives needs. */
export interface ArchiveKeeperDependencies {
  readonly store: MetadataStore;
  readonly route: (events: readonly ArrivedEvent[]) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const ROUND_MS = 600_000;
const DAY_MS = 86_400_000;
/** How long replays that have ended can be told. Source: EventBridge's page on replays. */
const REPLAY_KEPT_MS = 90 * DAY_MS;
const EVENTS_AT_ONCE = 50;
const DOCUMENTS_MAX = 1_000;
/** An archive keeps no more than this; beyond it the oldest events go, whatever its retention. */
const ARCHIVE_BYTES_MAX = 1_073_741_824;

/** Runs replays, and removes what archives need not keep any more. */
export class ArchiveKeeper {
  readonly #dependencies: ArchiveKeeperDependencies;
  #isOpen = false;
  #isAgain = false;
  /** There are archives, or the last round failed. */
  #isNeeded = true;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;

  constructor(dependencies: ArchiveKeeperDependencies) {
    this.#dependencies = dependencies;
  }

  /** Goes on with replays that a stop has cut short. */
  start(): void {
    this.#isOpen = true;
    this.wake();
  }

  /** A replay was started or cancelled, or an archive deleted. */
  wake(): void {
    if (!this.#isOpen) return;
    this.#isAgain = true;
    this.#timer?.cancel();
    this.#working ??= this.#round().finally(() => {
      this.#working = undefined;
      if (this.#isAgain) this.wake();
      else if (this.#isOpen && this.#isNeeded) this.#timer = this.#dependencies.clock.setTimeout(() => this.wake(), ROUND_MS);
    });
  }

  /** Begins nothing more. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#timer?.cancel();
    await this.#working;
  }

  async #round(): Promise<void> {
    this.#isAgain = false;
    try {
      for (const replay of await this.#all<ReplayRecord>(REPLAY_KIND)) await this.#replay(replay);
      const archives = await this.#all<ArchiveRecord>(ARCHIVE_KIND);
      for (const archive of archives) await this.#trim(archive);
      for (const gone of await this.#all(GONE_ARCHIVE_KIND)) await this.#empty(gone);
      this.#isNeeded = archives.length > 0;
    } catch (error) {
      this.#isNeeded = true;
      this.#dependencies.logger.error({ error: String(error) }, 'archives of events can not be kept; tried again in ten minutes');
    }
  }

  async #all<Body>(kind: string): Promise<Document<Body>[]> {
    const { store } = this.#dependencies;
    const found: Document<Body>[] = [];
    for (const { account, region } of await store.scopes(kind))
      found.push(...(await store.list<Body>({ account, region, kind, limit: DOCUMENTS_MAX })));
    return found;
  }

  async #replay(found: Document<ReplayRecord>): Promise<void> {
    const { store, clock } = this.#dependencies;
    let { revision, body } = found;
    if (body.endedMs !== undefined && body.endedMs < clock.now() - REPLAY_KEPT_MS) {
      await store.commit([{ remove: found.key }]);
      return;
    }
    while (this.#isOpen && ['STARTING', 'RUNNING', 'CANCELLING'].includes(body.state)) {
      body =
        body.state === 'CANCELLING'
          ? { ...body, state: 'CANCELLED', endedMs: clock.now() }
          : await this.#nextEvents(found.key.id, found, body);
      const [written] = await store.commit([{ put: found.key, body, expect: revision }]).catch((error: unknown) => {
        if (error instanceof RevisionConflict) return [];
        throw error;
      });
      // Cancelled meanwhile; what was replayed is noted by the next round.
      if (!written) return void (this.#isAgain = true);
      revision = written.revision;
    }
  }

  /** Replays some events; gives the record of the replay as it is then. */
  async #nextEvents(name: string, { key }: Document<ReplayRecord>, replay: ReplayRecord): Promise<ReplayRecord> {
    const { store, route, clock } = this.#dependencies;
    const { account, region } = key;
    const bus = busOfArn(replay.busArn);
    const prefix = archivedPrefix(replay.archiveUid);
    const after = replay.cursor ?? archivedFrom(replay.archiveUid, replay.fromMs);
    const list = { account, region, kind: ARCHIVED_KIND, prefix, after, limit: EVENTS_AT_ONCE };
    const found = (await store.list<ArchivedEvent>(list)).filter(({ key: { id } }) => timeOfArchived(id) < replay.toMs);
    const last = found.at(-1)?.key.id;
    if (last === undefined || bus === undefined) return { ...replay, state: 'COMPLETED', endedMs: clock.now() };
    const of = { name, salt: `${name}@${replay.startedMs}`, filterArns: replay.filterArns };
    await route(
      found.map(({ body: { id, envelope } }) => ({ bus, id, envelope: withReplayName(envelope, name), hops: 0, replay: of })),
    );
    return { ...replay, state: 'RUNNING', cursor: last, lastMs: timeOfArchived(last) };
  }

  async #trim({ key, body: { uid, retentionDays } }: Document<ArchiveRecord>): Promise<void> {
    const { store, clock } = this.#dependencies;
    const place = { account: key.account, region: key.region, kind: ARCHIVED_KIND, prefix: archivedPrefix(uid) };
    const keptFromMs = retentionDays === 0 ? 0 : clock.now() - retentionDays * DAY_MS;
    while (this.#isOpen) {
      const oldest = await store.list({ ...place, limit: EVENTS_AT_ONCE });
      const isOver = oldest.length > 0 && (await store.totals(place)).weight > ARCHIVE_BYTES_MAX;
      const removed = isOver ? oldest : oldest.filter((event) => timeOfArchived(event.key.id) < keptFromMs);
      if (removed.length === 0) return;
      await store.commit(removed.map((event) => ({ remove: event.key })));
    }
  }

  async #empty({ key }: Document): Promise<void> {
    const { store } = this.#dependencies;
    const place = { account: key.account, region: key.region, kind: ARCHIVED_KIND, prefix: archivedPrefix(key.id) };
    while (this.#isOpen) {
      const left = await store.list({ ...place, limit: EVENTS_AT_ONCE });
      await store.commit(left.length > 0 ? left.map((event) => ({ remove: event.key })) : [{ remove: key }]);
      if (left.length === 0) return;
    }
  }
}

/** Before the detail, which is the last member and stays as it is. */
function withReplayName(envelope: string, name: string): string {
  return `{"replay-name":${JSON.stringify(name)},${envelope.slice(1)}`;
}
