import type {
  GetCodeSigningConfigRequest,
  ListCodeSigningConfigsRequest,
  ListFunctionsByCodeSigningConfigRequest,
} from '@aws-sdk/client-lambda';
import { functionArn } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { CODE_SIGNING_USE, type CodeSigningConfigDocument, type CodeSigningUseDocument } from '../../code-signing.ts';
import type { ControlContext } from '../../control-context.ts';
import { listPage } from '../../paging.ts';
import { getConfig } from './signing-config.ts';

const PAGE_MAX = 50;

/** One code signing configuration. */
export async function getCodeSigningConfig(
  control: ControlContext,
  input: GetCodeSigningConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { body } = await getConfig(control, context, input.CodeSigningConfigArn ?? '');
  return { output: { CodeSigningConfig: body.config } };
}

/** All code signing configurations of the account. */
export async function listCodeSigningConfigs(
  control: ControlContext,
  input: ListCodeSigningConfigsRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { items, NextMarker } = await listPage<CodeSigningConfigDocument>(
    control.store,
    context,
    { kind: 'code-signing-config' },
    input,
    PAGE_MAX,
  );
  return { output: { CodeSigningConfigs: items.map(({ body }) => body.config), NextMarker } };
}

/** The functions that have a code signing configuration, by their unqualified ARNs. */
export async function listFunctionsByCodeSigningConfig(
  control: ControlContext,
  input: ListFunctionsByCodeSigningConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { key } = await getConfig(control, context, input.CodeSigningConfigArn ?? '');
  const { items, NextMarker } = await listPage<CodeSigningUseDocument>(
    control.store,
    context,
    { kind: CODE_SIGNING_USE, prefix: `${key.id}/` },
    input,
    PAGE_MAX,
  );
  return { output: { FunctionArns: items.map(({ body }) => functionArn(context, body.functionName)), NextMarker } };
}
