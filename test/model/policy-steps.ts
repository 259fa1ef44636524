import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Members } from '../raw/raw-lambda.ts';
import { conflict, type Expected, type ExpectedError, invalid, notFound, outdated, type Plan, violation } from './expectation.ts';
import { OTHER_REVISION } from './function-steps.ts';
import { LATEST, type Model, type ModelFunction, type Policy, policyText, type Revision } from './model.ts';
import { type Qualification, qualification, type Reference, reference, type Target, targetOf } from './references.ts';

const STATEMENTS = ['first', 'second', 'third'] as const;
const POLICY_BYTES_MAX = 20_480;

/** What a principal becomes; undefined where it is none. */
const PRINCIPALS: readonly (readonly [string, '*' | Members | undefined])[] = [
  ['s3.amazonaws.com', { Service: 's3.amazonaws.com' }],
  ['logs.us-east-1.amazonaws.com', { Service: 'logs.us-east-1.amazonaws.com' }],
  ['123456789012', { AWS: 'arn:aws:iam::123456789012:root' }],
  ['arn:aws:iam::123456789012:user/me', { AWS: 'arn:aws:iam::123456789012:user/me' }],
  ['*', '*'],
  ['nobody', undefined],
];

/** Conditions of a permission as they are given, and as the statement has them. */
const CONDITIONS: readonly (readonly [Members, Members | undefined])[] = [
  [{}, undefined],
  [{ SourceArn: 'arn:aws:s3:::bucket' }, { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' } }],
  [
    { SourceArn: 'arn:aws:s3:::bucket', SourceAccount: '123456789012' },
    { StringEquals: { 'AWS:SourceAccount': '123456789012' }, ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' } },
  ],
  [
    { PrincipalOrgID: 'o-abcdefghij', FunctionUrlAuthType: 'AWS_IAM' },
    { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM', 'aws:PrincipalOrgID': 'o-abcdefghij' } },
  ],
  [{ InvokedViaFunctionUrl: true }, { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }],
  // Three of these are more than a policy may hold.
  [{ SourceArn: `arn:aws:s3:::${'b'.repeat(8_000)}` }, { ArnLike: { 'AWS:SourceArn': `arn:aws:s3:::${'b'.repeat(8_000)}` } }],
];

/** Steps about who may invoke. */
export type PolicyStep =
  | {
      readonly op: 'AddPermission';
      readonly of: Reference;
      readonly at: Qualification;
      readonly sid: number;
      readonly principal: number;
      readonly condition: number;
      readonly flaw: 'none' | 'action' | 'sid';
      readonly revision: 'none' | 'right' | 'wrong';
    }
  | {
      readonly op: 'RemovePermission';
      readonly of: Reference;
      readonly at: Qualification;
      readonly sid: number;
      readonly revision: 'none' | 'right' | 'wrong';
    }
  | { readonly op: 'GetPolicy'; readonly of: Reference; readonly at: Qualification };

/** Often the function itself, so that statements come together. */
const scoped = fc.oneof(fc.constant<Qualification>({ kind: 'none', index: 0, where: 'name' }), qualification);
const sid = fc.nat({ max: STATEMENTS.length - 1 });
const revision = fc.constantFrom('none' as const, 'none' as const, 'none' as const, 'right' as const, 'wrong' as const);

/** One of them, with its weight beside the other kinds. */
export const policySteps: readonly fc.WeightedArbitrary<PolicyStep>[] = [
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('AddPermission' as const),
      of: reference,
      at: scoped,
      sid,
      principal: fc.nat({ max: PRINCIPALS.length - 1 }),
      condition: fc.nat({ max: CONDITIONS.length - 1 }),
      flaw: fc.constantFrom(
        'none' as const,
        'none' as const,
        'none' as const,
        'none' as const,
        'none' as const,
        'action' as const,
        'sid' as const,
      ),
      revision,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('RemovePermission' as const), of: reference, at: scoped, sid, revision }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('GetPolicy' as const), of: reference, at: scoped }) },
];

/** What has a policy: the place that holds it, and the revision that stands for it. */
interface Scope {
  readonly holder: { policy: Policy | undefined };
  readonly revision: Revision;
  /** False while the revision may be another at any moment. */
  readonly isSettled: boolean;
}

/** What a step sends, and what must come of it. */
export function planPolicyStep(model: Model, step: PolicyStep): Plan {
  const target = targetOf(model, step.of, step.at);
  switch (step.op) {
    case 'AddPermission':
      return add(model, step, target);
    case 'RemovePermission':
      return remove(model, step, target);
    case 'GetPolicy':
      return read(model, step, target);
  }
}

function scopeOf(found: ModelFunction, qualifier: string | undefined): Scope | undefined {
  const alias = qualifier === undefined ? undefined : found.aliases.get(qualifier);
  if (alias) return { holder: alias, revision: alias.revision, isSettled: true };
  const version = qualifier === undefined ? found.latest : found.versions.get(qualifier);
  if (!version) return undefined;
  return { holder: qualifier === undefined ? found : version, revision: version.revision, isSettled: version.state === 'ready' };
}

function noScope(model: Model, step: PolicyStep, name: string, qualifier: string | undefined): ExpectedError {
  const arn = model.arn(name, qualifier);
  return notFound(step.at.kind === 'alias' ? `Cannot find alias arn: ${arn}` : `Function not found: ${arn}`);
}

function revisionOf(step: { readonly revision: 'none' | 'right' | 'wrong' }, scope: Scope | undefined): string | undefined {
  if (step.revision === 'wrong') return OTHER_REVISION;
  return step.revision === 'right' && scope?.isSettled ? scope.revision.known : undefined;
}

