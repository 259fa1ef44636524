import type { GetLayerVersionByArnRequest, GetLayerVersionRequest } from '@aws-sdk/client-lambda';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { isShared, layerArn, layerDenied, type LayerVersionDocument, layerVersionKey, refuseAwsLayer } from '../../layers.ts';
import { layerVersionAnswer } from './layer-answer.ts';
import { checkVersionNumber, type NamedLayer, parseLayerName } from './layer-name.ts';

/** A version of a layer, also of another account's whose policy allows it. */
export function getLayerVersion(
  control: ControlContext,
  input: GetLayerVersionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const layer = parseLayerName(input.LayerName ?? '', context);
  return read(control, context, layer, input.VersionNumber ?? 0);
}

/** The same by the version's ARN. */
export function getLayerVersionByArn(
  control: ControlContext,
  input: GetLayerVersionByArnRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const arn = input.Arn ?? '';
  refuseAwsLayer(arn);
  const at = arn.lastIndexOf(':');
  return read(control, context, parseLayerName(arn.slice(0, at), context), Number(arn.slice(at + 1)));
}

async function read(
  control: ControlContext,
  context: RequestContext,
  { owner, layerName }: NamedLayer,
  version: number,
): Promise<OperationResult> {
  checkVersionNumber(version);
  const isAllowed = owner.account === context.account || (await isShared(control, owner, layerName, version, context.account));
  if (!isAllowed) throw layerDenied(context, 'GetLayerVersion', layerArn(owner, layerName, version));
  const found = await control.store.get<LayerVersionDocument>(layerVersionKey(owner, layerName, version));
  if (!found) throw lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.');
  return { output: layerVersionAnswer(control, context, owner, found.body) };
}
