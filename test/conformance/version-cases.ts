import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const VERSION_CASES: readonly ConformanceCase[] = [];
