import { CREATE_FUNCTION_CASES } from './functions/create-function-cases.ts';
import { CREATE_FUNCTION_RULE_CASES } from './functions/create-function-rule-cases.ts';
import { CODE_SOURCE_CASES } from './functions/code-source-cases.ts';
import type { ConformanceCase } from './world.ts';

/** Cases of functions: their code, their settings, their end. */
export const FUNCTION_CASES: readonly ConformanceCase[] = [
  ...CREATE_FUNCTION_CASES,
  ...CREATE_FUNCTION_RULE_CASES,
  ...CODE_SOURCE_CASES,
];
