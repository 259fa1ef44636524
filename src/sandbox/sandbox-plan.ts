import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutableVersion, InitializationType } from '../model/executable-version.ts';
import { CONCURRENT_DESCRIPTORS_MAX, DESCRIPTORS_MAX, MEMORY_MB_PER_CORE, PROCESSES_MAX } from '../model/limits.ts';
import type { SandboxDriver, SandboxMount, SandboxSpec } from '../ports/sandbox-driver.ts';
import type { RuntimeLaunch } from './runtimes/runtime-launch.ts';

const MEBIBYTE = 1_048_576;
const LAYERS_TARGET = '/opt';
/** Mounts that a function's layers may take when they can't be shown by one. */
const LAYER_MOUNTS_MAX = 256;

/** Folders of the host that make up what a function sees. */
export interface FunctionFolders {
  readonly code: string;
  /** Its layers merged; an empty folder when it has none. */
  readonly layers: string;
}

/** What an environment tells its function about itself, besides the runtime's own variables. */
export interface EnvironmentIdentity {
  readonly initializationType: InitializationType;
  readonly logStream: string;
  readonly runtimeApi: string;
  /** Where the SDKs inside the function find every service. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** For the Metadata API. */
  readonly metadataToken: string;
}

/** The function's share of CPU time: 1,769 MB buy one core. Source: Lambda's page on configuring memory. */
export function cpuCoresFor(memorySizeMb: number): number {
  return memorySizeMb / MEMORY_MB_PER_CORE;
}

/** Everything the driver needs to start this version's runtime. */
export function planSandbox(
  id: string,
  version: ExecutableVersion,
  launch: RuntimeLaunch,
  folders: FunctionFolders,
  identity: EnvironmentIdentity,
  driver: Pick<SandboxDriver, 'locate' | 'ownFilesystem'>,
): SandboxSpec {
  const { image } = launch;
  const mounts = image ? [] : packageMounts(launch, folders, driver);
  const locate = (path: string): string => driver.locate({ id, mounts }, path);
  const command = launch.command(locate, version);
  return {
    id,
    argv: command.argv,
    env: {
      ...command.env,
      ...platformVariables(version, identity, launch, locate),
      ...version.environment,
      ...reservedVariables(version, identity, launch, locate),
    },
    cwd: image?.workingDirectory ?? locate('/var/task'),
    mounts,
    ...(image ? { root: image.root } : {}),
    memoryBytesMax: version.memorySizeMb * MEBIBYTE,
    cpuCores: version.cpuCores ?? Math.max(1, cpuCoresFor(version.memorySizeMb)),
    tmpBytesMax: version.ephemeralStorageMb * MEBIBYTE,
    processesMax: PROCESSES_MAX,
    descriptorsMax: version.maxConcurrency === undefined ? DESCRIPTORS_MAX : CONCURRENT_DESCRIPTORS_MAX,
  };
}

function packageMounts(
  launch: RuntimeLaunch,
  folders: FunctionFolders,
  driver: Pick<SandboxDriver, 'ownFilesystem'>,
): SandboxMount[] {
  const inside = driver.ownFilesystem ? launch.mounts.map(({ target }) => target) : [];
  return [
    // Always: without it the process driver's functions would look for layers in the host's own /opt.
    ...mountsAround(folders.layers, LAYERS_TARGET, inside),
    ...launch.mounts,
    { source: folders.code, target: '/var/task' },
  ];
}

/**
 * Shows the layers with room for other mounts inside: an interpreter of the host may lie below /opt, and no mount can be
 * made in a folder that is read only and has no folder of its name. Throws when that takes too many mounts, or when
 * something that is no folder is in the way.
 */
function mountsAround(source: string, target: string, inside: readonly string[]): SandboxMount[] {
  if (!inside.some((other) => other.startsWith(`${target}/`))) return [{ source, target }];
  if (!lstatSync(source).isDirectory())
    throw new Error(`${target} of the layers is in the way of the runtime, which lies below it`);
  const names = readdirSync(source);
  if (names.length > LAYER_MOUNTS_MAX) {
    throw new Error(
      `${target} of the layers has ${names.length} entries beside the runtime, which lies below it (at most ${LAYER_MOUNTS_MAX})`,
    );
  }
  // A link that leads nowhere can't be mounted, and would show nothing.
  const shown = names.filter((name) => existsSync(join(source, name)));
  return shown.flatMap((name) => mountsAround(join(source, name), `${target}/${name}`, inside));
}

/** Predefined variables that a function may override. */
function platformVariables(
  version: ExecutableVersion,
  identity: EnvironmentIdentity,
  launch: RuntimeLaunch,
  locate: (path: string) => string,
): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: identity.endpoint,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    // An image knows better where its programs look; its user's home is /tmp in any case.
    ...(launch.image ? {} : { TMPDIR: locate('/tmp'), HOME: locate('/tmp') }),
    ...(version.logFormat === 'JSON'
      ? { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: version.applicationLogLevel ?? 'INFO' }
      : {}),
  };
}

/** Variables that belong to the platform. Source: Lambda's page on reserved environment variables. */
function reservedVariables(
  version: ExecutableVersion,
  identity: EnvironmentIdentity,
  launch: RuntimeLaunch,
  locate: (path: string) => string,
): Record<string, string> {
  return {
    _HANDLER: launch.image?.handler ?? version.handler,
    AWS_REGION: version.region,
    AWS_DEFAULT_REGION: version.region,
    AWS_ACCESS_KEY_ID: identity.accessKeyId,
    AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    AWS_SESSION_TOKEN: identity.sessionToken,
    AWS_LAMBDA_FUNCTION_NAME: version.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memorySizeMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: identity.initializationType,
    ...(version.maxConcurrency === undefined ? {} : { AWS_LAMBDA_MAX_CONCURRENCY: String(version.maxConcurrency) }),
    AWS_LAMBDA_LOG_GROUP_NAME: version.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: identity.logStream,
    AWS_LAMBDA_RUNTIME_API: identity.runtimeApi,
    AWS_LAMBDA_METADATA_API: identity.runtimeApi,
    AWS_LAMBDA_METADATA_TOKEN: identity.metadataToken,
    LAMBDA_TASK_ROOT: locate('/var/task'),
    LAMBDA_RUNTIME_DIR: locate('/var/runtime'),
    // Own runtimes carry no execution environment name, and images that of their base, if any.
    ...(launch.image || version.runtime.startsWith('provided') ? {} : { AWS_EXECUTION_ENV: `AWS_Lambda_${version.runtime}` }),
    ...(launch.framed ? { _LAMBKIN_CHANNEL_FD: '3' } : {}),
    ...(launch.logFrames ? { _LAMBDA_TELEMETRY_LOG_FD: '3' } : {}),
  };
}
