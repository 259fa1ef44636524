import type { ListTagsRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../model/arn.ts';
import type { OperationResult } from '../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../wire/service.ts';
import { lastModified } from '../configuration.ts';
import type { ControlContext } from '../control-context.ts';
import { commitOptimistically, getFunction } from '../function-store.ts';
import { invalid } from '../settings-checks.ts';

const TAGS_MAX = 50;

/** The tags of a function. */
export async function listTags(
  control: ControlContext,
  input: ListTagsRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { shared } = await getFunction(control.store, context, taggedFunction(input.Resource ?? '', context));
  return { output: { Tags: shared.body.tags ?? {} } };
}

/** Adds tags, or gives existing ones other values. */
export function tagResource(
  control: ControlContext,
  input: TagResourceRequest,
  context: RequestContext,
): Promise<OperationResult> {
  return changeTags(control, context, input.Resource ?? '', (tags) => ({ ...tags, ...input.Tags }));
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

async function changeTags(
  control: ControlContext,
  context: RequestContext,
  resource: string,
  change: (tags: Readonly<Record<string, string>>) => Record<string, string>,
): Promise<OperationResult> {
  const functionName = taggedFunction(resource, context);
  await commitOptimistically(control.store, async () => {
    const { shared, latest } = await getFunction(control.store, context, functionName);
    const tags = change(shared.body.tags ?? {});
    if (Object.keys(tags).length > TAGS_MAX) throw invalid('Number of tags exceeds resource tag limit.');
    const configuration = {
      ...latest.body.configuration,
      RevisionId: control.ids.uuid(),
      LastModified: lastModified(control.clock.now()),
    };
    return {
      changes: [
        { put: shared.key, body: { ...shared.body, tags }, expect: shared.revision },
        { put: latest.key, body: { ...latest.body, configuration }, expect: latest.revision },
      ],
      result: undefined,
    };
  });
  return { output: {} };
}

function taggedFunction(resource: string, context: RequestContext): string {
  if (!resource.includes(':function:'))
    throw invalid(`lambkin does not support tags on ${resource.split(':')[5] ?? 'this resource'} yet.`);
  const { functionName, qualifier } = parseFunctionName(resource, undefined, context);
  if (qualifier !== undefined)
    throw invalid(
      'Tags on function aliases and versions are not supported. Please specify either a function name or an unqualified function ARN.',
    );
  return functionName;
}
