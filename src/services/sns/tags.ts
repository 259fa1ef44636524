import type { TopicTag } from './records.ts';
import { invalidParameter, snsError } from './sns-errors.ts';

const TAGS_MAX = 50;

/** Tags to be set, in the order of their keys. Throws InvalidParameter for keys that are given twice. */
export function checkedTags(tags: readonly TopicTag[]): readonly TopicTag[] {
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) throw invalidParameter('Duplicated keys are not allowed.');
  return tags.map(({ Key, Value }) => ({ Key, Value })).toSorted((a, b) => (a.Key < b.Key ? -1 : 1));
}

/** What the tags become when some are set. Throws InvalidParameter and TagLimitExceeded. */
export function mergedTags(present: readonly TopicTag[], added: readonly TopicTag[]): readonly TopicTag[] {
  const keys = new Set(checkedTags(added).map(({ Key }) => Key));
  const tags = [...present.filter(({ Key }) => !keys.has(Key)), ...added];
  if (tags.length > TAGS_MAX)
    throw snsError('TagLimitExceeded', 'Could not complete request: tag quota of per resource exceeded');
  return checkedTags(tags);
}
