import { required } from '../../../wire/query/members.ts';
import { TAG_KEYS, TAGS } from '../../iam/member-rules.ts';
import { checkPermissionPolicy } from '../../iam/permission-policy.ts';
import { checkedTags } from '../../iam/tags.ts';
import { accountRoot, callersSession, openSession } from '../sessions.ts';
import { stsOperation } from '../sts-context.ts';
import { stsError } from '../sts-errors.ts';

const NAME = {
  type: 'text',
  charactersMin: 2,
  charactersMax: 64,
  pattern: /^[\w+=,.@-]*$/,
  patternText: '[\\w+=,.@-]*',
} as const;
const ARN = { type: 'text', charactersMin: 20, charactersMax: 2_048 } as const;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[!-~]+$/;
const DURATION_SECONDS_DEFAULT = 3_600;
const CHAINED_SECONDS_MAX = 3_600;

const RULES = {
  RoleArn: required(ARN),
  RoleSessionName: required(NAME),
  DurationSeconds: { type: 'integer', lowest: 900, highest: 43_200 },
  Policy: {
    type: 'text',
    charactersMin: 1,
    charactersMax: 2_048,
    pattern: /^[\t\n\r\x20-\xff]+$/,
    patternText: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
  },
  PolicyArns: { type: 'list', countMax: 10, of: { type: 'structure', members: { arn: ARN } } },
  Tags: TAGS,
  TransitiveTagKeys: TAG_KEYS,
  ExternalId: {
    type: 'text',
    charactersMin: 2,
    charactersMax: 1_224,
    pattern: /^[\w+=,.@:/-]*$/,
    patternText: '[\\w+=,.@:\\/-]*',
  },
  SourceIdentity: NAME,
  SerialNumber: { type: 'text', charactersMin: 9, charactersMax: 256 },
  TokenCode: { type: 'text', charactersMin: 6, charactersMax: 6 },
} as const;

/**
 * AssumeRole. The role must exist; its trust policy is not asked yet, and session policies, tags and the external id
 * are kept for when policies are.
 */
export const assumeRole = stsOperation(RULES, async (sts, input, context) => {
  const { RoleArn: arn, RoleSessionName: name, DurationSeconds: seconds = DURATION_SECONDS_DEFAULT } = input;
  if (!ROLE_ARN.test(arn)) throw stsError('ValidationError', `${arn} is invalid`);
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined) {
    throw stsError(
      'AccessDenied',
      'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    );
  }
  const { Policy, PolicyArns, Tags, TransitiveTagKeys, ExternalId, SourceIdentity } = input;
  if (Policy !== undefined) checkPermissionPolicy(Policy, 'inline');
  checkedTags(Tags ?? []);
  const callers = await callersSession(sts, context);
  const role = await sts.findRole(arn);
  if (!role) {
    const caller = callers ?? accountRoot(context.account);
    throw stsError('AccessDenied', `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`);
  }
  if (callers?.isRole && seconds > CHAINED_SECONDS_MAX) {
    throw stsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  if (seconds > role.maxSessionSeconds) {
    throw stsError('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  const session = {
    account: role.account,
    arn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${name}`,
    userId: `${role.id}:${name}`,
    expiresMs: sts.clock.now() + seconds * 1_000,
    isRole: true,
    given: { Policy, PolicyArns, Tags, TransitiveTagKeys, ExternalId, SourceIdentity },
  };
  const Credentials = await openSession(sts, session);
  return { Credentials, AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn }, SourceIdentity };
});
