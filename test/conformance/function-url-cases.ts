import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const FUNCTION_URL_CASES: readonly ConformanceCase[] = [];
