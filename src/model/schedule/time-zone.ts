import { ScheduleError } from './schedule-error.ts';

const DAY_MS = 86_400_000;
/** Since then clocks are set at whole minutes only. Source: the IANA database. */
const MINUTES_FROM_MS = Date.UTC(1980, 0, 1);
const MINUTE_MS = 60_000;
const OFFSETS_MAX = 256;

/** The times at which a clock shows a time: none while it is put forward, two while it is put back, else one. Ascending. */
export type ClockInstants = readonly number[];

/** A clock somewhere, by its name in the IANA database, as the JavaScript engine knows it. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;
  /** What the clock is ahead of UTC, by minute: many schedules ask for the same ones. */
  readonly #offsets = new Map<number, number>();

  /** Throws {@link ScheduleError} for names that are none; offsets are none. */
  constructor(name: string) {
    // Engines take offsets such as +01:00 too, AWS does not.
    if (!/^[A-Za-z][\w+/-]*$/.test(name)) throw unknownZone(name);
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        calendar: 'gregory',
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      throw unknownZone(name);
    }
  }

  /** What the clock shows at a time, written as if it showed UTC. Whole seconds. */
  clockAt(timeMs: number): number {
    const secondMs = Math.floor(timeMs / 1_000) * 1_000;
    if (timeMs < MINUTES_FROM_MS) return this.#read(secondMs);
    const minuteMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
    let offsetMs = this.#offsets.get(minuteMs);
    if (offsetMs === undefined) {
      if (this.#offsets.size >= OFFSETS_MAX) this.#offsets.clear();
      offsetMs = this.#read(minuteMs) - minuteMs;
      this.#offsets.set(minuteMs, offsetMs);
    }
    return secondMs + offsetMs;
  }

  /** When the clock shows what it shows at `clockMs`, which is written as if it showed UTC. */
  instantsOf(clockMs: number): ClockInstants {
    const offsets = this.#offsetsAround(clockMs);
    const instants = new Set(offsets.map((offsetMs) => clockMs - offsetMs).filter((timeMs) => this.clockAt(timeMs) === clockMs));
    return [...instants].toSorted((one, other) => one - other);
  }

  /** When a clock would show it that is not put forward at the time. */
  instantAsBefore(clockMs: number): number {
    const [before = 0] = this.#offsetsAround(clockMs);
    return clockMs - before;
  }

  #read(timeMs: number): number {
    const parts = new Map(this.#format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  }

  /** What the clock is ahead of UTC on the day before and the day after; it is set at most once between. */
  #offsetsAround(clockMs: number): readonly number[] {
    return [clockMs - DAY_MS, clockMs + DAY_MS].map((timeMs) => this.clockAt(timeMs) - timeMs);
  }
}

/** Zones made before. Names of one zone in other cases are zones of their own here, hence the bound. */
const zones = new Map<string, TimeZone>();
const ZONES_MAX = 1_024;

/** The zone of a name, made once: making one costs more than all else of a schedule. Throws {@link ScheduleError}. */
export function zoneNamed(name: string): TimeZone {
  const found = zones.get(name);
  if (found) return found;
  const zone = new TimeZone(name);
  if (zones.size >= ZONES_MAX) zones.clear();
  zones.set(name, zone);
  return zone;
}

function unknownZone(name: string): ScheduleError {
  return new ScheduleError(`Invalid ScheduleExpressionTimezone ${name}.`);
}
