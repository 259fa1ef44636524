import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const ALIAS_CASES: readonly ConformanceCase[] = [];
