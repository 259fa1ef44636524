import { accountOfAccessKeyId } from '../../../model/access-key.ts';
import { required } from '../../../wire/query/members.ts';
import { callersIdentity } from '../sessions.ts';
import { stsOperation } from '../sts-context.ts';

/** GetCallerIdentity. */
export const getCallerIdentity = stsOperation({}, async (sts, _input, context) => {
  const { userId, account, arn } = await callersIdentity(sts, context);
  return { UserId: userId, Account: account, Arn: arn };
});

/** GetAccessKeyInfo: the account that a key would act in. */
export const getAccessKeyInfo = stsOperation(
  {
    AccessKeyId: required({ type: 'text', charactersMin: 16, charactersMax: 128, pattern: /^\w*$/, patternText: '[\\w]*' }),
  },
  async (sts, { AccessKeyId }) => ({ Account: accountOfAccessKeyId(AccessKeyId) ?? sts.defaultAccount }),
);
