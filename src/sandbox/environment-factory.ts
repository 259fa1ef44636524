import { createHash } from 'node:crypto';
import { issueAccessKeyId } from '../model/access-key.ts';
import type { ExecutableVersion, InitializationType } from '../model/executable-version.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { LogSink } from '../ports/log-sink.ts';
import type { Logger } from '../ports/logger.ts';
import type { SandboxDriver, SandboxSpec } from '../ports/sandbox-driver.ts';
import { ExecutionEnvironment } from './environment.ts';
import { extensionCompanion, externalExtensions } from './extensions/external-extensions.ts';
import { lineFormat } from './line-format.ts';
import { OutputCapture } from './output-capture.ts';
import { invalidEntrypoint, type PlatformError } from './platform-errors.ts';
import { platformLines, type RuntimeIdentity } from './platform-lines.ts';
import type { RuntimeApi, RuntimeApiEndpoint } from './runtime-api.ts';
import { type ProcessListener, RuntimeProcess } from './runtime-process.ts';
import type { RuntimeLaunch } from './runtimes/runtime-launch.ts';
import { type EnvironmentIdentity, type FunctionFolders, planSandbox } from './sandbox-plan.ts';
import type { StartLimiter } from './start-limiter.ts';

/** A folder that stays in place until it is released. */
interface HeldDirectory {
  readonly directory: string;
  release(): void;
}

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

/** What environments are built from. */
export interface FactoryDependencies {
  readonly driver: SandboxDriver;
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
}

/** Builds execution environments; each starts its process at its first invocation. */
export class EnvironmentFactory {
  readonly #dependencies: FactoryDependencies;

  constructor(dependencies: FactoryDependencies) {
    this.#dependencies = dependencies;
  }

  /** A new environment in state `New`; nothing has been started or opened for it yet. */
  create(version: ExecutableVersion, initializationType: InitializationType = 'on-demand'): ExecutionEnvironment {
    const { clock, ids, logs, starts } = this.#dependencies;
    const instance = ids.hex(16);
    const stream = logStreamName(version, instance, clock.now());
    const { account, region } = version;
    const capture = new OutputCapture(logs, { account, region, group: version.logGroup, stream }, clock, lineFormat(version));
    const holdings = new Holdings();
    return new ExecutionEnvironment({
      id: instance,
      version,
      clock,
      capture,
      lines: platformLines(version, initializationType),
      initializationType,
      runtimeIdentity: runtimeIdentity(version),
      startTurn: () => starts.turn(),
      startProcess: (listener) =>
        this.#startProcess(version, { initializationType, logStream: stream }, capture, holdings, listener),
      release: () => holdings.release(),
    });
  }

  async #startProcess(
    version: ExecutableVersion,
    told: Pick<EnvironmentIdentity, 'initializationType' | 'logStream'>,
    capture: OutputCapture,
    holdings: Holdings,
    listener: ProcessListener,
  ): Promise<RuntimeProcess | PlatformError> {
    const { driver, runtimes, clock, ids, endpoint, logger } = this.#dependencies;
    const { folders, api } = await this.#open(version, holdings);
    const launch = await runtimes.launch(version.runtime, folders);
    if ('invalidEntrypoint' in launch) return invalidEntrypoint('', launch.invalidEntrypoint);
    const identity = {
      ...told,
      runtimeApi: api.address,
      endpoint: endpoint(),
      accessKeyId: issueAccessKeyId(version.account, ids.hex(4)),
      secretAccessKey: ids.hex(20),
      sessionToken: ids.hex(32),
    };
    // A restarted process gets a sandbox of its own, under a name of its own.
    const extensions = await externalExtensions(folders.layers);
    const spec = withExtensions(planSandbox(ids.hex(8), version, launch, folders, identity, driver), extensions, driver);
    logger.debug(
      { sandbox: spec.id, functionArn: version.functionArn, version: version.version },
      'starting an execution environment',
    );
    const facts = {
      functionName: version.functionName,
      functionVersion: version.version,
      handler: version.handler,
      accountId: version.account,
    };
    return RuntimeProcess.start({
      driver,
      spec,
      framed: launch.framed,
      endpoint: api,
      capture,
      listener,
      clock,
      ids,
      extensions,
      facts,
    });
  }

  /** What a process needs of the host, held until the environment's end. */
  async #open(
    version: ExecutableVersion,
    holdings: Holdings,
  ): Promise<{ readonly folders: FunctionFolders; readonly api: RuntimeApiEndpoint }> {
    const { code, layers, runtimeApi } = this.#dependencies;
    const taken = [
      holdings.keep('code', () => code.acquire(version.codeBlobId)),
      // Stored versions of 0.1.0 have no such member.
      holdings.keep('layers', () => layers.acquire(version.layerBlobIds ?? [])),
      holdings.keep('api', () => runtimeApi.open()),
    ] as const;
    // When one fails the others are still to come, and are given back with the environment only if they came before its end.
    await Promise.allSettled(taken);
    const [heldCode, heldLayers, api] = await Promise.all(taken);
    return { folders: { code: heldCode.directory, layers: heldLayers.directory }, api };
  }
}

/** The plan with the extensions that run beside the runtime. */
function withExtensions(spec: SandboxSpec, extensions: readonly string[], driver: Pick<SandboxDriver, 'locate'>): SandboxSpec {
  if (extensions.length === 0) return spec;
  const locate = (path: string): string => driver.locate(spec, path);
  return { ...spec, companions: extensions.map((name) => extensionCompanion(name, locate, spec.env)) };
}

/** What may be held. */
interface Holding {
  readonly code: HeldDirectory;
  readonly layers: HeldDirectory;
  readonly api: RuntimeApiEndpoint;
}

/** What an environment holds from its first start to its end. */
class Holdings {
  readonly #held: { -readonly [Name in keyof Holding]?: Holding[Name] } = {};
  #released = false;

  /** What is held under a name already, or what is taken now; given back at once when the end has come in the meantime. */
  async keep<Name extends keyof Holding>(name: Name, take: () => Promise<Holding[Name]>): Promise<Holding[Name]> {
    const held = this.#held[name] ?? (await take());
    this.#held[name] = held;
    if (this.#released) this.#giveBack();
    return held;
  }

  release(): void {
    this.#released = true;
    this.#giveBack();
  }

  #giveBack(): void {
    const { code, layers, api } = this.#held;
    code?.release();
    layers?.release();
    api?.close();
    for (const name of ['code', 'layers', 'api'] as const) delete this.#held[name];
  }
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
