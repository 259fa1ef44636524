/** A timer that was set; cancelling it twice, or after it fired, is harmless. */
export interface Timer {
  cancel(): void;
}

/** The only source of time in the project, so that a test can hold it still or move it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970-01-01T00:00:00Z. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start, with fractions; never goes back. Use it for durations. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`. The timer does not keep the process alive. */
  setTimeout(callback: () => void, delayMs: number): Timer;
}
