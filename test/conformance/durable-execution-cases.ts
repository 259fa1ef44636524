import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const DURABLE_EXECUTION_CASES: readonly ConformanceCase[] = [];
