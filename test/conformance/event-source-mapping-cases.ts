import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const EVENT_SOURCE_MAPPING_CASES: readonly ConformanceCase[] = [];
