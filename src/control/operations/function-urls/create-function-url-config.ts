import type { CreateFunctionUrlConfigRequest } from '@aws-sdk/client-lambda';
import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { scopedKey, write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { type FunctionUrlDocument, functionUrlIdKey, type FunctionUrlTarget } from '../../function-urls.ts';
import { corsSettings } from './cors.ts';
import { urlAnswer } from './function-url-answer.ts';
import { findUrlScope } from './function-url-scope.ts';

const ID_BYTES = 16;

/** Gives a function, or an alias of it, a URL. */
export async function createFunctionUrlConfig(
  control: ControlContext,
  input: CreateFunctionUrlConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier: alias } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const document = await commitOptimistically(control.store, async () => {
    const scope = await findUrlScope(control, context, functionName, alias);
    if (scope.url) throw exists(functionArn(context, functionName, alias));
    const body = newUrl(control, input);
    const { account, region } = context;
    const target: FunctionUrlTarget = { account, region, functionName, ...(alias === undefined ? {} : { alias }) };
    return {
      changes: [
        ...scope.touch,
        write(scopedKey(context, 'function-url', functionName, alias), body, 'absent'),
        write(functionUrlIdKey(body.urlId), target, 'absent'),
      ],
      result: body,
    };
  });
  const { LastModifiedTime: _modified, ...output } = urlAnswer(context, functionName, alias, document);
  return { output };
}

function newUrl(control: ControlContext, input: CreateFunctionUrlConfigRequest): FunctionUrlDocument {
  const nowMs = control.clock.now();
  const cors = corsSettings(input.Cors);
  return {
    urlId: control.ids.hex(ID_BYTES),
    authType: input.AuthType ?? 'AWS_IAM',
    ...(cors ? { cors } : {}),
    ...(input.InvokeMode ? { invokeMode: input.InvokeMode } : {}),
    createdMs: nowMs,
    lastModifiedMs: nowMs,
  };
}

function exists(arn: string): Error {
  return lambdaError(
    'ResourceConflictException',
    `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
  );
}
