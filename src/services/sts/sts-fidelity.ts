import { stored } from '../../model/fidelity.ts';
import { built, refusedItself, refusedOperations, type ServiceFidelity } from '../../wire/fidelity/service-fidelity.ts';
import { STS_INPUTS } from '../../wire/generated/sts-inputs.ts';

const KEPT = 'it is kept with the session; nothing is allowed or refused by it yet';
const MFA = refusedItself('SerialNumber TokenCode', 'there are no MFA devices');
const TOKEN_SIZE = refusedItself('MinimumSessionTokenSize', 'tokens have one size');

/** What is done of STS, operation by operation and member by member. */
export const STS_FIDELITY: ServiceFidelity = {
  service: 'sts',
  title: 'STS',
  inputs: STS_INPUTS,
  operations: {
    AssumeRole: {
      ...built(
        'RoleArn RoleSessionName DurationSeconds',
        stored('PolicyArns Policy Tags TransitiveTagKeys ExternalId SourceIdentity', KEPT),
        MFA,
        refusedItself('ProvidedContexts', 'there are no context providers'),
        TOKEN_SIZE,
      ),
      note: "the role's trust policy is not asked yet",
    },
    GetAccessKeyInfo: built('AccessKeyId'),
    GetCallerIdentity: built(''),
    GetSessionToken: built('DurationSeconds', MFA, TOKEN_SIZE),
    ...refusedOperations(
      [
        'AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage GetDelegatedAccessToken',
        'GetFederationToken GetWebIdentityToken',
      ].join(' '),
      'there is no federation, and there are no organisations',
    ),
  },
  // All structures are inside of members that are not done.
  structures: {},
};
