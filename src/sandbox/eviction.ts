/** What is known of an idle environment when room is needed. */
export interface EvictionCandidate {
  readonly idleSinceMs: number;
  readonly memoryBytes: number;
  readonly startCostMs: number;
}

/**
 * The candidate that is worth least: the one whose memory has lain idle longest in relation to what it would cost to
 * start it again (memory x idle time / start cost). A small environment that is dear to start outlives a large, cheap one.
 */
export function leastValuable<Candidate extends EvictionCandidate>(
  candidates: Iterable<Candidate>,
  nowMs: number,
): Candidate | undefined {
  let worst: Candidate | undefined;
  let worstScore = -1;
  for (const candidate of candidates) {
    const score = (candidate.memoryBytes * Math.max(1, nowMs - candidate.idleSinceMs)) / Math.max(1, candidate.startCostMs);
    if (score > worstScore) {
      worst = candidate;
      worstScore = score;
    }
  }
  return worst;
}
