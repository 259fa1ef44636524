import type {
  DeleteProvisionedConcurrencyConfigRequest,
  GetProvisionedConcurrencyConfigRequest,
  ListProvisionedConcurrencyConfigsRequest,
} from '@aws-sdk/client-lambda';
import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ProvisionedConcurrencyDocument } from '../../concurrency-budget.ts';
import type { ControlContext } from '../../control-context.ts';
import { LATEST } from '../../documents.ts';
import { commitOptimistically, getFunction } from '../../function-store.ts';
import { listPage } from '../../paging.ts';
import { invalid } from '../../settings/invalid.ts';
import { findProvisionedScope, getProvisionedScope, provisionedAnswer } from './provisioned-scope.ts';

const PAGE_MAX = 50;

/** What is provisioned for a version or an alias. */
export async function getProvisionedConcurrencyConfig(
  control: ControlContext,
  input: GetProvisionedConcurrencyConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = publishedName(input, context);
  const scope = await getProvisionedScope(control, context, functionName, qualifier);
  if (!scope.config) {
    throw lambdaError(
      'ProvisionedConcurrencyConfigNotFoundException',
      'No Provisioned Concurrency Config found for this function',
    );
  }
  return { output: provisionedAnswer(control, scope.config.body, scope) };
}

/** What is provisioned for all versions and aliases of a function. */
export async function listProvisionedConcurrencyConfigs(
  control: ControlContext,
  input: ListProvisionedConcurrencyConfigsRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  await getFunction(control.store, context, functionName);
  const prefix = `${functionName}/`;
  const { items, NextMarker } = await listPage<ProvisionedConcurrencyDocument>(
    control.store,
    context,
    { kind: 'provisioned-concurrency', prefix },
    input,
    PAGE_MAX,
  );
  const answers = await Promise.all(
    items.map(async ({ key, body }) => {
      const qualifier = key.id.slice(prefix.length);
      const scope = await findProvisionedScope(control, context, functionName, qualifier);
      const FunctionArn = functionArn(context, functionName, qualifier);
      // What was deleted since the list was read is left out.
      return scope ? [{ FunctionArn, ...provisionedAnswer(control, body, scope) }] : [];
    }),
  );
  return { output: { ProvisionedConcurrencyConfigs: answers.flat(), NextMarker } };
}

/** Gives provisioned concurrency back; none is no error. */
export async function deleteProvisionedConcurrencyConfig(
  control: ControlContext,
  input: DeleteProvisionedConcurrencyConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = publishedName(input, context);
  await commitOptimistically(control.store, async () => {
    const { config } = await getProvisionedScope(control, context, functionName, qualifier);
    return { changes: config ? [{ remove: config.key, expect: config.revision }] : [], result: undefined };
  });
  return { output: {} };
}

function publishedName(
  input: GetProvisionedConcurrencyConfigRequest,
  context: RequestContext,
): { functionName: string; qualifier: string } {
  const { functionName, qualifier = '' } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  if (qualifier === LATEST) throw invalid('The function resource provided must be an alias or a published version.');
  return { functionName, qualifier };
}
