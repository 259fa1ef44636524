import { iamOperation } from '../iam-context.ts';
import { iamError } from '../iam-errors.ts';
import { PAGE, ROLE_NAME, USER_NAME } from '../member-rules.ts';
import { existingRole } from '../roles.ts';

/** GetUser. There are no users but the account's root, who is whoever calls with a plain key. */
export const getUser = iamOperation({ UserName: USER_NAME }, async (_iam, { UserName }, { account }) => {
  if (UserName !== undefined) throw iamError('NoSuchEntity', `The user with name ${UserName} cannot be found.`);
  return { User: { UserId: account, Arn: `arn:aws:iam::${account}:root`, CreateDate: new Date(0) } };
});

/** ListAccountAliases: accounts have none. */
export const listAccountAliases = iamOperation(PAGE, async () => ({ AccountAliases: [], IsTruncated: false }));

/** ListInstanceProfilesForRole: there are no instance profiles, but tools ask before they delete a role. */
export const listInstanceProfilesForRole = iamOperation({ ...PAGE, RoleName: ROLE_NAME }, async (iam, input, { account }) => {
  await existingRole(iam, account, input.RoleName);
  return { InstanceProfiles: [], IsTruncated: false };
});
