import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { type DocumentKey, type MetadataStore, RevisionConflict } from '../../ports/metadata-store.ts';
import {
  GROUP_KIND,
  type GroupRecord,
  groupKey,
  runKey,
  SCHEDULE_KIND,
  type ScheduleName,
  scheduleOfKey,
  schedulePrefix,
} from '../../sources/scheduler/schedule-records.ts';

/** What removing groups needs. */
export interface GroupRemovalDependencies {
  readonly store: MetadataStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scheduleChanged: (name: ScheduleName) => void;
}

const GROUPS_AT_ONCE = 100;
const SCHEDULES_AT_ONCE = 200;
const AGAIN_MS = 1_000;
/** Comes after every name in the order of ids. */
const AFTER_NAMES = '\uffff';

/** Removes the groups that are being deleted, with all of their schedules, in the background. */
export class GroupRemoval {
  readonly #dependencies: GroupRemovalDependencies;
  #isOpen = false;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #again = false;

  constructor(dependencies: GroupRemovalDependencies) {
    this.#dependencies = dependencies;
  }

  /** Goes on with what an earlier run of the server left. Resolves when schedules without a group are gone. */
  async start(): Promise<void> {
    this.#isOpen = true;
    const { store } = this.#dependencies;
    for (const scope of await store.scopes(SCHEDULE_KIND)) {
      let after: string | undefined;
      for (;;) {
        // From group to group, of which there are few, and not from schedule to schedule.
        const request = { ...scope, kind: SCHEDULE_KIND, limit: 1, ...(after === undefined ? {} : { after }) };
        const [first] = await store.list(request);
        if (!first) break;
        const { group } = scheduleOfKey(first.key);
        // Left by a stop while the schedule was made and its group deleted.
        if (!(await store.get(groupKey(scope, group)))) await this.#removeSchedules({ ...scope, kind: GROUP_KIND, id: group });
        after = schedulePrefix(group) + AFTER_NAMES;
      }
    }
    this.wake();
  }

  /** A group was marked. */
  wake(): void {
    if (!this.#isOpen) return;
    this.#again = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#again) this.wake();
    });
  }

  /** Resolves when nothing of its own is under way; what is left is gone on with at the next start. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#again = false;
    this.#timer?.cancel();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { clock, logger } = this.#dependencies;
    try {
      while (this.#again && this.#isOpen) {
        this.#again = false;
        for (const key of await this.#marked()) await this.#remove(key);
      }
    } catch (error) {
      logger.error({ error: String(error) }, 'groups of schedules can not be removed');
      this.#again = false;
      this.#timer?.cancel();
      if (this.#isOpen) this.#timer = clock.setTimeout(() => this.wake(), AGAIN_MS);
    }
  }

  async #marked(): Promise<DocumentKey[]> {
    const { store } = this.#dependencies;
    const marked: DocumentKey[] = [];
    for (const scope of await store.scopes(GROUP_KIND)) {
      let after: string | undefined;
      for (;;) {
        const request = { ...scope, kind: GROUP_KIND, limit: GROUPS_AT_ONCE, ...(after === undefined ? {} : { after }) };
        const found = await store.list<GroupRecord>(request);
        for (const { key, body } of found) if (body.state === 'DELETING') marked.push(key);
        after = found.at(-1)?.key.id;
        if (found.length < GROUPS_AT_ONCE) break;
      }
    }
    return marked;
  }

  async #remove(key: DocumentKey): Promise<void> {
    const { store } = this.#dependencies;
    await this.#removeSchedules(key);
    if (!this.#isOpen) return;
    const found = await store.get<GroupRecord>(key);
    if (found?.body.state !== 'DELETING') return;
    try {
      await store.commit([{ remove: key, expect: found.revision }]);
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      this.#again = true;
    }
  }

  async #removeSchedules({ account, region, id: group }: DocumentKey): Promise<void> {
    const { store, scheduleChanged } = this.#dependencies;
    const request = { account, region, kind: SCHEDULE_KIND, prefix: schedulePrefix(group), limit: SCHEDULES_AT_ONCE };
    while (this.#isOpen) {
      const found = await store.list(request);
      if (found.length === 0) return;
      await store.commit(found.flatMap(({ key }) => [{ remove: key }, { remove: runKey(scheduleOfKey(key)) }]));
      for (const { key } of found) scheduleChanged(scheduleOfKey(key));
    }
  }
}
