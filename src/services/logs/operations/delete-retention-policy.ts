import { groupNotFound } from '../log-errors.ts';
import { GROUP_NAME, requiredText } from '../members.ts';
import type { LogsOperation } from '../operation.ts';

/** DeleteRetentionPolicy: events stay until they are removed for want of room. */
export const deleteRetentionPolicy: LogsOperation = async ({ store }, input, context) => {
  const name = requiredText(input, 'logGroupName', GROUP_NAME);
  if (!(await store.changeGroup(context, name, ({ retentionInDays: _, ...kept }) => kept))) throw groupNotFound();
  return {};
};
