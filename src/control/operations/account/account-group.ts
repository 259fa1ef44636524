import type { OperationGroup } from '../operation-group.ts';
import { getAccountSettings } from './get-account-settings.ts';

/** The account's limits and usage. */
export const ACCOUNT: OperationGroup = {
  title: 'Account',
  operations: { GetAccountSettings: { run: getAccountSettings, state: 'done', members: {} } },
};
