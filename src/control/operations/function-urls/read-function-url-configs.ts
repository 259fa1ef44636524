import type { FunctionUrlConfig, GetFunctionUrlConfigRequest, ListFunctionUrlConfigsRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { findFunction } from '../../function-store.ts';
import type { FunctionUrlDocument } from '../../function-urls.ts';
import { listPage } from '../../paging.ts';
import { urlAnswer } from './function-url-answer.ts';
import { findUrl, noFunction, noUrl } from './function-url-scope.ts';

const PAGE_MAX = 50;

/** The URL of a function or of an alias. */
export async function getFunctionUrlConfig(
  control: ControlContext,
  input: GetFunctionUrlConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier: alias } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const url = await findUrl(control, context, functionName, alias);
  if (!url) throw noUrl();
  return { output: readAnswer(context, functionName, alias, url.body) };
}

/** The URLs of a function and of its aliases. */
export async function listFunctionUrlConfigs(
  control: ControlContext,
  input: ListFunctionUrlConfigsRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  if (!(await findFunction(control.store, context, functionName))) throw noFunction();
  const prefix = `${functionName}/`;
  const { items, NextMarker } = await listPage<FunctionUrlDocument>(
    control.store,
    context,
    { kind: 'function-url', prefix },
    input,
    PAGE_MAX,
  );
  const FunctionUrlConfigs = items.map(({ key, body }) =>
    readAnswer(context, functionName, key.id.slice(prefix.length) || undefined, body),
  );
  return { output: { FunctionUrlConfigs, NextMarker } };
}

/** A read shows the default mode too, which the writes leave out. */
function readAnswer(
  context: RequestContext,
  functionName: string,
  alias: string | undefined,
  document: FunctionUrlDocument,
): FunctionUrlConfig {
  return { ...urlAnswer(context, functionName, alias, document), InvokeMode: document.invokeMode ?? 'BUFFERED' };
}
