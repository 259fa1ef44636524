import { changeStream, existingStream, kinesisOperation } from '../kinesis-context.ts';
import { required, STREAM, TAG_KEYS, TAGS } from '../member-rules.ts';
import { mergedTags, tagList, tagsWithout } from '../tags.ts';

const TAGS_AT_ONCE = 50;

/** AddTagsToStream. Throws ResourceNotFoundException, InvalidArgumentException and LimitExceededException. */
export const addTagsToStream = kinesisOperation({ ...STREAM, Tags: required(TAGS) }, async (kinesis, input, context) => {
  await changeStream(kinesis, input, context, (stream) => ({ ...stream, tags: mergedTags(stream.tags, input.Tags) }));
  return {};
});

/** RemoveTagsFromStream. Throws ResourceNotFoundException. */
export const removeTagsFromStream = kinesisOperation({ ...STREAM, TagKeys: TAG_KEYS }, async (kinesis, input, context) => {
  await changeStream(kinesis, input, context, (stream) => ({ ...stream, tags: tagsWithout(stream.tags, input.TagKeys) }));
  return {};
});

/** ListTagsForStream. Throws ResourceNotFoundException. */
export const listTagsForStream = kinesisOperation(
  {
    ...STREAM,
    ExclusiveStartTagKey: { type: 'text', charactersMin: 1, charactersMax: 128 },
    Limit: { type: 'integer', lowest: 1, highest: TAGS_AT_ONCE },
  },
  async (kinesis, input, context) => {
    const { record } = await existingStream(kinesis, input, context);
    const { ExclusiveStartTagKey: start = '', Limit: limit = TAGS_AT_ONCE } = input;
    const tags = tagList(record.tags).filter(({ Key }) => Key > start);
    return { Tags: tags.slice(0, limit), HasMoreTags: tags.length > limit };
  },
);
