import { retryDelaysOf, type RetryPolicy } from '../delivery-policy.ts';

const IMMEDIATE = 3;
const PRE_BACKOFF = 2;
const BACKOFF = 10;
const POST_BACKOFF = 100_000;
const LONGEST_MS = 20_000;
const SHORTEST_MS = 1_000;
/** Share of a delay that chance may add, so that what failed together is not tried together. */
const JITTER = 0.1;

/**
 * Pause before the next attempt at a function or a queue after `failures` attempts failed; undefined when it is given up.
 * Source: SNS developer guide, "Amazon SNS message delivery retries": 3 at once, 2 after a second, 10 growing from 1 to 20
 * seconds, 100,000 every 20 seconds.
 */
export function managedDelayMs(failures: number, random: number): number | undefined {
  if (failures <= IMMEDIATE) return 0;
  const jitter = 1 + JITTER * random;
  const backoff = failures - IMMEDIATE - PRE_BACKOFF;
  if (backoff <= 0) return SHORTEST_MS * jitter;
  if (backoff <= BACKOFF) return SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** ((backoff - 1) / (BACKOFF - 1)) * jitter;
  return backoff <= BACKOFF + POST_BACKOFF ? LONGEST_MS * jitter : undefined;
}

/** The same for an endpoint over HTTP, by its delivery policy. */
export function httpDelayMs(policy: RetryPolicy, failures: number, random: number): number | undefined {
  const seconds = retryDelaysOf(policy)[failures - 1];
  return seconds === undefined ? undefined : seconds * 1_000 * (1 + JITTER * random);
}
