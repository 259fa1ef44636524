import { GROUP_NAME, integer, requiredText, STREAM_NAME, text } from '../members.ts';
import { existingGroup, type LogsOperation } from '../operation.ts';
import { decodeToken, encodeToken, isTuple } from '../paging.ts';

const PAGE_MAX = 50;

/** DescribeSubscriptionFilters, in the order of names. */
export const describeSubscriptionFilters: LogsOperation = async (service, input, context) => {
  requiredText(input, 'logGroupName', GROUP_NAME);
  const prefix = text(input, 'filterNamePrefix', STREAM_NAME) ?? '';
  const limit = integer(input, 'limit', 1, PAGE_MAX) ?? PAGE_MAX;
  const [after] = decodeToken(input, isTuple<[string]>('string')) ?? [''];
  await service.writer.drain();
  const group = await existingGroup(service, input, context);
  const filters = (group.settings.subscriptionFilters ?? [])
    .filter(({ filterName }) => filterName.startsWith(prefix) && filterName > after)
    .sort((left, right) => (left.filterName < right.filterName ? -1 : 1));
  const page = filters.slice(0, limit);
  const last = page.at(-1);
  return {
    subscriptionFilters: page.map(({ filterName, filterPattern, destinationArn, distribution, createdMs }) => ({
      filterName,
      logGroupName: group.name,
      filterPattern,
      destinationArn,
      distribution,
      applyOnTransformedLogs: false,
      creationTime: createdMs,
    })),
    ...(filters.length > limit && last ? { nextToken: encodeToken([last.filterName]) } : {}),
  };
};
