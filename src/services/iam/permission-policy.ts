import type { ServiceError } from '../../model/service-error.ts';
import { iamError } from './iam-errors.ts';
import { isCondition, parsePolicy, type PolicyShape, textsOf } from './policy-shape.ts';

type Statement = PolicyShape['statements'][number];

const VERSIONS = ['2012-10-17', '2008-10-17'];
const FIELDS = new Set(['Version', 'Id', 'Statement']);
/** Elements of a statement and what each must be. */
const ELEMENTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  Sid: (value) => typeof value === 'string',
  Effect: (value) => value === 'Allow' || value === 'Deny',
  Action: (value) => textsOf(value) !== undefined,
  NotAction: (value) => textsOf(value) !== undefined,
  Resource: (value) => textsOf(value) !== undefined,
  NotResource: (value) => textsOf(value) !== undefined,
  Condition: isCondition,
};

/**
 * Checks a policy that says what a role may do. Managed policies must be of the newer version, inline ones may be of
 * either. Throws MalformedPolicyDocument with IAM's texts. Source: IAM User Guide, grammar of the policy language.
 */
export function checkPermissionPolicy(document: string, kind: 'managed' | 'inline'): void {
  const policy = parsePolicy(document);
  if (policy?.statements.some((statement) => 'Principal' in statement || 'NotPrincipal' in statement))
    throw malformed('Policy document should not specify a principal.');
  if (!policy || !isWellFormed(policy)) throw malformed('Syntax errors in policy.');
  if (kind === 'managed' && policy.fields['Version'] !== VERSIONS[0])
    throw malformed('Policy document must be version 2012-10-17 or greater.');
  checkStatementIds(policy.statements);
  for (const statement of policy.statements) {
    const actions = textsOf(statement['Action'] ?? statement['NotAction']) ?? [];
    if (actions.length === 0) throw malformed('Policy statement must contain actions.');
    const resources = textsOf(statement['Resource'] ?? statement['NotResource']) ?? [];
    if (resources.length === 0) throw malformed('Policy statement must contain resources.');
    for (const resource of resources) checkResource(resource);
    for (const action of actions) checkAction(action);
  }
}

function isWellFormed({ fields, statements }: PolicyShape): boolean {
  const { Version: version, Id: id } = fields;
  return (
    Object.keys(fields).every((name) => FIELDS.has(name)) &&
    (version === undefined || VERSIONS.includes(version as string)) &&
    (id === undefined || typeof id === 'string') &&
    statements.length > 0 &&
    statements.every(isStatement)
  );
}

function isStatement(statement: Statement): boolean {
  return (
    'Effect' in statement &&
    !('Action' in statement && 'NotAction' in statement) &&
    !('Resource' in statement && 'NotResource' in statement) &&
    Object.entries(statement).every(([name, value]) => Object.hasOwn(ELEMENTS, name) && ELEMENTS[name]?.(value) === true)
  );
}

function checkStatementIds(statements: readonly Statement[]): void {
  const ids = statements.map((statement) => statement['Sid']).filter((id) => id !== undefined && id !== '') as string[];
  if (new Set(ids).size < ids.length) throw malformed('Statement IDs (SID) in a single policy must be unique.');
  if (ids.some((id) => !/^[0-9A-Za-z]*$/.test(id))) {
    throw malformed(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    );
  }
}

function checkAction(action: string): void {
  if (action === '*') return;
  const [vendor = '', name, ...more] = action.split(':');
  if (name === undefined) throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  if (more.length > 0) throw malformed('Actions/Condition can contain only one colon.');
  if (!/^[a-zA-Z0-9-.]+$/.test(vendor)) throw malformed(`Vendor ${shown(vendor)} is not valid`);
}

function checkResource(resource: string): void {
  if (resource === '*') return;
  const [prefix, partition = '', vendor = '', ...rest] = resource.split(':');
  if (prefix !== 'arn' || !resource.includes(':')) throw malformed(`Resource ${shown(resource)} must be in ARN format or "*".`);
  if (!/^aws(-[a-z-]+)?$/.test(partition)) {
    const given = [vendor, ...rest].join(':') || '*';
    const padding = ':*'.repeat(Math.max(0, 3 - rest.length));
    throw malformed(
      `Partition "${shown(partition)}" is not valid for resource "arn:${shown(partition)}:${shown(given)}${padding}".`,
    );
  }
  if (!/^[a-zA-Z0-9-]+$/.test(vendor)) throw malformed('Resource vendor must be fully qualified and cannot contain regexes.');
  if (rest.length < 3) throw malformed('The policy failed legacy parsing');
}

function shown(text: string): string {
  return text.slice(0, 600);
}

function malformed(message: string): ServiceError {
  return iamError('MalformedPolicyDocument', message);
}
