import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { PolicyDocument, PolicyStatement } from '../../documents.ts';
import { matchesWildcards } from '../../policy-evaluation.ts';
import { invalid } from '../../settings/invalid.ts';

/** Version of a document that names none. */
const DEFAULT_VERSION = '2008-10-17';
const VERSIONS: ReadonlySet<string> = new Set(['2012-10-17', DEFAULT_VERSION]);
/** Those that the evaluation of policies knows; see `invoke-permission.ts`. */
const OPERATORS: ReadonlySet<string> = new Set(['StringEquals', 'StringLike', 'ArnLike', 'ArnEquals', 'Bool']);
const DOCUMENT_MEMBERS: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);
const STATEMENT_MEMBERS: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/**
 * Reads a resource policy as a whole. Throws InvalidParameterValueException for a text that is no policy, and for
 * statements about other resources than the one that it is put on. Source: IAM's page on the grammar of policies.
 */
export function parsePolicy(text: string, resourceArn: string, context: RequestContext): PolicyDocument {
  const document = parse(text);
  const given = document['Statement'];
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const Version = document['Version'] ?? DEFAULT_VERSION;
  if (typeof Version !== 'string' || !VERSIONS.has(Version)) throw malformed('its Version is not known');
  if (list.length === 0) throw malformed('it has no statement');
  const unknown = Object.keys(document).find((name) => !DOCUMENT_MEMBERS.has(name));
  if (unknown !== undefined) throw malformed(`it can not hold ${unknown}`);
  const statements = list.map((statement) => parseStatement(statement, resourceArn, context));
  const named = statements.flatMap(({ Sid }) => (Sid === undefined ? [] : [Sid]));
  if (new Set(named).size < named.length) throw malformed('two statements have one Sid');
  return {
    statements,
    Version,
    ...(typeof document['Id'] === 'string' ? { Id: document['Id'] } : {}),
  };
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
  if (!isObject(value)) throw malformed('it is not an object');
  return value;
}

function parseStatement(value: unknown, resourceArn: string, context: RequestContext): PolicyStatement {
  if (!isObject(value)) throw malformed('a statement is not an object');
  const unknown = Object.keys(value).find((name) => !STATEMENT_MEMBERS.has(name));
  if (unknown !== undefined) throw malformed(`a statement can not hold ${unknown}`);
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = value;
  if (Sid !== undefined && (typeof Sid !== 'string' || !/^[a-zA-Z0-9-_]*$/.test(Sid))) throw malformed('a Sid is not valid');
  if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed('an Effect is neither Allow nor Deny');
  checkOne('Principal', Principal, NotPrincipal, isPrincipal);
  checkOne('Action', Action, NotAction, isAction);
  checkOne('Resource', Resource, NotResource, (value) => texts(value).length > 0);
  for (const arn of texts(Resource)) checkResource(arn, resourceArn, context);
  if (Condition !== undefined && !isCondition(Condition)) throw malformed('a Condition is not valid');
  const operator = Object.keys((Condition as object | undefined) ?? {}).find((name) => !OPERATORS.has(name));
  if (operator !== undefined)
    throw invalid(`lambkin does not support the condition operator ${operator} in resource policies yet.`);
  return value as unknown as PolicyStatement;
}

function checkOne(name: string, value: unknown, negated: unknown, isValid: (value: unknown) => boolean): void {
  if ((value === undefined) === (negated === undefined)) throw malformed(`a statement has either ${name} or Not${name}`);
  if (!isValid(value ?? negated)) throw malformed(`a ${name} is not valid`);
}

function isPrincipal(value: unknown): boolean {
  if (value === '*') return true;
  if (!isObject(value) || Object.keys(value).length === 0) return false;
  return Object.entries(value).every(
    ([kind, names]) => /^(AWS|Service|Federated|CanonicalUser)$/.test(kind) && texts(names).length > 0,
  );
}

function isAction(value: unknown): boolean {
  const actions = texts(value);
  return actions.length > 0 && actions.every((action) => action === '*' || /^lambda:[a-zA-Z*?]+$/i.test(action));
}

/** The resource is what the policy is put on, or more than it, or another part of the same function. */
function checkResource(arn: string, resourceArn: string, context: RequestContext): void {
  const { functionName } = parseFunctionName(resourceArn, undefined, context);
  const own = functionArn(context, functionName);
  if (matchesWildcards(arn, resourceArn) || arn === own || arn.startsWith(`${own}:`)) return;
  throw malformed(`the resource ${arn} is another one`);
}

function isCondition(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every(
      (keys) => isObject(keys) && Object.values(keys).every((wanted) => typeof wanted === 'boolean' || texts(wanted).length > 0),
    )
  );
}

/** A text or a list of texts as a list; empty for anything else. */
function texts(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every((item) => typeof item === 'string' && item !== '') ? (list as string[]) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(why: string): Error {
  return invalid(`The resource policy is malformed: ${why}.`);
}
