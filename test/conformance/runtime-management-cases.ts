import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const RUNTIME_MANAGEMENT_CASES: readonly ConformanceCase[] = [];
