import type { ServiceError } from '../../model/service-error.ts';
import { iamError } from './iam-errors.ts';
import { isCondition, isRecord, parsePolicy, textsOf } from './policy-shape.ts';

const FIELDS = ['Version', 'Id', 'Statement'];
const ELEMENTS = ['Sid', 'Effect', 'Principal', 'Action', 'Condition'];
/** Elements of other policies. */
const PROHIBITED = ['Resource', 'NotResource', 'NotPrincipal'];
/** What names who may assume a role, by sort. AWS also looks whether accounts, users and roles exist; we can't. */
const PRINCIPALS: Readonly<Record<string, RegExp>> = {
  AWS: /^(?:\*|\d{12}|arn:aws[a-z-]*:(?:iam|sts)::(?:\d{12}|cloudfront):.+|A[A-Z]{3}[A-Z0-9]{12,})$/,
  Service: /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/,
  Federated: /^(?:\*|arn:aws[a-z-]*:iam::\d{12}:(?:saml|oidc)-provider\/.+|[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/.*)?)$/i,
};

/**
 * Checks a policy that says who may assume a role. Throws MalformedPolicyDocument with IAM's texts. Source: IAM User
 * Guide, trust policies and the grammar of the policy language.
 */
export function checkTrustPolicy(document: string): void {
  const policy = parsePolicy(document);
  if (!policy) throw malformed('This policy contains invalid Json');
  checkFields(policy.fields, FIELDS);
  const version = policy.fields['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17')
    throw malformed('The policy failed legacy parsing');
  if (policy.statements.length === 0) throw malformed('Missing required field Statement');
  for (const statement of policy.statements) checkStatement(statement);
}

function checkStatement(statement: Readonly<Record<string, unknown>>): void {
  for (const name of PROHIBITED) if (name in statement) throw malformed(`Has prohibited field ${name}`);
  if ('NotAction' in statement) throw malformed('AssumeRole policy may only specify STS AssumeRole actions.');
  checkFields(statement, ELEMENTS);
  for (const name of ['Effect', 'Principal', 'Action'])
    if (!(name in statement)) throw malformed(`Missing required field ${name}`);
  const { Sid: sid, Effect: effect, Principal: principal, Action: action, Condition: condition } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed(`Invalid effect: ${shown(effect)}`);
  if (sid !== undefined && typeof sid !== 'string') throw malformed('Syntax errors in policy.');
  if (condition !== undefined && !isCondition(condition)) throw malformed('Syntax errors in policy.');
  const actions = textsOf(action) ?? [];
  if (actions.length === 0) throw malformed('Missing required field Action');
  if (!actions.every((name) => /^sts:[\w*?]+$/i.test(name)))
    throw malformed('AssumeRole policy may only specify STS AssumeRole actions.');
  checkPrincipal(principal);
}

function checkPrincipal(principal: unknown): void {
  if (principal === '*') return;
  if (!isRecord(principal)) throw malformed(`Invalid principal in policy: ${shown(principal)}`);
  if (Object.keys(principal).length === 0) throw malformed('Missing required field Principal cannot be empty!');
  for (const [sort, value] of Object.entries(principal)) {
    const pattern = Object.hasOwn(PRINCIPALS, sort) ? PRINCIPALS[sort] : undefined;
    const names = textsOf(value);
    if (!pattern || !names || names.length === 0) throw invalidPrincipal(sort, value);
    for (const name of names) if (!pattern.test(name)) throw invalidPrincipal(sort, name);
  }
}

function checkFields(fields: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  for (const name of Object.keys(fields)) if (!known.includes(name)) throw malformed(`Unknown field ${name.slice(0, 128)}`);
}

function invalidPrincipal(sort: string, value: unknown): ServiceError {
  return malformed(`Invalid principal in policy: "${sort.slice(0, 128).toUpperCase()}":${shown(value)}`);
}

/** Only texts: writing out what is nested deeply would overflow the stack. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 600)) : `(${Array.isArray(value) ? 'list' : typeof value})`;
}

function malformed(message: string): ServiceError {
  return iamError('MalformedPolicyDocument', message);
}
