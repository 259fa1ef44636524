import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const LAYER_CASES: readonly ConformanceCase[] = [];
