import { FUNCTION_CASES } from './function-cases.ts';
import { LAYER_CASES } from './layer-cases.ts';
import { EVENT_INVOKE_CASES } from './event-invoke-cases.ts';
import { EVENT_SOURCE_MAPPING_CASES } from './event-source-mapping-cases.ts';
import { FUNCTION_URL_CASES } from './function-url-cases.ts';
import { PROVISIONED_CONCURRENCY_CASES } from './provisioned-concurrency-cases.ts';
import { RUNTIME_MANAGEMENT_CASES } from './runtime-management-cases.ts';
import { CODE_SIGNING_CASES } from './code-signing-cases.ts';
import { CAPACITY_PROVIDER_CASES } from './capacity-provider-cases.ts';
import { DURABLE_EXECUTION_CASES } from './durable-execution-cases.ts';
import { VERSION_CASES } from './version-cases.ts';
import { ALIAS_CASES } from './alias-cases.ts';
import { INVOKE_CASES } from './invoke-cases.ts';
import { POLICY_CASES } from './policy-cases.ts';
import { ACCOUNT_CASES } from './account-cases.ts';
import { TAG_CASES } from './tag-cases.ts';
import type { ConformanceCase } from './world.ts';

/** All cases of all operations. */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  ...FUNCTION_CASES,
  ...VERSION_CASES,
  ...ALIAS_CASES,
  ...INVOKE_CASES,
  ...POLICY_CASES,
  ...LAYER_CASES,
  ...EVENT_SOURCE_MAPPING_CASES,
  ...EVENT_INVOKE_CASES,
  ...PROVISIONED_CONCURRENCY_CASES,
  ...FUNCTION_URL_CASES,
  ...RUNTIME_MANAGEMENT_CASES,
  ...CODE_SIGNING_CASES,
  ...TAG_CASES,
  ...ACCOUNT_CASES,
  ...CAPACITY_PROVIDER_CASES,
  ...DURABLE_EXECUTION_CASES,
];
