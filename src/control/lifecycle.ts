import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import { type ImageFault, ImageUnusable } from '../ports/image-registry.ts';
import type { Document } from '../ports/metadata-store.ts';
import { executableOf } from './configuration.ts';
import { type ControlContext, NO_IMAGES } from './control-context.ts';
import { LATEST, type VersionDocument, write } from './documents.ts';
import { eachDocument, everyDocument } from './every-document.ts';
import { isStopped } from './function-scaling.ts';
import { commitOptimistically } from './function-store.ts';

/** Functions made ready at a time. */
const WORKERS = 4;

/** What stands in the way of a version. */
type Readiness =
  | { readonly ready: true }
  | {
      readonly ready: false;
      readonly reason: string;
      readonly code: 'InvalidRuntime' | 'InternalError' | 'ImageDeleted' | 'ImageAccessDenied' | 'InvalidImage';
    };

/**
 * Brings versions to where invokes can run them: `Pending` to `Active` or `Failed`, an update from `InProgress` to
 * `Successful` or `Failed`. Works in the background and takes up at start what a crash left undone.
 */
export class Lifecycle {
  readonly #control: ControlContext;
  readonly #waiting = new Map<string, { locality: Locality; functionName: string }>();
  /** Versions whose image is awaited: that may take minutes, in which others can be made ready. Bounded by the number of versions. */
  readonly #pulling = new Map<string, Promise<void>>();
  #running = 0;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(control: ControlContext) {
    this.#control = control;
  }

  /** Something of the function was written; what it needs is done soon. Doing it twice is harmless. */
  changed(locality: Locality, functionName: string): void {
    if (this.#closed) return;
    // The queue holds each function once, so it is bounded by their number.
    this.#waiting.set(`${locality.account}/${locality.region}/${functionName}`, {
      locality: { account: locality.account, region: locality.region },
      functionName,
    });
    this.#next();
  }

  /** Takes up every version that is not ready yet. */
  async resume(): Promise<void> {
    for await (const { key, body } of everyDocument<VersionDocument>(this.#control.store, 'function-version'))
      if (isUnready(body.configuration)) this.changed(key, body.configuration.FunctionName ?? '');
  }

  /** Finishes what runs and begins nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await Promise.all(this.#pulling.values());
  }

  #next(): void {
    while (this.#running < WORKERS) {
      const entry = this.#waiting.entries().next().value;
      if (!entry) break;
      this.#waiting.delete(entry[0]);
      this.#running += 1;
      void this.#settle(entry[1].locality, entry[1].functionName).finally(() => {
        this.#running -= 1;
        this.#next();
        if (this.#running === 0) this.#idle?.();
      });
    }
  }

  async #settle(locality: Locality, functionName: string): Promise<void> {
    try {
      const versions = { ...locality, kind: 'function-version', prefix: `${functionName}/` };
      for await (const version of eachDocument<VersionDocument>(this.#control.store, versions)) {
        if (!isUnready(version.body.configuration)) continue;
        if (version.body.configuration.PackageType === 'Image') this.#settleApart(locality, version);
        else await this.#settleVersion(locality, version);
      }
    } catch (error) {
      this.#control.logger.error({ functionName, error: String(error) }, 'a function could not be made ready');
    }
  }

  #settleApart(locality: Locality, version: Document<VersionDocument>): void {
    const { account, region, id } = version.key;
    const name = `${account}/${region}/${id}/${version.body.origin?.resolvedImageUri}`;
    if (this.#pulling.has(name)) return;
    const settled = this.#settleVersion(locality, version)
      .catch((error: unknown) => this.#control.logger.error({ id, error: String(error) }, 'a function could not be made ready'))
      .finally(() => this.#pulling.delete(name));
    this.#pulling.set(name, settled);
  }

  async #settleVersion(locality: Locality, found: Document<VersionDocument>): Promise<void> {
    const { store } = this.#control;
    const readiness = await this.#readiness(found.body);
    // A pull that the server's stopping cut off is taken up by the next one.
    if (this.#closed && !readiness.ready && found.body.configuration.PackageType === 'Image') return;
    await commitOptimistically(store, async () => {
      const current = await store.get<VersionDocument>(found.key);
      // Deleted, or made anew meanwhile: then it is somebody else's turn.
      if (!current || !isUnready(current.body.configuration) || !isSameMake(current.body, found.body))
        return { changes: [], result: undefined };
      const stopped = await isStopped(store, locality, current.body.configuration);
      const settled = this.#settled(locality, current.body, readiness, stopped);
      return { changes: [write(current.key, settled, current.revision)], result: undefined };
    });
  }

  async #readiness(document: VersionDocument): Promise<Readiness> {
    const { packages, runtimeStatus, logger } = this.#control;
    if (document.configuration.PackageType === 'Image')
      return imageReadiness(this.#control, document.origin?.resolvedImageUri ?? '');
    const status = await runtimeStatus(document.configuration.Runtime ?? '');
    if (!status.available) return { ready: false, reason: status.reason, code: 'InvalidRuntime' };
    try {
      for (const blobId of [document.codeBlobId, ...(document.layerBlobIds ?? [])])
        (await packages.cache.acquire(blobId)).release();
      return { ready: true };
    } catch (error) {
      logger.error(
        { functionName: document.configuration.FunctionName, error: String(error) },
        'a deployment package could not be unpacked',
      );
      return { ready: false, reason: 'The deployment package could not be prepared.', code: 'InternalError' };
    }
  }

  #settled(locality: Locality, document: VersionDocument, readiness: Readiness, stopped: boolean): VersionDocument {
    const { ids } = this.#control;
    const wasPending = document.configuration.State === 'Pending';
    const { LastUpdateStatusReason: _ur, LastUpdateStatusReasonCode: _uc, ...current } = document.configuration;
    const { StateReason: _r, StateReasonCode: _c, ...rest } = current;
    const base = { ...rest, RevisionId: ids.uuid() };
    if (!readiness.ready) {
      const failure: FunctionConfiguration = wasPending
        ? {
            State: 'Failed',
            StateReason: readiness.reason,
            StateReasonCode: readiness.code,
            LastUpdateStatus: 'Failed',
            LastUpdateStatusReason: readiness.reason,
            LastUpdateStatusReasonCode: readiness.code,
          }
        : { LastUpdateStatus: 'Failed', LastUpdateStatusReason: readiness.reason, LastUpdateStatusReasonCode: readiness.code };
      // A function that has failed before is as it was, the reason included.
      return { ...document, configuration: { ...current, ...base, ...failure } };
    }
    const configuration: FunctionConfiguration = { ...base, ...readyStates(base, stopped) };
    return { ...document, configuration, active: executableOf(locality, { ...document, configuration }, ids.uuid()) };
  }
}

/** Whether an image, whose own runtime is inside it, can be started here. */
async function imageReadiness({ images, logger }: ControlContext, resolvedUri: string): Promise<Readiness> {
  if (!images) return { ready: false, reason: `Container images can not run here: ${NO_IMAGES}.`, code: 'InternalError' };
  try {
    await images.prepare(resolvedUri);
    return { ready: true };
  } catch (error) {
    logger.error({ image: resolvedUri, error: String(error) }, 'an image could not be made ready');
    if (!(error instanceof ImageUnusable))
      return { ready: false, reason: 'The container image could not be pulled.', code: 'InternalError' };
    return { ready: false, ...IMAGE_FAULTS[error.reason] };
  }
}

/** In words of ours, apart from the second, which is reported of Lambda. */
const IMAGE_FAULTS: Readonly<Record<ImageFault, Pick<Readiness & { readonly ready: false }, 'reason' | 'code'>>> = {
  missing: { reason: 'The container image does not exist any more.', code: 'ImageDeleted' },
  denied: { reason: 'The function does not have permission to access the specified image.', code: 'ImageAccessDenied' },
  invalid: { reason: 'The container image is not valid.', code: 'InvalidImage' },
  unsupported: { reason: 'The container image is made of parts that are not supported.', code: 'InvalidImage' },
};

/** States of a version that is ready, and what only a ready one shows. */
function readyStates(configuration: FunctionConfiguration, stopped: boolean): FunctionConfiguration {
  const isLatest = configuration.Version === LATEST;
  const isSnapshot = !isLatest && configuration.SnapStart?.ApplyOn === 'PublishedVersions';
  return {
    // On a capacity provider only what is published can be invoked.
    State: isLatest && configuration.CapacityProviderConfig ? 'ActiveNonInvocable' : stopped ? 'Deactivated' : 'Active',
    LastUpdateStatus: 'Successful',
    ...(isSnapshot ? { SnapStart: { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' } } : {}),
  };
}

/** Whether what was found out about one of them holds for the other. */
function isSameMake(a: VersionDocument, b: VersionDocument): boolean {
  const makeOf = ({ codeBlobId, layerBlobIds, configuration, origin }: VersionDocument): string =>
    JSON.stringify([codeBlobId, layerBlobIds ?? [], configuration.Runtime, origin?.resolvedImageUri]);
  return makeOf(a) === makeOf(b);
}

function isUnready(configuration: FunctionConfiguration): boolean {
  return configuration.State === 'Pending' || configuration.LastUpdateStatus === 'InProgress';
}
