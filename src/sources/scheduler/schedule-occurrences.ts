import { createHash } from 'node:crypto';
import { type Schedule, scheduleOf } from '../../model/schedule/schedule.ts';
import { parseSchedulerSchedule } from '../../model/schedule/schedule-expression.ts';
import type { ScheduleRecord } from './schedule-records.ts';

/** One time that a schedule means, and when it is run: in its flexible window, else at that time. Epoch ms. */
export interface Occurrence {
  readonly dueMs: number;
  readonly runMs: number;
}

/** What is to be done of a schedule at a time. */
export interface DueOccurrences {
  /** To be run now, in their order. */
  readonly due: readonly Occurrence[];
  /** The server was away when it should have run, and it was the last one; it comes before those that are due. */
  readonly missed?: Occurrence;
  /** The last occurrence that is run or passed over by this. */
  readonly ranMs: number;
  /** Undefined when none comes any more. */
  readonly next?: Occurrence;
}

const MINUTE_MS = 60_000;
/** A run that is not later than this is not missed. Source: EventBridge Scheduler's page on schedule types: 60 s precision. */
const LATE_MS_MAX = MINUTE_MS;

/** Told at a time, for each may have an input of 256 KiB. The next one is then due too. */
const DUE_AT_ONCE = 8;

/** The times of a schedule. */
export class ScheduleOccurrences {
  readonly #record: ScheduleRecord;
  readonly #schedule: Schedule;
  /** The dates and times are ignored for schedules that run once. Source: CreateSchedule, StartDate and EndDate. */
  readonly #firstMs: number;
  readonly #lastMs: number;
  readonly #windowMs: number;

  /** Throws ScheduleError for an expression or a zone that is none. */
  constructor(record: ScheduleRecord) {
    const { expression, timeZone, startMs, endMs, anchorMs, windowMinutes } = record;
    const parsed = parseSchedulerSchedule(expression);
    const isOnce = parsed.kind === 'at';
    this.#record = record;
    this.#schedule = scheduleOf(parsed, { startMs: startMs ?? anchorMs, timeZone });
    this.#firstMs = isOnce ? -Infinity : (startMs ?? -Infinity);
    this.#lastMs = isOnce ? Infinity : (endMs ?? Infinity);
    this.#windowMs = (windowMinutes ?? 0) * MINUTE_MS;
  }

  /** The first one after a time; undefined when there is none. */
  next(afterMs: number): Occurrence | undefined {
    const dueMs = this.#schedule.nextOccurrence(Math.max(afterMs, this.#firstMs - 1));
    if (dueMs === undefined || dueMs > this.#lastMs) return undefined;
    return { dueMs, runMs: dueMs + Math.floor(this.#chance(dueMs) * this.#windowMs) };
  }

  /**
   * What is to be done now, when everything until `ranMs` is done. Of what should have run while nobody looked only the last
   * one is told, and only if nothing is due that is in time. Since each occurrence is at least a minute after the one before
   * and no run is later than its window, running them in their order keeps every one in its window.
   */
  dueAt(ranMs: number, nowMs: number): DueOccurrences {
    const first = this.next(ranMs);
    if (!first || first.runMs > nowMs) return { due: [], ranMs, ...(first ? { next: first } : {}) };
    const inTimeFromMs = nowMs - this.#windowMs - LATE_MS_MAX;
    const missed = first.dueMs < inTimeFromMs ? this.#lastBefore(inTimeFromMs, first) : undefined;
    const due: Occurrence[] = [];
    let lastMs = missed?.dueMs ?? ranMs;
    let next = this.next(lastMs);
    while (next && next.runMs <= nowMs && due.length < DUE_AT_ONCE) {
      due.push(next);
      lastMs = next.dueMs;
      next = this.next(lastMs);
    }
    return { due, ranMs: lastMs, ...(missed && due.length === 0 ? { missed } : {}), ...(next ? { next } : {}) };
  }

  /** The last one before a time, when `known` is one: found by halving, for there may be a year of minutes between. */
  #lastBefore(beforeMs: number, known: Occurrence): Occurrence {
    let last = known;
    let fromMs = known.dueMs;
    let untilMs = beforeMs;
    while (untilMs - fromMs > MINUTE_MS) {
      const middleMs = Math.floor((fromMs + untilMs) / 2);
      const found = this.next(middleMs);
      if (found && found.dueMs < beforeMs) {
        last = found;
        fromMs = found.dueMs;
      } else untilMs = middleMs;
    }
    const found = this.next(last.dueMs);
    return found && found.dueMs < beforeMs ? found : last;
  }

  /** In [0, 1): random, and yet the same for the same occurrence, so that a restart does not move it. */
  #chance(dueMs: number): number {
    if (this.#windowMs === 0) return 0;
    return createHash('sha256').update(`${this.#record.uid}@${dueMs}`).digest().readUIntBE(0, 6) / 2 ** 48;
  }
}
