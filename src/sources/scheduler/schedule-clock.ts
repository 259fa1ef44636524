import { ScheduleError } from '../../model/schedule/schedule-error.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventQueue, NewEvent } from '../../ports/event-queue.ts';
import type { Logger } from '../../ports/logger.ts';
import { type Document, type MetadataStore, RevisionConflict } from '../../ports/metadata-store.ts';
import { DueHeap, type Waiting } from './due-heap.ts';
import { missedRun } from './missed-run.ts';
import type { RunNotes } from './run-notes.ts';
import { type DueOccurrences, ScheduleOccurrences } from './schedule-occurrences.ts';
import {
  RUN_KIND,
  type RunRecord,
  runKey,
  SCHEDULE_KIND,
  scheduleArn,
  scheduleKey,
  type ScheduleName,
  scheduleOfKey,
  type ScheduleRecord,
} from './schedule-records.ts';
import { runEvent } from './schedule-run.ts';

/** What running schedules needs. */
export interface ScheduleClockDependencies {
  readonly store: MetadataStore;
  readonly queue: EventQueue;
  readonly notes: RunNotes;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Planned extends Waiting {
  readonly name: ScheduleName;
}

/** A schedule that is to be run, and what is to be written of it. */
interface Run {
  readonly name: ScheduleName;
  readonly document: Document<ScheduleRecord>;
  readonly occurrences: DueOccurrences;
  readonly events: readonly NewEvent[];
}

const DOCUMENTS_AT_ONCE = 500;
/** Schedules that are run in one go; each may have an input of 256 KiB. */
const RUNS_AT_ONCE = 64;
/** Longest sleep, so that a wall clock that jumps is noticed. */
const SLEEP_MS_MAX = 60_000;
/** Pause after the store or the queue failed. */
const AGAIN_MS = 1_000;
/** Entries of the heap that no longer count, before it is made anew. */
const STALE_MAX = 1_024;

/**
 * Queues the runs of schedules when they are due: each occurrence once. One timer, for the earliest; a schedule that is put
 * or changed costs the logarithm of how many there are.
 */
export class ScheduleClock {
  readonly #dependencies: ScheduleClockDependencies;
  /** By ARN. Bounded by the quota of schedules. */
  readonly #planned = new Map<string, Planned>();
  /** The same by time; an entry that is no longer in the map does not count. */
  readonly #heap = new DueHeap<Planned>();
  /** Schedules to be looked at again. */
  readonly #changed = new Map<string, ScheduleName>();
  #isOpen = false;
  /** Until then what is told of schedules waits, for it may be newer than what is being read. */
  #isLoaded = false;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;

