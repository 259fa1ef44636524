import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const INVOKE_CASES: readonly ConformanceCase[] = [];
