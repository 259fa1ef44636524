import type { GetLayerVersionResponse, LayerVersionsListItem } from '@aws-sdk/client-lambda';
import type { Locality } from '../../../model/arn.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { layerArn, type LayerVersionDocument } from '../../layers.ts';

/** A layer version as it is published and read: with where its package can be downloaded. */
export function layerVersionAnswer(
  control: ControlContext,
  context: RequestContext,
  owner: Locality,
  version: LayerVersionDocument,
): GetLayerVersionResponse {
  return {
    Content: {
      Location: control.downloadUrl(context.origin, owner.account, version.codeBlobId),
      CodeSha256: version.codeSha256,
      CodeSize: version.codeSizeBytes,
    },
    LayerArn: layerArn(owner, version.LayerName),
    ...layerVersionItem(owner, version),
  };
}

/** A layer version as lists show it. */
export function layerVersionItem(owner: Locality, version: LayerVersionDocument): LayerVersionsListItem {
  const { CompatibleArchitectures, CompatibleRuntimes, LicenseInfo } = version;
  return {
    LayerVersionArn: layerArn(owner, version.LayerName, version.Version),
    Version: version.Version,
    Description: version.Description,
    CreatedDate: version.CreatedDate,
    ...(CompatibleArchitectures ? { CompatibleArchitectures: [...CompatibleArchitectures] } : {}),
    ...(CompatibleRuntimes ? { CompatibleRuntimes: [...CompatibleRuntimes] } : {}),
    ...(LicenseInfo === undefined ? {} : { LicenseInfo }),
  };
}
