import type { UpdateFunctionUrlConfigRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import type { FunctionUrlDocument } from '../../function-urls.ts';
import { corsSettings } from './cors.ts';
import { urlAnswer } from './function-url-answer.ts';
import { findUrlScope, noUrl } from './function-url-scope.ts';

/** Changes the members that are given; `Cors` as a whole, so that an empty one takes it away. */
export async function updateFunctionUrlConfig(
  control: ControlContext,
  input: UpdateFunctionUrlConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier: alias } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const document = await commitOptimistically(control.store, async () => {
    const { url } = await findUrlScope(control, context, functionName, alias);
    if (!url) throw noUrl();
    const { cors: before, ...kept } = url.body;
    const cors = input.Cors === undefined ? before : corsSettings(input.Cors);
    const body: FunctionUrlDocument = {
      ...kept,
      ...(input.AuthType ? { authType: input.AuthType } : {}),
      ...(cors ? { cors } : {}),
      ...(input.InvokeMode ? { invokeMode: input.InvokeMode } : {}),
      lastModifiedMs: control.clock.now(),
    };
    // The URL goes with function and alias, so its own revision tells whether they are still there.
    return { changes: [write(url.key, body, url.revision)], result: body };
  });
  return { output: urlAnswer(context, functionName, alias, document) };
}