  constructor(dependencies: ScheduleClockDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves when every schedule is known, and what was due is queued. */
  async start(): Promise<void> {
    this.#isOpen = true;
    const runs = new Map<string, Document<RunRecord>>();
    for await (const run of this.#documents<RunRecord>(RUN_KIND)) runs.set(scheduleArn(scheduleOfKey(run.key)), run);
    for await (const { key, body } of this.#documents<ScheduleRecord>(SCHEDULE_KIND)) {
      const name = scheduleOfKey(key);
      const arn = scheduleArn(name);
      this.#plan(name, body, runs.get(arn)?.body);
      runs.delete(arn);
    }
    // Noted at the moment when the schedule was deleted.
    await Promise.all([...runs.values()].map(({ key }) => this.#dependencies.store.commit([{ remove: key }])));
    this.#isLoaded = true;
    await this.#work();
  }

  /** The schedule was put, changed or deleted. */
  scheduleChanged(name: ScheduleName): void {
    if (!this.#isOpen) return;
    this.#changed.set(scheduleArn(name), name);
    if (this.#isLoaded) void this.#work();
  }

  /** Runs nothing more. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#timer?.cancel();
    await this.#working;
  }

  async *#documents<Body>(kind: string): AsyncGenerator<Document<Body>> {
    const { store } = this.#dependencies;
    for (const scope of await store.scopes(kind)) {
      let after: string | undefined;
      for (;;) {
        const page = { ...scope, kind, limit: DOCUMENTS_AT_ONCE, ...(after === undefined ? {} : { after }) };
        const found = await store.list<Body>(page);
        yield* found;
        after = found.at(-1)?.key.id;
        if (found.length < DOCUMENTS_AT_ONCE) break;
      }
    }
  }

  #work(): Promise<void> {
    this.#working ??= this.#workOff().then((isDone) => {
      this.#working = undefined;
      // What was told while the last look was under way.
      if (isDone && this.#changed.size > 0) this.#sleep(0);
    });
    return this.#working;
  }

  /** Resolves to false when the store or the queue failed; it is then tried again later. Never rejects. */
  async #workOff(): Promise<boolean> {
    const { logger } = this.#dependencies;
    this.#timer?.cancel();
    try {
      while (this.#isOpen) {
        const changed = [...this.#changed].slice(0, DOCUMENTS_AT_ONCE);
        for (const [, name] of changed) await this.#look(name);
        const due = this.#takeDue();
        if (due.length > 0) await this.#run(due);
        if (changed.length === 0 && due.length === 0) break;
      }
      this.#sleep();
      return true;
    } catch (error) {
      logger.error({ error: String(error) }, 'schedules can not be run');
      this.#sleep(AGAIN_MS);
      return false;
    }
  }

  #sleep(delayMs?: number): void {
    this.#timer?.cancel();
    const earliestMs = this.#earliest()?.runMs;
    if (!this.#isOpen || (delayMs === undefined && earliestMs === undefined)) return;
    const { clock } = this.#dependencies;
    const untilDueMs = Math.min(SLEEP_MS_MAX, Math.max(0, (earliestMs ?? 0) - clock.now()));
    this.#timer = clock.setTimeout(() => void this.#work(), delayMs ?? untilDueMs);
  }

  #earliest(): Planned | undefined {
    for (;;) {
      const { earliest } = this.#heap;
      if (!earliest || this.#counts(earliest)) return earliest;
      this.#heap.take();
    }
  }

  #counts(planned: Planned): boolean {
    return this.#planned.get(scheduleArn(planned.name)) === planned;
  }

  #takeDue(): ScheduleName[] {
    const nowMs = this.#dependencies.clock.now();
    const due: ScheduleName[] = [];
    for (let next = this.#earliest(); next && next.runMs <= nowMs && due.length < RUNS_AT_ONCE; next = this.#earliest()) {
      this.#heap.take();
      this.#planned.delete(scheduleArn(next.name));
      due.push(next.name);
    }
    return due;
  }

  async #look(name: ScheduleName): Promise<void> {
    const { store, notes, clock } = this.#dependencies;
    const arn = scheduleArn(name);
    // Before it is read, for it may change again meanwhile.
    this.#changed.delete(arn);
    try {
      const found = await store.get<ScheduleRecord>(scheduleKey(name));
      const run = found && (await store.get<RunRecord>(runKey(name)));
      this.#planned.delete(arn);
      if (found) this.#plan(name, found.body, run?.body);
      const planned = this.#planned.get(arn);
      if (!planned || planned.runMs > clock.now()) notes.release(arn);
    } catch (error) {
      this.#changed.set(arn, name);
      throw error;
    }
  }

  /** Notes when the schedule has to be looked at next; one that has nothing to run any more and is to be deleted, now. */
  #plan(name: ScheduleName, record: ScheduleRecord, run: RunRecord | undefined): void {
    const next = this.#occurrencesOf(name, record)?.next(ranMsOf(record, run));
    const isOver = record.enabled && record.deletedAfterCompletion && !next;
    this.#wait(name, next?.runMs ?? (isOver ? this.#dependencies.clock.now() : undefined));
  }

  #wait(name: ScheduleName, runMs: number | undefined): void {
    if (runMs === undefined) return;
    const planned = { name, runMs };
    this.#planned.set(scheduleArn(name), planned);
    this.#heap.add(planned);
    if (this.#heap.size > 2 * this.#planned.size + STALE_MAX) this.#heap.keep((one) => this.#counts(one));
  }

  async #run(names: readonly ScheduleName[]): Promise<void> {
    const { queue, notes } = this.#dependencies;
    try {
      const read = await Promise.all(names.map((name) => this.#read(name)));
      const runs = read.filter((run) => run !== undefined);
      const events = runs.flatMap((run) => run.events);
      const write = async (): Promise<void> => {
        if (events.length > 0) await queue.enqueue(events);
        // Of one turn, so that they share a sync; each for itself, so that one that was changed meanwhile harms no other.
        await Promise.all(runs.map((run) => this.#note(run)));
      };
      await notes.hold(
        runs.map((run) => ({ scheduleArn: scheduleArn(run.name), ids: run.events.map(({ id }) => id) })),
        write,
      );
      for (const { name, occurrences } of runs) this.#wait(name, occurrences.next?.runMs);
    } catch (error) {
      for (const name of names) this.#changed.set(scheduleArn(name), name);
      throw error;
    }
  }

  async #read(name: ScheduleName): Promise<Run | undefined> {
    const { store, clock, logger } = this.#dependencies;
    const [document, run] = await Promise.all([store.get<ScheduleRecord>(scheduleKey(name)), store.get<RunRecord>(runKey(name))]);
    if (!document) return undefined;
    const { body: record } = document;
    const nowMs = clock.now();
    const occurrences = this.#occurrencesOf(name, record)?.dueAt(ranMsOf(record, run?.body), nowMs);
    if (!occurrences) return undefined;
    const events = occurrences.due.map((occurrence) => runEvent(name, record, occurrence, nowMs));
    const late = occurrences.missed && missedRun(name, record, occurrences.missed, nowMs, logger);
    return { name, document, occurrences, events: late ? [late, ...events] : events };
  }

  async #note({ name, document: { key, revision, body }, occurrences }: Run): Promise<void> {
    const { store } = this.#dependencies;
    const noted = { put: runKey(name), body: { uid: body.uid, ranMs: occurrences.ranMs } satisfies RunRecord };
    if (occurrences.next || !body.deletedAfterCompletion) {
      await store.commit([noted]);
      return;
    }
    try {
      await store.commit([{ remove: key, expect: revision }, { remove: runKey(name) }]);
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      // Changed at this moment: what was run is noted, and the rest is seen when it is looked at.
      await store.commit([noted]);
    }
  }

  #occurrencesOf(name: ScheduleName, record: ScheduleRecord): ScheduleOccurrences | undefined {
    if (!record.enabled) return undefined;
    try {
      return new ScheduleOccurrences(record);
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      // Schedules are checked when they are put; this one was taken by another version of the program.
      this.#dependencies.logger.error({ scheduleArn: scheduleArn(name), error: error.message }, 'a schedule can not be read');
      return undefined;
    }
  }
}

/** Until when everything of the schedule is done. */
function ranMsOf({ uid, passedMs }: ScheduleRecord, run: RunRecord | undefined): number {
  return run?.uid === uid ? Math.max(passedMs, run.ranMs) : passedMs;
}
