import { textMap, texts } from '../members.ts';
import { existingDocument, existingQueue, rewriteQueue } from '../queue-records.ts';
import type { SqsOperation } from '../sqs-context.ts';
import { invalidValue, missingParameter } from '../sqs-errors.ts';

const TAGS_MAX = 50;

/** TagQueue. */
export const tagQueue: SqsOperation = async ({ store }, input, context) => {
  const document = await existingDocument(store, input, context);
  const added = textMap(input, 'Tags');
  if (added === undefined) throw missingParameter('Tags');
  const tags = { ...document.body.tags, ...added };
  checkTags(tags);
  await rewriteQueue(store, document, { tags });
  return {};
};

/** UntagQueue. */
export const untagQueue: SqsOperation = async ({ store }, input, context) => {
  const document = await existingDocument(store, input, context);
  const keys = texts(input, 'TagKeys');
  if (keys.length === 0) throw missingParameter('TagKeys');
  const kept = Object.entries(document.body.tags).filter(([key]) => !keys.includes(key));
  await rewriteQueue(store, document, { tags: Object.fromEntries(kept) });
  return {};
};

/** ListQueueTags. */
export const listQueueTags: SqsOperation = async ({ store }, input, context) => {
  const { tags } = await existingQueue(store, input, context);
  return Object.keys(tags).length > 0 ? { Tags: tags } : {};
};

/** Throws InvalidParameterValue for tags that a queue can't have. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > TAGS_MAX) throw invalidValue(`Too many tags added for queue. Maximum is ${TAGS_MAX}.`);
  for (const [key, value] of Object.entries(tags)) {
    if (key === '' || key.length > 128 || /^aws:/i.test(key)) {
      throw invalidValue(
        `Tag keys must be between 1 and 128 characters in length and must not begin with aws: (${key.slice(0, 128)}).`,
      );
    }
    if (value.length > 256) throw invalidValue('Tag values may not be longer than 256 characters.');
  }
}
