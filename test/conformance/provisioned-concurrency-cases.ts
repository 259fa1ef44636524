import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const PROVISIONED_CONCURRENCY_CASES: readonly ConformanceCase[] = [];
