import { CODE_SOURCE_CASES } from './functions/code-source-cases.ts';
import { CREATE_FUNCTION_CASES } from './functions/create-function-cases.ts';
import { CREATE_FUNCTION_RULE_CASES } from './functions/create-function-rule-cases.ts';
import { DELETE_FUNCTION_CASES } from './functions/delete-function-cases.ts';
import { READ_FUNCTION_CASES } from './functions/read-function-cases.ts';
import { UPDATE_CODE_CASES } from './functions/update-code-cases.ts';
import { UPDATE_CONFIGURATION_CASES } from './functions/update-configuration-cases.ts';
import type { ConformanceCase } from './world.ts';

/** Cases of functions: their code, their settings, their end. */
export const FUNCTION_CASES: readonly ConformanceCase[] = [
  ...CREATE_FUNCTION_CASES,
  ...CREATE_FUNCTION_RULE_CASES,
  ...CODE_SOURCE_CASES,
  ...UPDATE_CODE_CASES,
  ...UPDATE_CONFIGURATION_CASES,
  ...READ_FUNCTION_CASES,
  ...DELETE_FUNCTION_CASES,
];
