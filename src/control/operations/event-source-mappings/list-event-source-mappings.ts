import type { ListEventSourceMappingsRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { Document } from '../../../ports/metadata-store.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { listPage } from '../../paging.ts';
import { type EventSourceMappingDocument, listedAnswerOf, MAPPING_KIND, mappingKey } from './mapping-document.ts';
import { type MappingIndexDocument, rangeOfFunction, rangeOfSource } from './mapping-indexes.ts';

const PAGE_MAX = 100;

interface Page {
  readonly mappings: readonly EventSourceMappingDocument[];
  readonly NextMarker: string | undefined;
}

/**
 * Mappings, those of one source, of one function, or both. A page reads no more than it can hold, so with both it may hold
 * less than there is, or nothing, and still have a next one.
 */
export async function listEventSourceMappings(
  control: ControlContext,
  input: ListEventSourceMappingsRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { mappings, NextMarker } = isFiltered(input)
    ? await indexedPage(control, input, context)
    : await wholePage(control, input, context);
  return { output: { EventSourceMappings: mappings.map((mapping) => listedAnswerOf(control, context, mapping)), NextMarker } };
}

function isFiltered({ FunctionName, EventSourceArn }: ListEventSourceMappingsRequest): boolean {
  return Boolean(FunctionName) || Boolean(EventSourceArn);
}

async function wholePage(control: ControlContext, input: ListEventSourceMappingsRequest, context: RequestContext): Promise<Page> {
  const { items, NextMarker } = await listPage<EventSourceMappingDocument>(
    control.store,
    context,
    { kind: MAPPING_KIND },
    input,
    PAGE_MAX,
  );
  return { mappings: items.map(({ body }) => body), NextMarker };
}

async function indexedPage(
  control: ControlContext,
  input: ListEventSourceMappingsRequest,
  context: RequestContext,
): Promise<Page> {
  const { FunctionName, EventSourceArn } = input;
  const range = FunctionName
    ? rangeOfFunction(parseFunctionName(FunctionName, undefined, context))
    : rangeOfSource(EventSourceArn ?? '');
  const { items, NextMarker } = await listPage<MappingIndexDocument>(control.store, context, { ...range }, input, PAGE_MAX);
  const read = await Promise.all(
    items.map(({ body }) => control.store.get<EventSourceMappingDocument>(mappingKey(context, body.uuid))),
  );
  const mappings = read
    .filter((mapping): mapping is Document<EventSourceMappingDocument> => mapping !== undefined)
    .map(({ body }) => body)
    .filter(({ settings }) => !EventSourceArn || settings.EventSourceArn === EventSourceArn);
  return { mappings, NextMarker };
}
