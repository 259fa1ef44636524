import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const POLICY_CASES: readonly ConformanceCase[] = [];
