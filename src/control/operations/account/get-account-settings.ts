import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import { UNZIPPED_CODE_BYTES_MAX, ZIPPED_CODE_BYTES_MAX } from '../../../model/limits.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { storedCodeBytes } from '../../code-intake.ts';
import { concurrencyBudget } from '../../concurrency-budget.ts';
import type { ControlContext } from '../../control-context.ts';

/** Limits and true usage of the account in the region. */
export async function getAccountSettings(
  control: ControlContext,
  _input: unknown,
  context: RequestContext,
): Promise<OperationResult> {
  const { account, region } = context;
  const functions = await control.store.totals({ account, region, kind: 'function' });
  const budget = await concurrencyBudget(control, context);
  return {
    output: {
      AccountLimit: {
        TotalCodeSize: control.limits.codeStorageBytes,
        CodeSizeUnzipped: UNZIPPED_CODE_BYTES_MAX,
        CodeSizeZipped: ZIPPED_CODE_BYTES_MAX,
        ConcurrentExecutions: control.limits.concurrency,
        UnreservedConcurrentExecutions: budget.unreserved,
      },
      AccountUsage: { TotalCodeSize: await storedCodeBytes(control, context), FunctionCount: functions.documents },
    },
  };
}
