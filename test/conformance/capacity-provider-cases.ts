import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const CAPACITY_PROVIDER_CASES: readonly ConformanceCase[] = [];
