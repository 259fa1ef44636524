import type { GetFunctionConcurrencyRequest, PutFunctionConcurrencyRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import { UNRESERVED_CONCURRENCY_MIN } from '../../../model/limits.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { concurrencyBudget, provisionedConcurrency } from '../../concurrency-budget.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { checkUnqualified, commitOptimistically, getFunction } from '../../function-store.ts';

/** Reserves concurrency for a function: its share, and its cap. */
export async function putFunctionConcurrency(
  control: ControlContext,
  input: PutFunctionConcurrencyRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const functionName = unqualifiedName(input.FunctionName ?? '', context);
  const reserved = input.ReservedConcurrentExecutions ?? 0;
  await commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName, '$LATEST');
    const budget = await concurrencyBudget(control, context);
    const provisioned = await provisionedConcurrency(control, context, functionName);
    const available = budget.unreserved + (shared.body.reservedConcurrency ?? provisioned);
    if (available - reserved < UNRESERVED_CONCURRENCY_MIN) {
      throw untyped(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_CONCURRENCY_MIN}].`,
      );
    }
    if (reserved < provisioned) {
      throw untyped(
        ` ReservedConcurrentExecutions  ${reserved} should not be lower than function's total provisioned concurrency [${provisioned}].`,
      );
    }
    return {
      changes: [write(shared.key, { ...shared.body, reservedConcurrency: reserved }, shared.revision), budget.guard],
      result: undefined,
    };
  });
  control.changed(context, functionName);
  return { output: { ReservedConcurrentExecutions: reserved } };
}

/** What is reserved; nothing when nothing is. */
export async function getFunctionConcurrency(
  control: ControlContext,
  input: GetFunctionConcurrencyRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const functionName = unqualifiedName(input.FunctionName ?? '', context);
  const { shared } = await getFunction(control.store, context, functionName);
  return { output: { ReservedConcurrentExecutions: shared.body.reservedConcurrency } };
}

/** Gives the reservation back. */
export async function deleteFunctionConcurrency(
  control: ControlContext,
  input: GetFunctionConcurrencyRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const functionName = unqualifiedName(input.FunctionName ?? '', context);
  await commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName);
    const { reservedConcurrency: _reserved, ...body } = shared.body;
    return { changes: [write(shared.key, body, shared.revision)], result: undefined };
  });
  control.changed(context, functionName);
  return { output: {} };
}

/** These messages come without `Type`, as recorded. */
function untyped(message: string): Error {
  return lambdaError('InvalidParameterValueException', message, { typeMember: false });
}

function unqualifiedName(text: string, context: RequestContext): string {
  const name = parseFunctionName(text, undefined, context);
  checkUnqualified(name);
  return name.functionName;
}
