import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const CODE_SIGNING_CASES: readonly ConformanceCase[] = [];
