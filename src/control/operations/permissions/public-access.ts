import { lambdaError } from '../../../model/lambda-errors.ts';
import type { ControlContext } from '../../control-context.ts';
import type { PolicyStatement } from '../../documents.ts';

/** Keys that narrow down who calls, so that a statement with one is for somebody. Source: Lambda's page on blocking public access. */
const NARROWING_KEYS: ReadonlySet<string> = new Set([
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:principalorgid',
  'lambda:eventsourcetoken',
]);

/** Throws PublicPolicyException for a statement that lets everybody in, where the account's setting forbids that. */
export function checkPublicAccess(control: ControlContext, statements: readonly PolicyStatement[]): void {
  if (!control.blockPublicPolicies || !statements.some(isPublic)) return;
  throw lambdaError(
    'PublicPolicyException',
    'The resource policy would grant public access, which the setting blockPublicPolicies does not allow.',
  );
}

function isPublic({ Effect, Principal, NotPrincipal, Condition }: PolicyStatement): boolean {
  if (Effect !== 'Allow') return false;
  const names = typeof Principal === 'object' ? [Principal['AWS'] ?? []].flat() : [Principal];
  const isEverybody = names.includes('*') || NotPrincipal !== undefined;
  const keys = Object.values(Condition ?? {}).flatMap((conditions) => Object.keys(conditions));
  return isEverybody && !keys.some((key) => NARROWING_KEYS.has(key.toLowerCase()));
}
