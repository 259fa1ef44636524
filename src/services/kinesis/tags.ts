import { invalidArgument, kinesisError } from './kinesis-errors.ts';

const TAGS_MAX = 50;
const KEY_CHARACTERS_MAX = 128;

/** What the tags become when some are set. Throws InvalidArgumentException and LimitExceededException. */
export function mergedTags(
  present: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const key of Object.keys(added)) {
    if (key.length === 0 || key.length > KEY_CHARACTERS_MAX)
      throw kinesisError(
        'ValidationException',
        `1 validation error detected: Value '${key.slice(0, 200)}' at 'tags' failed to satisfy constraint: Map keys must satisfy ` +
          'constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]',
      );
    if (key.toLowerCase().startsWith('aws:')) throw invalidArgument(`Tag keys may not begin with aws: (${key}).`);
  }
  const tags = Object.fromEntries([...Object.entries(present), ...Object.entries(added)]);
  if (Object.keys(tags).length > TAGS_MAX)
    throw kinesisError('LimitExceededException', `A resource may not have more than ${TAGS_MAX} tags.`);
  return tags;
}

/** The tags that are left. */
export function tagsWithout(
  present: Readonly<Record<string, string>>,
  keys: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(present).filter(([key]) => !keys.includes(key)));
}

/** Tags as the API lists them. */
export function tagList(tags: Readonly<Record<string, string>>): { readonly Key: string; readonly Value: string }[] {
  return Object.entries(tags)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));
}
