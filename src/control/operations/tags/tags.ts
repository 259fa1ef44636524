import type { ListTagsRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-lambda';
import { TAGS_MAX } from '../../../model/limits.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { commitOptimistically } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';
import { findTagged, type Tags } from './taggable.ts';

/** The tags of a resource. */
export async function listTags(
  control: ControlContext,
  input: ListTagsRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { tags } = await findTagged(control, context, input.Resource ?? '');
  return { output: { Tags: tags } };
}

/** Adds tags, or gives existing ones other values. */
export async function tagResource(
  control: ControlContext,
  input: TagResourceRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const added = input.Tags ?? {};
  if (Object.keys(added).length === 0) throw invalid('An error occurred and the request cannot be processed.');
  return changeTags(control, context, input.Resource ?? '', (tags) => ({ ...tags, ...added }));
}

/** Takes tags away; those that are not there are no error. */
export function untagResource(
  control: ControlContext,
  input: UntagResourceRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const gone = new Set(input.TagKeys);
  return changeTags(control, context, input.Resource ?? '', (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
  );
}

/** Throws InvalidParameterValueException for more tags than a resource may have, and for AWS's own. */
export function checkTags(tags: Tags | undefined): void {
  const keys = Object.keys(tags ?? {});
  if (keys.length > TAGS_MAX) throw invalid('Number of tags exceeds resource tag limit.');
  if (keys.some((key) => key.toLowerCase().startsWith('aws:')))
    throw invalid('Tag keys that begin with "aws:" are reserved for AWS.');
}

async function changeTags(
  control: ControlContext,
  context: RequestContext,
  resource: string,
  change: (tags: Tags) => Record<string, string>,
): Promise<OperationResult> {
  await commitOptimistically(control.store, async () => {
    const found = await findTagged(control, context, resource);
    const tags = change(found.tags);
    checkTags(tags);
    return { changes: found.changes(tags), result: undefined };
  });
  return { output: {} };
}
