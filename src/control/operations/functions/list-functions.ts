import type { ListFunctionsRequest, ListVersionsByFunctionRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { listedConfiguration } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { type FunctionDocument, LATEST, type VersionDocument, versionKey } from '../../documents.ts';
import { getFunction } from '../../function-store.ts';
import { listPage } from '../../paging.ts';

const PAGE_MAX = 50;

/** `$LATEST` of every function, or every version with `FunctionVersion: ALL`. */
export async function listFunctions(
  control: ControlContext,
  input: ListFunctionsRequest,
  context: RequestContext,
): Promise<OperationResult> {
  if (input.FunctionVersion === 'ALL') {
    const { items, NextMarker } = await listPage<VersionDocument>(
      control.store,
      context,
      { kind: 'function-version' },
      input,
      PAGE_MAX,
    );
    return {
      output: { Functions: items.map(({ body }) => listedConfiguration(context, body, body.configuration.Version)), NextMarker },
    };
  }
  const { items, NextMarker } = await listPage<FunctionDocument>(control.store, context, { kind: 'function' }, input, PAGE_MAX);
  const versions = await Promise.all(
    items.map(({ body }) => control.store.get<VersionDocument>(versionKey(context, body.FunctionName, LATEST))),
  );
  const Functions = versions.flatMap((version) => (version ? [listedConfiguration(context, version.body, undefined)] : []));
  return { output: { Functions, NextMarker } };
}

/** `$LATEST` first, then the published versions in order. */
export async function listVersionsByFunction(
  control: ControlContext,
  input: ListVersionsByFunctionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  await getFunction(control.store, context, functionName);
  const prefix = `${functionName}/`;
  const { items, NextMarker } = await listPage<VersionDocument>(
    control.store,
    context,
    { kind: 'function-version', prefix },
    input,
    PAGE_MAX,
  );
  return {
    output: { Versions: items.map(({ body }) => listedConfiguration(context, body, body.configuration.Version)), NextMarker },
  };
}
