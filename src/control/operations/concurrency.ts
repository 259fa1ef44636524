import type { GetFunctionConcurrencyRequest, PutFunctionConcurrencyRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../model/arn.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import { UNRESERVED_CONCURRENCY_MIN } from '../../model/limits.ts';
import type { OperationResult } from '../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { ControlContext } from '../control-context.ts';
import type { FunctionDocument, VersionDocument } from '../documents.ts';
import { commitOptimistically, getFunction } from '../function-store.ts';
import { invalid } from '../settings-checks.ts';

/** Functions looked at to sum up an account; a bound, not a limit of the API. */
const FUNCTIONS_MAX = 100_000;

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
    const others = (await reservedConcurrency(control, context)) - (shared.body.reservedConcurrency ?? 0);
    if (control.accountConcurrency - others - reserved < UNRESERVED_CONCURRENCY_MIN) {
      throw lambdaError(
        'InvalidParameterValueException',
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_CONCURRENCY_MIN}].`,
        { typeMember: false },
      );
    }
    return {
      changes: [{ put: shared.key, body: { ...shared.body, reservedConcurrency: reserved }, expect: shared.revision }],
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
    return { changes: [{ put: shared.key, body, expect: shared.revision }], result: undefined };
  });
  control.changed(context, functionName);
  return { output: {} };
}

/** Limits and true usage of the account in the region. */
export async function getAccountSettings(
  control: ControlContext,
  _input: unknown,
  context: RequestContext,
): Promise<OperationResult> {
  const { account, region } = context;
  const versions = await control.store.list<VersionDocument>({ account, region, kind: 'function-version', limit: FUNCTIONS_MAX });
  const functions = await control.store.list({ account, region, kind: 'function', limit: FUNCTIONS_MAX });
  const reserved = await reservedConcurrency(control, context);
  return {
    output: {
      AccountLimit: {
        TotalCodeSize: 80_530_636_800,
        CodeSizeUnzipped: 262_144_000,
        CodeSizeZipped: 52_428_800,
        ConcurrentExecutions: control.accountConcurrency,
        UnreservedConcurrentExecutions: control.accountConcurrency - reserved,
      },
      AccountUsage: {
        TotalCodeSize: versions.reduce((sum, { body }) => sum + (body.configuration.CodeSize ?? 0), 0),
        FunctionCount: functions.length,
      },
    },
  };
}

async function reservedConcurrency(control: ControlContext, { account, region }: RequestContext): Promise<number> {
  const functions = await control.store.list<FunctionDocument>({ account, region, kind: 'function', limit: FUNCTIONS_MAX });
  return functions.reduce((sum, { body }) => sum + (body.reservedConcurrency ?? 0), 0);
}

function unqualifiedName(text: string, context: RequestContext): string {
  const { functionName, qualifier } = parseFunctionName(text, undefined, context);
  if (qualifier !== undefined) {
    throw invalid(
      'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
    );
  }
  return functionName;
}
