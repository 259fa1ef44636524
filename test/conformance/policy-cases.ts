import { RESOURCE_POLICY_CASES } from './policies/resource-policy-cases.ts';
import { PERMISSION_CASES } from './policies/permission-cases.ts';
import type { ConformanceCase } from './world.ts';

/** Cases of resource policies, statement by statement and as a whole. */
export const POLICY_CASES: readonly ConformanceCase[] = [...PERMISSION_CASES, ...RESOURCE_POLICY_CASES];
