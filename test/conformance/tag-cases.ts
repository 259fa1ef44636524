import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const TAG_CASES: readonly ConformanceCase[] = [];
