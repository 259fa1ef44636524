import { lambdaError } from '../model/lambda-errors.ts';
import type { ResolvedFunction } from '../ports/function-directory.ts';
import type { InvokeRequest } from '../ports/invoker.ts';

/**
 * Throws InvalidParameterValueException when a call lacks the tenant that the function needs, or names one that it has no
 * use for. Source: Lambda's page on tenant isolation.
 */
export function checkTenant({ tenantId }: InvokeRequest, { isTenantIsolated }: ResolvedFunction): void {
  if (isTenantIsolated === (tenantId !== undefined)) return;
  throw lambdaError(
    'InvalidParameterValueException',
    isTenantIsolated
      ? 'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.'
      : 'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.',
  );
}
