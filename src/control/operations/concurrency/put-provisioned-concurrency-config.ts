import type { PutProvisionedConcurrencyConfigRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import { UNRESERVED_CONCURRENCY_MIN } from '../../../model/limits.ts';
import type { Change } from '../../../ports/metadata-store.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { concurrencyBudget, provisionedConcurrency, type ProvisionedConcurrencyDocument } from '../../concurrency-budget.ts';
import type { ControlContext } from '../../control-context.ts';
import { type AliasDocument, aliasKey, isVersionNumber, LATEST, scopedKey, write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';
import { getProvisionedScope, type ProvisionedScope, requestedAnswer, versionsOf } from './provisioned-scope.ts';

/** Provisions concurrency for a version or an alias; it is `IN_PROGRESS` in this answer, whatever comes of it. */
export async function putProvisionedConcurrencyConfig(
  control: ControlContext,
  input: PutProvisionedConcurrencyConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier = '' } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  if (qualifier === LATEST) throw unpublished();
  const requested = input.ProvisionedConcurrentExecutions ?? 0;
  const document = await commitOptimistically(control.store, async () => {
    const scope = await getProvisionedScope(control, context, functionName, qualifier);
    await checkOverlap(control, context, functionName, scope, qualifier);
    for (const { body } of scope.versions) checkProvisionable(body.configuration);
    const guards = await checkBudget(control, context, functionName, scope, requested);
    const body: ProvisionedConcurrencyDocument = { requested, lastModifiedMs: control.clock.now() };
    const key = scopedKey(context, 'provisioned-concurrency', functionName, qualifier);
    const touched = [scope.shared, ...(scope.alias ? [scope.alias] : [])];
    return {
      changes: [
        write(key, body, scope.config?.revision ?? 'absent'),
        ...touched.map((found) => write(found.key, found.body, found.revision)),
        ...guards,
      ],
      result: body,
    };
  });
  return { output: requestedAnswer(document) };
}

/** No version may have concurrency in its own name and by way of an alias. Throws ResourceConflictException. */
async function checkOverlap(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  scope: ProvisionedScope,
  qualifier: string,
): Promise<void> {
  const { account, region } = context;
  const prefix = `${functionName}/`;
  const limit = control.limits.concurrency;
  const found = await control.store.list({ account, region, kind: 'provisioned-concurrency', prefix, limit });
  const provisioned = found.map(({ key }) => key.id.slice(prefix.length));
  if (scope.alias && versionsOf(scope.alias.body).some((version) => provisioned.includes(version))) {
    throw lambdaError(
      'ResourceConflictException',
      "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    );
  }
  if (scope.alias) return;
  for (const name of provisioned.filter((other) => !isVersionNumber(other))) {
    const alias = await control.store.get<AliasDocument>(aliasKey(context, functionName, name));
    if (alias && versionsOf(alias.body).includes(qualifier))
      throw lambdaError('ResourceConflictException', 'Version is pointed by a Provisioned Concurrency alias');
  }
}

/** Source: Lambda's pages on what provisioned concurrency can not be combined with. */
function checkProvisionable(configuration: ProvisionedScope['versions'][number]['body']['configuration']): void {
  if (configuration.Version === LATEST) throw unpublished();
  if (configuration.SnapStart?.ApplyOn === 'PublishedVersions')
    throw invalid('Provisioned Concurrency is not supported for SnapStart enabled functions.');
  if (configuration.TenancyConfig)
    throw invalid('Provisioned Concurrency is not supported for functions with a tenancy configuration.');
  if (configuration.CapacityProviderConfig)
    throw invalid('Provisioned Concurrency is not supported for functions with a capacity provider configuration.');
}

/**
 * Throws InvalidParameterValueException when the function's reservation, or what the account has left, is too small.
 * Returns what must be written together with the decision.
 */
async function checkBudget(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  { shared, config }: ProvisionedScope,
  requested: number,
): Promise<Change[]> {
  const before = config?.body.requested ?? 0;
  const { reservedConcurrency } = shared.body;
  if (reservedConcurrency !== undefined) {
    const others = (await provisionedConcurrency(control, context, functionName)) - before;
    if (others + requested <= reservedConcurrency) return [];
    throw invalid('Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function');
  }
  const budget = await concurrencyBudget(control, context);
  const available = budget.unreserved + before;
  if (requested > available)
    throw untyped(`Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${available}].`);
  if (available - requested < UNRESERVED_CONCURRENCY_MIN)
    throw untyped(
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_CONCURRENCY_MIN}].`,
    );
  return [budget.guard];
}

function unpublished(): Error {
  return invalid('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');
}

/** These messages come without `Type`, as recorded. */
function untyped(message: string): Error {
  return lambdaError('InvalidParameterValueException', message, { typeMember: false });
}
