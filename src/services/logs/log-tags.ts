import { logError } from './log-errors.ts';
import { missing, type Members } from './members.ts';

/** Tags of one group. */
export type LogTags = Readonly<Record<string, string>>;

const TAGS_MAX = 50;
const KEY_CHARACTERS_MAX = 128;
const VALUE_CHARACTERS_MAX = 256;

/** The `tags` member; undefined when the caller gave none. Throws InvalidParameterException. */
export function tagsOf(input: Members): LogTags | undefined {
  const tags = input['tags'];
  if (tags === undefined || tags === null) return undefined;
  if (typeof tags !== 'object') throw logError('InvalidParameterException', 'tags must be a map of strings');
  for (const [key, value] of Object.entries(tags)) {
    if (key.length === 0 || key.length > KEY_CHARACTERS_MAX || key.startsWith('aws:')) {
      throw logError('InvalidParameterException', `The tag key '${key.slice(0, KEY_CHARACTERS_MAX)}' is not valid.`);
    }
    if (typeof value !== 'string' || value.length > VALUE_CHARACTERS_MAX) {
      throw logError('InvalidParameterException', `The value of the tag '${key}' is not valid.`);
    }
  }
  return tags as LogTags;
}

/** The `tags` member, which must be there. */
export function requiredTags(input: Members): LogTags {
  return tagsOf(input) ?? missing('tags');
}

/** What a group's tags become. Throws TooManyTagsException. */
export function mergedTags(present: LogTags, added: LogTags): LogTags {
  const tags = { ...present, ...added };
  if (Object.keys(tags).length > TAGS_MAX) {
    throw logError('TooManyTagsException', `A log group can have at most ${TAGS_MAX} tags.`);
  }
  return tags;
}

/** The tags that are left. */
export function tagsWithout(present: LogTags, keys: readonly string[]): LogTags {
  return Object.fromEntries(Object.entries(present).filter(([key]) => !keys.includes(key)));
}
