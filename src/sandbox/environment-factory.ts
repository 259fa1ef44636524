import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { issueAccessKeyId } from '../model/access-key.ts';
import type { ExecutableVersion, InitializationType } from '../model/executable-version.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { ImageShelf } from '../ports/image-shelf.ts';
import type { LogSink } from '../ports/log-sink.ts';
import type { Logger } from '../ports/logger.ts';
import { ProgramUnstartable, type SandboxDriver, type SandboxSpec } from '../ports/sandbox-driver.ts';
import { ENDPOINT_PORT } from '../ports/sandbox-network.ts';
import { ConcurrentEnvironment } from './concurrent-environment.ts';
import { type EnvironmentParts, ExecutionEnvironment } from './environment.ts';
import { type HeldDirectory, Holdings } from './environment-holdings.ts';
import { extensionCompanion, externalExtensions } from './extensions/external-extensions.ts';
import { imageExtensions, imageLaunch } from './image-launch.ts';
import { lineFormat } from './line-format.ts';
import { OutputCapture } from './output-capture.ts';
import { invalidEntrypoint, type PlatformError } from './platform-errors.ts';
import { platformLines, type RuntimeIdentity } from './platform-lines.ts';
import { RequestTails } from './request-tails.ts';
import type { RunnableEnvironment } from './runnable-environment.ts';
import type { RuntimeApi, RuntimeApiEndpoint } from './runtime-api.ts';
import { type HostListener, RuntimeProcess } from './runtime-process.ts';
import { type ApiSession, RuntimeSession } from './runtime-session.ts';
import type { RuntimeLaunch } from './runtimes/runtime-launch.ts';
import { type EnvironmentIdentity, type FunctionFolders, planSandbox } from './sandbox-plan.ts';
import type { StartLimiter } from './start-limiter.ts';

/** Unpacked deployment packages. */
export interface CodeDirectories {
  acquire(blobId: string): Promise<HeldDirectory>;
}

/** Layers merged in order; an empty folder for none. */
export interface LayerDirectories {
  acquire(layerBlobIds: readonly string[]): Promise<HeldDirectory>;
}

/** Finds how a runtime is started on this host. */
export interface RuntimeLaunches {
  /** Rejects when the runtime is not available, with the reason and how to add it. */
  launch(runtime: string, folders: FunctionFolders): Promise<RuntimeLaunch | { readonly invalidEntrypoint: string }>;
}

/** What runs functions of container images. */
export interface ImageRunner {
  readonly shelf: ImageShelf;
  readonly driver: SandboxDriver;
}

/** What environments are built from. */
export interface FactoryDependencies {
  readonly driver: SandboxDriver;
  /** Undefined where no driver can run images. */
  readonly images?: ImageRunner | undefined;
  readonly runtimes: RuntimeLaunches;
  readonly code: CodeDirectories;
  readonly layers: LayerDirectories;
  readonly runtimeApi: RuntimeApi;
  readonly starts: StartLimiter;
  readonly logs: LogSink;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** The server's own endpoint, for the SDKs inside functions. */
  readonly endpoint: () => string;
  /** Serves the same to a connection from an environment with a network of its own. */
  readonly serveEndpoint: (socket: Socket) => void;
}

/** Connections of extensions and of whatever else asks, where the runtime itself has many. */
const CONNECTIONS_BESIDE = 64;

/** Builds execution environments; each starts its process at its first invocation. */
export class EnvironmentFactory {
  readonly #dependencies: FactoryDependencies;

  constructor(dependencies: FactoryDependencies) {
    this.#dependencies = dependencies;
  }

  /** A new environment in state `New`; nothing has been started or opened for it yet. */
  create(version: ExecutableVersion, initializationType: InitializationType = 'on-demand'): RunnableEnvironment {
    const { logs } = this.#dependencies;
    if (version.maxConcurrency !== undefined) return this.#createConcurrent(version, version.maxConcurrency);
    const { parts, start } = this.#prepare(version, initializationType, logs);
    return new ExecutionEnvironment({
      ...parts,
      startProcess: (listener) => start(listener, new RuntimeSession(listener)),
    });
  }