function add(model: Model, step: PolicyStep & { op: 'AddPermission' }, target: Target): Plan {
  const { name, qualifier, found, refusal } = target;
  const [principal, shown] = PRINCIPALS[step.principal] ?? ['', undefined];
  const [given, condition] = CONDITIONS[step.condition] ?? [{}, undefined];
  const scope = found && scopeOf(found, qualifier);
  const RevisionId = revisionOf(step, scope);
  const Sid = step.flaw === 'sid' ? 'a.b' : (STATEMENTS[step.sid] ?? '');
  const Action = step.flaw === 'action' ? 's3:GetObject' : 'lambda:InvokeFunction';
  const input = {
    ...target.input,
    StatementId: Sid,
    Action,
    Principal: principal,
    ...given,
    ...(RevisionId === undefined ? {} : { RevisionId }),
  };
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  const pattern = 'Member must satisfy regular expression pattern:';
  if (step.flaw === 'sid') return plan({ fails: [violation('statementId', Sid, `${pattern} ([a-zA-Z0-9-_]+)`)] });
  if (step.flaw === 'action')
    return plan({ fails: [violation('action', Action, `${pattern} (lambda:[*]|lambda:[a-zA-Z]+|[*])`)] });
  if (refusal) return plan({ fails: [refusal] });
  const onLatest = qualifier === LATEST ? [invalid('We currently do not support adding policies for $LATEST.')] : [];
  // Whether the ARN of a missing function is told with the qualifier is not known.
  const missing = notFound(new RegExp(`^Function not found: ${model.arn(name)}(:|$)`.replaceAll('$LATEST', '\\$LATEST')));
  if (!found) return plan({ fails: [...onLatest, missing, ...(scope ? [] : [noScope(model, step, name, qualifier)])] });
  if (onLatest.length > 0) return plan({ fails: onLatest });
  if (!scope) return plan({ fails: [noScope(model, step, name, qualifier)] });
  if (step.revision === 'wrong') return plan({ fails: [outdated('GetPolicy')] });
  const statement = {
    Sid,
    Effect: 'Allow',
    Principal: shown,
    Action,
    Resource: model.arn(name, qualifier),
    ...(condition ? { Condition: condition } : {}),
  };
  const statements = [...(scope.holder.policy?.statements ?? []), statement];
  const sizeBytes = Buffer.byteLength(policyText({ statements }));
  const errors = [
    ...(shown === undefined ? [invalid('The provided principal was invalid. Please check the principal and try again.')] : []),
    ...(statements.filter((one) => one['Sid'] === Sid).length > 1
      ? [
          conflict(
            `The statement id (${Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
          ),
        ]
      : []),
    ...(sizeBytes > POLICY_BYTES_MAX ? [tooLong(sizeBytes)] : []),
  ];
  if (errors.length > 0) return plan({ fails: errors });
  return plan({
    status: 201,
    take: (json) => {
      assert.deepEqual(json, { Statement: JSON.stringify(statement) });
      scope.holder.policy = { statements };
      scope.revision.change();
    },
  });
}

function tooLong(sizeBytes: number): ExpectedError {
  const message = `The final policy size (${sizeBytes}) is bigger than the limit (${POLICY_BYTES_MAX}).`;
  return { code: 'PolicyLengthExceededException', status: 400, message };
}

function remove(model: Model, step: PolicyStep & { op: 'RemovePermission' }, target: Target): Plan {
  const { name, qualifier, found, refusal } = target;
  const scope = found && scopeOf(found, qualifier);
  const RevisionId = revisionOf(step, scope);
  const Sid = STATEMENTS[step.sid] ?? '';
  const input = { ...target.input, StatementId: Sid, ...(RevisionId === undefined ? {} : { RevisionId }) };
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  if (refusal) return plan({ fails: [refusal] });
  if (!found) return plan({ fails: [notFound(new RegExp(`^No policy found for: ${model.arn(name)}(:|$)`))] });
  // Nothing can be added there, so nothing is there.
  if (qualifier === LATEST) return plan({ fails: [notFound(/./), invalid()] });
  if (!scope) return plan({ fails: step.at.kind === 'alias' ? [noScope(model, step, name, qualifier)] : [notFound(/./)] });
  const policy = scope.holder.policy;
  const none = policy ? [] : [notFound('No policy is associated with the given resource.')];
  if (step.revision === 'wrong') return plan({ fails: [...none, outdated('GetPolicy')] });
  if (!policy) return plan({ fails: none });
  const statements = policy.statements.filter((one) => one['Sid'] !== Sid);
  if (statements.length === policy.statements.length)
    return plan({ fails: [notFound(`Statement ${Sid} is not found in resource policy.`)] });
  return plan({
    status: 204,
    take: () => {
      scope.holder.policy = statements.length === 0 ? undefined : { statements };
      scope.revision.change();
    },
  });
}

function read(model: Model, step: PolicyStep & { op: 'GetPolicy' }, target: Target): Plan {
  const { qualifier, found, refusal } = target;
  const plan = (expected: Expected): Plan => ({ operation: step.op, input: target.input, expected });
  if (refusal) return plan({ fails: [refusal] });
  const scope = found && qualifier !== LATEST ? scopeOf(found, qualifier) : undefined;
  const policy = scope?.holder.policy;
  if (!scope || !policy) return plan({ fails: [notFound('The resource you requested does not exist.')] });
  return plan({
    status: 200,
    take: (json) => {
      const isUnderWay = !scope.isSettled && found?.version(qualifier)?.state !== 'ready';
      if (isUnderWay && scope.revision.known !== json['RevisionId']) found?.version(qualifier)?.becomeReady();
      scope.revision.check(json['RevisionId']);
      assert.deepEqual(json, { Policy: policyText(policy), RevisionId: json['RevisionId'] });
    },
  });
}
