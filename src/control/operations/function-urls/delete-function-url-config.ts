import type { DeleteFunctionUrlConfigRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { commitOptimistically } from '../../function-store.ts';
import { urlIdRelease } from '../../function-urls.ts';
import { findUrl, noUrl } from './function-url-scope.ts';

/** Takes a URL away; a later one has another id. */
export async function deleteFunctionUrlConfig(
  control: ControlContext,
  input: DeleteFunctionUrlConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  // As recorded from AWS, this one operation does not mind a qualifier that differs from the one in the name.
  const name = parseFunctionName(input.FunctionName ?? '', undefined, context);
  const alias = input.Qualifier ?? name.qualifier;
  await commitOptimistically(control.store, async () => {
    const url = await findUrl(control, context, name.functionName, alias);
    if (!url) throw noUrl();
    return { changes: [{ remove: url.key, expect: url.revision }, ...urlIdRelease(url.body)], result: undefined };
  });
  return { output: {} };
}