  #createConcurrent(version: ExecutableVersion, maxConcurrency: number): ConcurrentEnvironment {
    const tails = new RequestTails(this.#dependencies.logs);
    const { parts, start } = this.#prepare(version, 'lambda-managed-instances', tails);
    return new ConcurrentEnvironment({ ...parts, maxConcurrency, tails, startProcess: start });
  }

  /** What both kinds of environments are made of. */
  #prepare(version: ExecutableVersion, initializationType: InitializationType, logs: LogSink): Prepared {
    const { clock, ids, starts } = this.#dependencies;
    const instance = ids.hex(16);
    const stream = logStreamName(version, instance, clock.now());
    const { account, region } = version;
    const capture = new OutputCapture(logs, { account, region, group: version.logGroup, stream }, clock, lineFormat(version));
    const holdings = new Holdings();
    return {
      parts: {
        id: instance,
        version,
        clock,
        capture,
        lines: platformLines(version, initializationType),
        initializationType,
        runtimeIdentity: runtimeIdentity(version),
        startTurn: () => starts.turn(),
        release: () => holdings.release(),
      },
      start: (listener, session) =>
        this.#startProcess(version, { initializationType, logStream: stream }, capture, holdings, listener, session),
    };
  }

  async #startProcess<Session extends ApiSession>(
    version: ExecutableVersion,
    told: Pick<EnvironmentIdentity, 'initializationType' | 'logStream'>,
    capture: OutputCapture,
    holdings: Holdings,
    listener: HostListener,
    session: Session,
  ): Promise<RuntimeProcess<Session> | PlatformError> {
    const { clock, ids, endpoint, logger } = this.#dependencies;
    const opened = await this.#open(version, holdings);
    if ('errorType' in opened) return opened;
    const { driver, launch, folders, extensions, api } = opened;
    const identity = {
      ...told,
      runtimeApi: api.address,
      endpoint: api.network ? `http://127.0.0.1:${ENDPOINT_PORT}` : endpoint(),
      accessKeyId: issueAccessKeyId(version.account, ids.hex(4)),
      secretAccessKey: ids.hex(20),
      sessionToken: ids.hex(32),
      metadataToken: ids.hex(32),
    };
    // A restarted process gets a sandbox of its own, under a name of its own.
    const plan = planSandbox(ids.hex(8), version, launch, folders, identity, driver);
    const spec = { ...withExtensions(plan, extensions, driver), ...(api.network ? { network: api.network } : {}) };
    logger.debug(
      { sandbox: spec.id, functionArn: version.functionArn, version: version.version },
      'starting an execution environment',
    );
    const facts = {
      functionName: version.functionName,
      functionVersion: version.version,
      handler: launch.image?.handler ?? version.handler,
      accountId: version.account,
    };
    const started = RuntimeProcess.start({
      driver,
      spec,
      session,
      framed: launch.framed,
      logFrames: launch.logFrames,
      endpoint: api,
      capture,
      listener,
      clock,
      ids,
      extensions,
      facts,
      place: { token: identity.metadataToken, region: version.region },
    });
    return started.catch(unstartable);
  }

  /** What a process needs of the host, held until the environment's end, or what is wrong with the function's code. */
  #open(version: ExecutableVersion, holdings: Holdings): Promise<Opened | PlatformError> {
    return version.image ? this.#openImage(version, version.image.resolvedUri, holdings) : this.#openPackage(version, holdings);
  }

  async #openPackage(version: ExecutableVersion, holdings: Holdings): Promise<Opened | PlatformError> {
    const { driver, runtimes, code, layers } = this.#dependencies;
    const taken = [
      holdings.keep('code', () => code.acquire(version.codeBlobId)),
      // Stored versions of 0.1.0 have no such member.
      holdings.keep('layers', () => layers.acquire(version.layerBlobIds ?? [])),
      holdings.keep('api', () => this.#openApi(driver, version, holdings)),
    ] as const;
    // When one fails the others are still to come, and are given back with the environment only if they came before its end.
    await Promise.allSettled(taken);
    const [heldCode, heldLayers, api] = await Promise.all(taken);
    const folders = { code: heldCode.directory, layers: heldLayers.directory };
    const found = await runtimes.launch(version.runtime, folders);
    if ('invalidEntrypoint' in found) return invalidEntrypoint('', found.invalidEntrypoint);
    // Frames carry one invocation at a time.
    const launch = version.maxConcurrency === undefined ? found : { ...found, framed: false };
    return { driver, launch, folders, extensions: await externalExtensions(join(folders.layers, 'extensions')), api };
  }

  /** The Runtime API, and the endpoint beside it where the environment has a network of its own. */
  async #openApi(driver: SandboxDriver, version: ExecutableVersion, holdings: Holdings): Promise<RuntimeApiEndpoint> {
    const { runtimeApi, serveEndpoint } = this.#dependencies;
    const network = await holdings.keep('network', async () => driver.networks?.acquire());
    network?.serve('endpoint', serveEndpoint);
    return runtimeApi.open(connectionsOf(version), network);
  }

  async #openImage(version: ExecutableVersion, uri: string, holdings: Holdings): Promise<Opened | PlatformError> {
    const { images } = this.#dependencies;
    if (!images) throw new Error('no driver here can run container images (see docs/images.md)');
    const taken = [
      holdings.keep('image', () => images.shelf.acquire(uri)),
      holdings.keep('api', () => this.#openApi(images.driver, version, holdings)),
    ] as const;
    await Promise.allSettled(taken);
    const [image, api] = await Promise.all(taken);
    const launch = await imageLaunch(image, version);
    if ('errorType' in launch) return launch;
    const extensions = await imageExtensions(image);
    if (!Array.isArray(extensions)) return extensions;
    return { driver: images.driver, launch, folders: { code: '', layers: '' }, extensions, api };
  }
}

