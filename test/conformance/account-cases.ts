import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const ACCOUNT_CASES: readonly ConformanceCase[] = [];
