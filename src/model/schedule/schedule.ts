import { nextOnClock } from './cron.ts';
import type { ScheduleExpression } from './schedule-expression.ts';
import { type TimeZone, zoneNamed } from './time-zone.ts';

/** When something is due, again and again or once. */
export interface Schedule {
  /** The first time after `afterMs`; undefined when none comes until the end of 2199. */
  nextOccurrence(afterMs: number): number | undefined;
}

/** What a schedule hangs on besides its expression. */
export interface ScheduleSetting {
  /** Where rates count from: `startMs` and whole periods after it. */
  readonly startMs: number;
  /** IANA name of the zone whose clock counts for cron and at. UTC when left out. */
  readonly timeZone?: string;
}

const END_MS = Date.UTC(2200, 0, 1);
const MINUTE_MS = 60_000;

/**
 * The times that an expression means. Times that a clock skips when it is put forward are left out; those that it shows twice
 * when it is put back count once, the first time. Days of rates have 24 hours. Throws ScheduleError for a time zone that is
 * none. Source: EventBridge Scheduler's page on schedule types, "Daylight savings time".
 */
export function scheduleOf(expression: ScheduleExpression, { startMs, timeZone }: ScheduleSetting): Schedule {
  const zone = timeZone === undefined || timeZone === 'UTC' ? undefined : zoneNamed(timeZone);
  const next = nextOf(expression, startMs, zone);
  return {
    nextOccurrence: (afterMs) => {
      const timeMs = next(afterMs);
      return timeMs !== undefined && timeMs < END_MS ? timeMs : undefined;
    },
  };
}

function nextOf(
  expression: ScheduleExpression,
  startMs: number,
  zone: TimeZone | undefined,
): (afterMs: number) => number | undefined {
  switch (expression.kind) {
    case 'rate': {
      const { periodMs } = expression;
      return (afterMs) => startMs + Math.max(0, Math.floor((afterMs - startMs) / periodMs) + 1) * periodMs;
    }
    case 'at': {
      const { clockMs } = expression;
      // A time that the clock skips would never come; Java's clocks, and so AWS's, take the one as far after the gap.
      const timeMs = zone ? (zone.instantsOf(clockMs)[0] ?? zone.instantAsBefore(clockMs)) : clockMs;
      return (afterMs) => (timeMs > afterMs ? timeMs : undefined);
    }
    case 'cron': {
      const { cron } = expression;
      return (afterMs) => {
        const afterClockMs = zone ? zone.clockAt(afterMs) : afterMs;
        let fromMs = (Math.floor(afterClockMs / MINUTE_MS) + 1) * MINUTE_MS;
        for (;;) {
          const clockMs = nextOnClock(cron, fromMs);
          if (clockMs === undefined) return undefined;
          const timeMs = zone ? zone.instantsOf(clockMs)[0] : clockMs;
          if (timeMs !== undefined && timeMs > afterMs) return timeMs;
          fromMs = clockMs + MINUTE_MS;
        }
      };
    }
  }
}