/** What both kinds of environments are made of, and how their process is started. */
interface Prepared {
  readonly parts: Omit<EnvironmentParts, 'startProcess'>;
  start<Session extends ApiSession>(listener: HostListener, session: Session): Promise<RuntimeProcess<Session> | PlatformError>;
}

/** What a process is started from. */
interface Opened {
  readonly driver: SandboxDriver;
  readonly launch: RuntimeLaunch;
  /** Without meaning for images. */
  readonly folders: FunctionFolders;
  /** Names of the external extensions. */
  readonly extensions: readonly string[];
  readonly api: RuntimeApiEndpoint;
}

/** Connections to its Runtime API: for each invocation at a time one that waits and one that answers, beside the extensions'. */
function connectionsOf({ maxConcurrency }: ExecutableVersion): number | undefined {
  return maxConcurrency === undefined ? undefined : 2 * maxConcurrency + CONNECTIONS_BESIDE;
}

/** The error of a program that only the driver could find out about; anything else stays what it is. */
function unstartable(error: unknown): PlatformError {
  if (error instanceof ProgramUnstartable) return invalidEntrypoint('', error.message);
  throw error;
}

/** The plan with the extensions that run beside the runtime. */
function withExtensions(spec: SandboxSpec, extensions: readonly string[], driver: Pick<SandboxDriver, 'locate'>): SandboxSpec {
  if (extensions.length === 0) return spec;
  const locate = (path: string): string => driver.locate(spec, path);
  return { ...spec, companions: extensions.map((name) => extensionCompanion(name, locate, spec.env)) };
}

/** Source: recorded stream names; with a log group of the user's own the function's name is part of it. */
function logStreamName(version: ExecutableVersion, instance: string, nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
  const isDefaultGroup = version.logGroup === `/aws/lambda/${version.functionName}`;
  return isDefaultGroup
    ? `${day}/[${version.version}]${instance}`
    : `${day}/${version.functionName}[${version.version}][${instance}]`;
}

/** Managed runtimes name their version in INIT_START; ours changes with the runtime's name alone. */
function runtimeIdentity(version: ExecutableVersion): RuntimeIdentity | undefined {
  const match = /^(nodejs|python|java|ruby|dotnet)(\d+(?:\.\d+)?)/.exec(version.runtime);
  if (!match) return undefined;
  const hash = createHash('sha256').update(version.runtime).digest('hex');
  return { version: `${match[1]}:${match[2]}.v1`, arn: `arn:aws:lambda:${version.region}::runtime:${hash}` };
}
