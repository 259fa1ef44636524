import { iamError } from './iam-errors.ts';
import type { IamTag } from './records.ts';

const TAGS_MAX = 50;

/** Keys are the same in any case. */
function folded(tag: IamTag): string {
  return tag.Key.toLowerCase();
}

/** Tags to be set, checked beyond what the rules of members say. Throws InvalidInput. */
export function checkedTags(tags: readonly IamTag[]): readonly IamTag[] {
  if (new Set(tags.map(folded)).size < tags.length)
    throw iamError('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  if (tags.some((tag) => folded(tag).startsWith('aws:')))
    throw iamError('InvalidInput', 'aws: prefixed tag key names are not allowed for external use.');
  return sorted(tags);
}

/** What the tags become when some are set. Throws InvalidInput and LimitExceeded. */
export function mergedTags(present: readonly IamTag[], added: readonly IamTag[]): readonly IamTag[] {
  const keys = new Set(checkedTags(added).map(folded));
  const tags = [...present.filter((tag) => !keys.has(folded(tag))), ...added];
  if (tags.length > TAGS_MAX) throw iamError('LimitExceeded', 'The number of tags has reached the maximum limit.');
  return sorted(tags);
}

/** The tags that are left. */
export function tagsWithout(present: readonly IamTag[], keys: readonly string[]): readonly IamTag[] {
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return present.filter((tag) => !gone.has(folded(tag)));
}

/** The tags as an answer shows them: no element when there are none. */
export function shownTags(tags: readonly IamTag[]): { readonly Tags?: readonly { Key: string; Value: string }[] } {
  return tags.length === 0 ? {} : { Tags: tags.map(({ Key, Value }) => ({ Key, Value })) };
}

function sorted(tags: readonly IamTag[]): readonly IamTag[] {
  return tags.map(({ Key, Value }) => ({ Key, Value })).toSorted((a, b) => (a.Key < b.Key ? -1 : 1));
}
