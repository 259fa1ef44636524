import type { Architecture, Runtime } from '@aws-sdk/client-lambda';
import type { Locality } from '../../../model/arn.ts';
import type { ControlContext } from '../../control-context.ts';
import { type LayerVersionDocument } from '../../layers.ts';
import { decodeMarker, encodeMarker, pageSize } from '../../paging.ts';

const PAGE_MAX = 50;
/** Versions that are read at a time. */
const BATCH = 50;
/** Reads for one page. Enough for a full page of layers; where filters leave little, pages come out short. */
const READS_MAX = 60;
/** Follows the numbers of all versions in the order of ids. */
const AFTER_VERSIONS = '~';

/** What lists of layers and of versions can be asked. */
export interface VersionsRequest {
  readonly CompatibleRuntime?: Runtime | undefined;
  readonly CompatibleArchitecture?: Architecture | undefined;
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** A page of versions. It may be short, even empty, and have a marker all the same. */
export interface VersionsPage {
  readonly versions: readonly LayerVersionDocument[];
  readonly NextMarker: string | undefined;
}

/**
 * The versions that fit a request, newest first: those of one layer, or without a name the newest of each layer. A layer
 * that does not say what it is compatible with fits no filter.
 */
export async function matchingVersions(
  control: ControlContext,
  { account, region }: Locality,
  request: VersionsRequest,
  layerName?: string,
): Promise<VersionsPage> {
  const limit = pageSize(request.MaxItems, PAGE_MAX);
  const versions: LayerVersionDocument[] = [];
  let { after } = decodeMarker(request.Marker);
  for (let reads = 0; reads < READS_MAX; reads += 1) {
    const batch = await control.store.list<LayerVersionDocument>({
      account,
      region,
      kind: 'layer-version',
      limit: BATCH,
      ...(layerName === undefined ? {} : { prefix: `${layerName}/` }),
      ...(after === undefined ? {} : { after }),
    });
    for (const { key, body } of batch) {
      if (after !== undefined && key.id <= after) continue;
      const isWanted = matches(body, request);
      if (isWanted && versions.length === limit) return { versions, NextMarker: encodeMarker(after ?? '') };
      if (isWanted) versions.push(body);
      // The newest of a layer was found, so the others are passed over.
      after = isWanted && layerName === undefined ? `${body.LayerName}/${AFTER_VERSIONS}` : key.id;
    }
    if (batch.length < BATCH) return { versions, NextMarker: undefined };
  }
  return { versions, NextMarker: encodeMarker(after ?? '') };
}

function matches(version: LayerVersionDocument, { CompatibleRuntime, CompatibleArchitecture }: VersionsRequest): boolean {
  return (
    (CompatibleRuntime === undefined || version.CompatibleRuntimes?.includes(CompatibleRuntime) === true) &&
    (CompatibleArchitecture === undefined || version.CompatibleArchitectures?.includes(CompatibleArchitecture) === true)
  );
}
