import { createHash } from 'node:crypto';
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { functionArn, type Locality } from '../model/arn.ts';
import type { ExecutableImage, ExecutableVersion } from '../model/executable-version.ts';
import { LATEST, type VersionDocument } from './documents.ts';
import { managedInstance } from './managed-instances.ts';

/** Time as functions' LastModified spells it: milliseconds, and an offset without a colon. */
export function lastModified(nowMs: number): string {
  return new Date(nowMs).toISOString().replace('Z', '+0000');
}

/** A stable stand-in for the version of AWS's runtime image. */
export function runtimeVersionArn(region: string, runtime: string): string {
  return `arn:aws:lambda:${region}::runtime:${createHash('sha256').update(runtime).digest('hex')}`;
}

/** The configuration as a read answers it: with the ARN as it was asked for. */
export function answerConfiguration(
  locality: Locality,
  document: VersionDocument,
  qualifier: string | undefined,
): FunctionConfiguration {
  const { configuration } = document;
  return { ...configuration, FunctionArn: functionArn(locality, configuration.FunctionName ?? '', qualifier) };
}

/** The same for an item of a list: the states and the runtime's version are not part of it. */
export function listedConfiguration(
  locality: Locality,
  document: VersionDocument,
  qualifier: string | undefined,
): FunctionConfiguration {
  const {
    State: _state,
    StateReason: _reason,
    StateReasonCode: _code,
    LastUpdateStatus: _update,
    LastUpdateStatusReason: _updateReason,
    LastUpdateStatusReasonCode: _updateCode,
    RuntimeVersionConfig: _runtime,
    ...listed
  } = answerConfiguration(locality, document, qualifier);
  return listed;
}

/** What the data plane needs of a configuration. `configurationId` is new with each, so that environments never outlive it. */
export function executableOf(
  locality: Locality,
  document: Pick<VersionDocument, 'configuration' | 'codeBlobId' | 'layerBlobIds' | 'origin'>,
  configurationId: string,
): ExecutableVersion {
  const { configuration, codeBlobId, layerBlobIds, origin } = document;
  const name = configuration.FunctionName ?? '';
  const { LoggingConfig: logging } = configuration;
  return {
    account: locality.account,
    region: locality.region,
    functionName: name,
    version: configuration.Version ?? LATEST,
    functionArn: functionArn(locality, name),
    configurationId,
    codeBlobId,
    codeSizeBytes: configuration.CodeSize ?? 0,
    layerBlobIds: layerBlobIds ?? [],
    ...(configuration.PackageType === 'Image' ? { image: executableImage(origin?.resolvedImageUri ?? '', configuration) } : {}),
    runtime: configuration.Runtime ?? '',
    handler: configuration.Handler ?? '',
    architecture: configuration.Architectures?.[0] === 'arm64' ? 'arm64' : 'x86_64',
    timeoutMs: (configuration.Timeout ?? 3) * 1_000,
    memorySizeMb: configuration.MemorySize ?? 128,
    ...managedInstance(configuration),
    ephemeralStorageMb: configuration.EphemeralStorage?.Size ?? 512,
    environment: configuration.Environment?.Variables ?? {},
    roleArn: configuration.Role ?? '',
    logGroup: logging?.LogGroup ?? `/aws/lambda/${name}`,
    logFormat: logging?.LogFormat === 'JSON' ? 'JSON' : 'Text',
    ...(logging?.ApplicationLogLevel ? { applicationLogLevel: logging.ApplicationLogLevel } : {}),
    ...(logging?.SystemLogLevel ? { systemLogLevel: logging.SystemLogLevel } : {}),
  };
}

function executableImage(resolvedUri: string, { ImageConfigResponse }: FunctionConfiguration): ExecutableImage {
  const { EntryPoint, Command, WorkingDirectory } = ImageConfigResponse?.ImageConfig ?? {};
  return {
    resolvedUri,
    ...(EntryPoint ? { entryPoint: EntryPoint } : {}),
    ...(Command ? { command: Command } : {}),
    ...(WorkingDirectory ? { workingDirectory: WorkingDirectory } : {}),
  };
}

/**
 * What of a configuration is published with a version, as one text: two configurations with the same text and the same
 * code need no second version. States, revisions and what differs between a version and `$LATEST` are not part of it.
 */
export function publishedPart(configuration: FunctionConfiguration): string {
  const { FunctionArn, Version, RevisionId, LastModified, State, StateReason, StateReasonCode, ...rest } = configuration;
  const { LastUpdateStatus, LastUpdateStatusReason, LastUpdateStatusReasonCode, ConfigSha256, Description, ...kept } = rest;
  const { SnapStart, RuntimeVersionConfig, ...own } = kept;
  return sortedText({ ...own, snapStart: SnapStart?.ApplyOn });
}

/** Hash of a configuration, which functions on capacity providers answer. */
export function configurationHash(configuration: FunctionConfiguration): string {
  return createHash('sha256').update(publishedPart(configuration)).digest('hex');
}

/** JSON with the members of every object in the order of their names. */
function sortedText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
