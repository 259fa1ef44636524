import { LAYER_LIST_CASES } from './layers/list-cases.ts';
import { LAYER_PERMISSION_CASES } from './layers/permission-cases.ts';
import { LAYER_VERSION_CASES } from './layers/publish-cases.ts';
import type { ConformanceCase } from './world.ts';

/** Cases of this kind of operation. */
export const LAYER_CASES: readonly ConformanceCase[] = [...LAYER_VERSION_CASES, ...LAYER_LIST_CASES, ...LAYER_PERMISSION_CASES];
