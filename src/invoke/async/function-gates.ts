import type { FunctionReference } from '../../ports/function-directory.ts';
import { backoffMs } from './retry-rules.ts';

/** Longest that an event is put off behind others of its function. */
const QUEUEING_MS_MAX = 300_000;
/** What a run is taken to last before one was measured. */
const RUN_MS_FIRST = 100;
/** Mean duration from which a function's runs are bounded to a share; shorter ones give their places back soon enough. */
const SLOW_RUN_MS = 250;
/** Share of the places that the other functions leave. */
const SHARE = 0.75;
/** A function that got this far without a throttle is no longer held back. */
const RUNNING_UNBOUNDED = 256;
/** Gates kept; past it those of functions that have nothing running are forgotten, which only costs new probing. */
const GATES_MAX = 4_096;

interface Gate {
  running: number;
  /** Runs at the same time that went through before the last throttle. */
  runningMax: number;
  /** Throttles in a row. */
  throttles: number;
  closedUntilMs: number;
  /** Runs that went through since the bound was last changed. */
  completed: number;
  /** Mean duration of runs, smoothed. */
  runMs: number;
  /** Until when events were put off. */
  lastTurnMs: number;
}

/**
 * Holds back the events of functions that throttle, so that a backlog is not tried one event after the other. A
 * throttle closes the function's gate for a while, longer each time in a row, and from then on lets as many run at a
 * time as did; each time that many went through, one more is tried. Events held back are given turns in the rhythm of
 * the function's own runs. A function with slow runs gets three quarters of the places that others leave it, so that
 * its backlog, which is older, does not keep others waiting until it is through.
 */
export class FunctionGates {
  readonly #gates = new Map<string, Gate>();
  readonly #random: () => number;
  readonly #placesMax: number;
  #running = 0;

  constructor(placesMax: number, random: () => number) {
    this.#placesMax = placesMax;
    this.#random = random;
  }

  /** When the event may be tried instead of now, epoch ms; undefined when it has been let in. {@link FunctionGates.leave} must follow. */
  enter(reference: FunctionReference, nowMs: number): number | undefined {
    const key = keyOf(reference);
    const gate = this.#gates.get(key) ?? this.#add(key);
    const runningMax = Math.min(gate.runningMax, this.#share(gate));
    if (nowMs >= gate.closedUntilMs && gate.running < runningMax) {
      gate.running += 1;
      this.#running += 1;
      return undefined;
    }
    const turnMs = Math.max(gate.closedUntilMs, gate.lastTurnMs, nowMs) + Math.max(1, gate.runMs / runningMax);
    const latestMs = nowMs + QUEUEING_MS_MAX;
    if (turnMs > latestMs) return Math.round(latestMs - (this.#random() * QUEUEING_MS_MAX) / 2);
    gate.lastTurnMs = turnMs;
    return Math.ceil(turnMs);
  }

  /** Notes how a run that was let in ended. */
  leave(reference: FunctionReference, throttled: boolean, nowMs: number, runMs: number): void {
    const key = keyOf(reference);
    const gate = this.#gates.get(key);
    if (gate === undefined) return;
    gate.running -= 1;
    this.#running -= 1;
    if (throttled) {
      gate.runningMax = Math.max(1, gate.running);
      gate.completed = 0;
      // Runs that were let in together are throttled together: that is one throttle, not many in a row.
      if (nowMs < gate.closedUntilMs) return;
      gate.closedUntilMs = nowMs + backoffMs(gate.throttles, this.#random());
      gate.throttles += 1;
      return;
    }
    gate.throttles = 0;
    gate.runMs += (runMs - gate.runMs) / 8;
    gate.completed += 1;
    if (gate.completed >= gate.runningMax) {
      gate.completed = 0;
      gate.runningMax = gate.runningMax < RUNNING_UNBOUNDED ? gate.runningMax + 1 : Infinity;
    }
    if (gate.running === 0 && gate.runningMax === Infinity && gate.runMs < SLOW_RUN_MS) this.#gates.delete(key);
  }

  #share(gate: Gate): number {
    if (gate.runMs < SLOW_RUN_MS) return Infinity;
    const left = this.#placesMax - (this.#running - gate.running);
    return Math.max(1, Math.floor(left * SHARE));
  }

  #add(key: string): Gate {
    if (this.#gates.size >= GATES_MAX)
      for (const [other, { running }] of this.#gates) if (running === 0) this.#gates.delete(other);
    const gate: Gate = {
      running: 0,
      runningMax: Infinity,
      throttles: 0,
      closedUntilMs: 0,
      completed: 0,
      runMs: RUN_MS_FIRST,
      lastTurnMs: 0,
    };
    this.#gates.set(key, gate);
    return gate;
  }
}

function keyOf({ account, region, functionName }: FunctionReference): string {
  return `${account}:${region}:${functionName}`;
}
