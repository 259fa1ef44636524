import { validation } from '../values/validation.ts';
import type { TableTag } from './table-record.ts';

/** Of a resource. Source: the page of tagging in the AWS General Reference. */
const TAGS_MAX = 50;

/** What the tags become when some are set. Throws ValidationException. */
export function checkedTags(present: readonly TableTag[], added: readonly TableTag[]): readonly TableTag[] {
  const keys = new Set(added.map(({ Key }) => Key));
  if (keys.size < added.length) throw validation('One or more parameter values were invalid: Duplicate tag keys found');
  if ([...keys].some((key) => key.toLowerCase().startsWith('aws:')))
    throw validation('One or more parameter values were invalid: Tag keys can not begin with aws:');
  const tags = [...present.filter(({ Key }) => !keys.has(Key)), ...added.map(({ Key, Value }) => ({ Key, Value }))];
  if (tags.length > TAGS_MAX)
    throw validation(`One or more parameter values were invalid: Too many tags: ${tags.length}, the limit is ${TAGS_MAX}`);
  return tags;
}
