import { TokenBucket } from '../model/token-bucket.ts';
import type { Clock } from '../ports/clock.ts';

const WINDOW_SECONDS = 10;
/** Functions whose growth is remembered; beyond it those that have not grown for a while are forgotten. */
const FUNCTIONS_MAX = 10_000;

/**
 * How fast each function may grow: so many new environments in ten seconds, refilled all the time and not saved up beyond
 * that. Source: Lambda's page on scaling behaviour, with 1,000.
 */
export class ScalingRamp {
  readonly #clock: Clock;
  readonly #environmentsMax: number;
  readonly #functions = new Map<string, TokenBucket>();

  /** `environmentsMax` in ten seconds; 0 is no bound. */
  constructor(clock: Clock, environmentsMax: number) {
    this.#clock = clock;
    this.#environmentsMax = environmentsMax;
  }

  /** Whether the function may have one more environment now. */
  allows(functionArn: string): boolean {
    const bucket = this.#functions.get(functionArn);
    return bucket === undefined || bucket.has(this.#clock.monotonic(), this.#environmentsMax, this.#perSecond);
  }

  /** The function has one more environment. */
  grown(functionArn: string): void {
    if (this.#environmentsMax === 0) return;
    const nowMs = this.#clock.monotonic();
    let bucket = this.#functions.get(functionArn);
    if (!bucket) {
      if (this.#functions.size >= FUNCTIONS_MAX) this.#forgetFull(nowMs);
      bucket = new TokenBucket();
      this.#functions.set(functionArn, bucket);
    }
    bucket.take(nowMs, this.#environmentsMax, this.#perSecond);
  }

  get #perSecond(): number {
    return this.#environmentsMax / WINDOW_SECONDS;
  }

  #forgetFull(nowMs: number): void {
    for (const [arn, bucket] of this.#functions) if (bucket.isFull(nowMs, this.#perSecond)) this.#functions.delete(arn);
  }
}
