import { groupNotFound } from '../log-errors.ts';
import { GROUP_NAME, requiredText } from '../members.ts';
import type { LogsOperation } from '../operation.ts';

/** DeleteLogGroup, with all its streams. A function that goes on logging makes the group anew. */
export const deleteLogGroup: LogsOperation = async ({ store, writer }, input, context) => {
  const name = requiredText(input, 'logGroupName', GROUP_NAME);
  // What was logged before the call goes with the group, rather than making it anew.
  await writer.drain();
  if (!(await store.deleteGroup(context, name))) throw groupNotFound();
  return {};
};
