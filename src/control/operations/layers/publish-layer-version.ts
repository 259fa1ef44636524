import type { PublishLayerVersionRequest } from '@aws-sdk/client-lambda';
import { type CodeSource, type IntakeTexts, takePackage } from '../../../code/package-intake.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { checkCodeStorage } from '../../code-intake.ts';
import { lastModified } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { type LayerDocument, layerKey, type LayerVersionDocument, layerVersionKey } from '../../layers.ts';
import { layerVersionAnswer } from './layer-answer.ts';
import { parseOwnLayerName } from './layer-name.ts';

const TEXTS: IntakeTexts = {
  noSource: 'Please provide a source for layer content.',
  twoSources: 'Please do not provide other LayerVersionContentInput parameters when providing a ZipFile.',
};

/** Makes a package the next version of a layer, and the layer with its first. */
export async function publishLayerVersion(
  control: ControlContext,
  input: PublishLayerVersionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const layerName = parseOwnLayerName(input.LayerName ?? '', context, 'PublishLayerVersion');
  const taken = await takePackage(control.packages, (input.Content ?? {}) as CodeSource, context, TEXTS);
  await checkCodeStorage(control, context, taken.sizeBytes);
  const published = await commitOptimistically(control.store, async () => {
    const key = layerKey(context, layerName);
    const layer = await control.store.get<LayerDocument>(key);
    const Version = layer?.body.nextVersion ?? 1;
    const version: LayerVersionDocument = {
      LayerName: layerName,
      Version,
      Description: input.Description ?? '',
      CreatedDate: lastModified(control.clock.now()),
      ...(input.CompatibleRuntimes ? { CompatibleRuntimes: input.CompatibleRuntimes } : {}),
      ...(input.CompatibleArchitectures ? { CompatibleArchitectures: input.CompatibleArchitectures } : {}),
      ...(input.LicenseInfo === undefined ? {} : { LicenseInfo: input.LicenseInfo }),
      codeBlobId: taken.blobId,
      codeSizeBytes: taken.sizeBytes,
      codeSha256: taken.codeSha256,
      unzippedBytes: taken.unzippedBytes,
    };
    const next: LayerDocument = { LayerName: layerName, nextVersion: Version + 1 };
    return {
      changes: [
        write(key, next, layer?.revision ?? 'absent'),
        write(layerVersionKey(context, layerName, Version), version, 'absent'),
      ],
      result: version,
    };
  });
  return { output: layerVersionAnswer(control, context, context, published) };
}
