import { groupNotFound, logError } from '../log-errors.ts';
import { GROUP_NAME, requiredText, STREAM_NAME } from '../members.ts';
import type { LogsOperation } from '../operation.ts';

/** DeleteSubscriptionFilter. Events that were taken before may still arrive. */
export const deleteSubscriptionFilter: LogsOperation = async ({ store }, input, context) => {
  const group = requiredText(input, 'logGroupName', GROUP_NAME);
  const name = requiredText(input, 'filterName', STREAM_NAME);
  const changed = await store.changeGroup(context, group, (settings) => {
    const present = settings.subscriptionFilters ?? [];
    const others = present.filter(({ filterName }) => filterName !== name);
    if (others.length === present.length) {
      throw logError('ResourceNotFoundException', 'The specified subscription filter does not exist.');
    }
    return { ...settings, subscriptionFilters: others };
  });
  if (!changed) throw groupNotFound();
  return {};
};
