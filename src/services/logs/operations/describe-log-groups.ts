import { groupArn, groupNameOf } from '../log-arns.ts';
import { logError } from '../log-errors.ts';
import { GROUP_NAME, integer, refuse, text, texts } from '../members.ts';
import type { LogsOperation } from '../operation.ts';
import { decodeToken, encodeToken, isTuple } from '../paging.ts';
import type { LogGroup } from '../store/log-group.ts';

const PAGE_MAX = 50;

/** DescribeLogGroups, by prefix or pattern, in the order of names. */
export const describeLogGroups: LogsOperation = async ({ store, writer }, input, context) => {
  refuse(input, 'includeLinkedAccounts', 'accountIdentifiers');
  const prefix = text(input, 'logGroupNamePrefix', GROUP_NAME);
  const pattern = text(input, 'logGroupNamePattern', GROUP_NAME);
  if (prefix !== undefined && pattern !== undefined) {
    throw logError(
      'InvalidParameterException',
      'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
    );
  }
  const identifiers = texts(input, 'logGroupIdentifiers', PAGE_MAX)?.map((identifier) => groupNameOf(context, identifier));
  const limit = integer(input, 'limit', 1, PAGE_MAX) ?? PAGE_MAX;
  const [after] = decodeToken(input, isTuple<[string]>('string')) ?? [''];
  await writer.drain();
  const classWanted = (text(input, 'logGroupClass') ?? 'STANDARD') === 'STANDARD';
  const groups = [...(await store.catalogue.groups(context)).values()]
    .filter(({ name }) => classWanted && name > after)
    .filter(({ name }) => name.startsWith(prefix ?? '') && name.toLowerCase().includes(pattern?.toLowerCase() ?? ''))
    .filter(({ name }) => identifiers === undefined || identifiers.includes(name))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const page = groups.slice(0, limit);
  const last = page.at(-1);
  return {
    logGroups: await Promise.all(page.map(described)),
    ...(groups.length > limit && last ? { nextToken: encodeToken([last.name]) } : {}),
  };
};

async function described(group: LogGroup): Promise<object> {
  const arn = groupArn(group, group.name);
  const { retentionInDays } = group.settings;
  let storedBytes = 0;
  for (const stream of (await group.streams()).values()) storedBytes += stream.summary().storedBytes;
  return {
    logGroupName: group.name,
    creationTime: group.createdMs,
    ...(retentionInDays === undefined ? {} : { retentionInDays }),
    metricFilterCount: 0,
    arn: `${arn}:*`,
    logGroupArn: arn,
    storedBytes,
    logGroupClass: 'STANDARD',
    deletionProtectionEnabled: false,
  };
}
