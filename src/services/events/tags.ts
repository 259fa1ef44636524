import type { EventsTag } from '../../sources/events/event-buses.ts';
import { eventsError } from './events-errors.ts';

const TAGS_MAX = 50;

/** What the tags become when some are set. Throws ValidationException and LimitExceededException. */
export function mergedTags(present: readonly EventsTag[], added: readonly EventsTag[]): readonly EventsTag[] {
  const keys = new Set(added.map(({ Key }) => Key));
  if (keys.size < added.length) throw eventsError('ValidationException', 'Duplicate tag keys found.');
  if ([...keys].some((key) => key.toLowerCase().startsWith('aws:')))
    throw eventsError('ValidationException', 'aws: prefixed tag key names are not allowed for external use.');
  const tags = [...present.filter(({ Key }) => !keys.has(Key)), ...added.map(({ Key, Value }) => ({ Key, Value }))];
  if (tags.length > TAGS_MAX)
    throw eventsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
  return tags;
}

/** The tags that are left. */
export function tagsWithout(present: readonly EventsTag[], keys: readonly string[]): readonly EventsTag[] {
  return present.filter(({ Key }) => !keys.includes(Key));
}
