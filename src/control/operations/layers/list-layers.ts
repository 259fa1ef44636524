import type { ListLayersRequest, ListLayerVersionsRequest } from '@aws-sdk/client-lambda';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { layerArn } from '../../layers.ts';
import { layerVersionItem } from './layer-answer.ts';
import { parseOwnLayerName } from './layer-name.ts';
import { matchingVersions } from './matching-versions.ts';

/** The account's layers, each with its newest version that fits; layers without one are left out. */
export async function listLayers(
  control: ControlContext,
  input: ListLayersRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { versions, NextMarker } = await matchingVersions(control, context, input);
  const Layers = versions.map((version) => ({
    LayerName: version.LayerName,
    LayerArn: layerArn(context, version.LayerName),
    LatestMatchingVersion: layerVersionItem(context, version),
  }));
  return { output: { Layers, NextMarker } };
}

/** The versions of a layer, newest first; none for a layer that does not exist. */
export async function listLayerVersions(
  control: ControlContext,
  input: ListLayerVersionsRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const layerName = parseOwnLayerName(input.LayerName ?? '', context, 'ListLayerVersions');
  const { versions, NextMarker } = await matchingVersions(control, context, input, layerName);
  return { output: { LayerVersions: versions.map((version) => layerVersionItem(context, version)), NextMarker } };
}
