import { LAMBDA } from '../wire/generated/lambda.ts';
import { validateInput } from '../wire/rest-json/validation.ts';

/** Names that need no closer look, which are those of nearly every request. */
const PLAIN_NAME = /^[a-zA-Z0-9-_]{1,64}$/;

/** Throws ValidationException when the name, the qualifier or the tenant of an invoke operation is not of its form. */
export function checkInvokeShape(
  operation: 'Invoke' | 'InvokeAsync' | 'InvokeWithResponseStream',
  labels: Readonly<Record<string, string>>,
  query: URLSearchParams,
  tenantId?: string,
): void {
  const name = labels['FunctionName'] ?? '';
  const qualifier = operation !== 'InvokeAsync' ? (query.get('Qualifier') ?? undefined) : undefined;
  if (qualifier === undefined && tenantId === undefined && PLAIN_NAME.test(name)) return;
  const { FunctionName, Qualifier, TenantId } = LAMBDA.operations[operation]?.input ?? {};
  const members = {
    ...(FunctionName ? { FunctionName } : {}),
    ...(Qualifier ? { Qualifier } : {}),
    ...(TenantId ? { TenantId } : {}),
  };
  validateInput(LAMBDA, members, { FunctionName: name, Qualifier: qualifier, TenantId: tenantId });
}
