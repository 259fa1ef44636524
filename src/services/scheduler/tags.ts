import type { SchedulerTag } from '../../sources/scheduler/schedule-records.ts';
import { invalid } from './scheduler-errors.ts';

/** Of a group. Source: the bound of TagList. */
const TAGS_MAX = 200;

/** What the tags become when some are set. Throws ValidationException. */
export function mergedTags(present: readonly SchedulerTag[], added: readonly SchedulerTag[]): readonly SchedulerTag[] {
  const keys = new Set(added.map(({ Key }) => Key));
  if (keys.size < added.length) throw invalid('Duplicate tag keys found.');
  if ([...keys].some((key) => key.toLowerCase().startsWith('aws:')))
    throw invalid('aws: prefixed tag key names are not allowed for external use.');
  const tags = [...present.filter(({ Key }) => !keys.has(Key)), ...added.map(({ Key, Value }) => ({ Key, Value }))];
  if (tags.length > TAGS_MAX) throw invalid(`A schedule group can not have more than ${TAGS_MAX} tags.`);
  return tags;
}
