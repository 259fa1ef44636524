import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withExternalQueues } from './adapters/aws/external-queues.ts';
import { type DataDirectory, openDataDirectory } from './adapters/filesystem/data-directory.ts';
import { DockerEngine } from './adapters/docker/docker-engine.ts';
import { DocumentCheckpoints } from './adapters/documents/document-checkpoints.ts';
import { FilesystemBlobStore } from './adapters/filesystem/blob-store.ts';
import { MetricCounts } from './adapters/memory/metric-counts.ts';
import { SqliteEventQueue } from './adapters/sqlite/event-queue.ts';
import { SqliteItemStore } from './adapters/sqlite/item-store.ts';
import { SqliteMetadataStore } from './adapters/sqlite/metadata-store.ts';
import { SqliteRecordLog } from './adapters/sqlite/record-log.ts';
import { systemClock } from './adapters/system/clock.ts';
import { systemIds } from './adapters/system/ids.ts';
import { pinoLogger } from './adapters/system/pino-logger.ts';
import { compatibilityHandler } from './api/compatibility.ts';
import { healthHandler } from './api/health.ts';
import { invokeOperations } from './api/invoke-operations.ts';
import { lambdaService } from './api/lambda-service.ts';
import { metricsHandler } from './api/metrics.ts';
import { CodeCache } from './code/code-cache.ts';
import { LayerCache } from './code/layer-cache.ts';
import { SharedFolders } from './code/shared-folders.ts';
import type { Settings } from './config/schema.ts';
import { CODE_DOWNLOAD_PATH, CodeDownload } from './control/code-download.ts';
import { createControlPlane } from './control/control-plane.ts';
import { createMappingDirectory } from './control/mapping-directory.ts';
import { sweepCode } from './control/package-sweep.ts';
import { CREATABLE_RUNTIMES } from './control/settings/runtimes.ts';
import { createFunctionUrls } from './gateways/function-urls/create-function-urls.ts';
import { EngineImages } from './images/engine-images.ts';
import { ImageStore, parseStoredImage } from './images/image-store.ts';
import { Admission } from './invoke/admission.ts';
import { createAsyncPipeline } from './invoke/async/async-pipeline.ts';
import { createDestinations } from './invoke/async/destinations.ts';
import { createEventTargets } from './invoke/event-targets.ts';
import { createInvoker } from './invoke/invoker.ts';
import { Provisioner } from './invoke/provisioner.ts';
import { retireOnChange } from './invoke/retirement.ts';
import { functionArn } from './model/arn.ts';
import { compileRecordFilter } from './model/event-filter/record-filter.ts';
import { TENANT_ENVIRONMENTS_PER_CONCURRENCY } from './model/limits.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import type { ImageRegistry } from './ports/image-registry.ts';
import type { Logger } from './ports/logger.ts';
import type { Enforcement, SandboxDriver } from './ports/sandbox-driver.ts';
import { chooseDriver, type IsolatedNetwork } from './sandbox/drivers/choose.ts';
import { openDockerDriver } from './sandbox/drivers/open-docker.ts';
import { EnvironmentFactory, type ImageRunner } from './sandbox/environment-factory.ts';
import { EnvironmentPool } from './sandbox/environment-pool.ts';
import { RuntimeApi } from './sandbox/runtime-api.ts';
import { addRuntime } from './sandbox/runtimes/additions/add-runtime.ts';
import { RuntimeCatalogue } from './sandbox/runtimes/runtime-catalogue.ts';
import type { RuntimeStatus } from './sandbox/runtimes/runtime-launch.ts';
import { StartLimiter } from './sandbox/start-limiter.ts';
import { createDynamoDb } from './services/dynamodb/create-dynamodb.ts';
import { createEvents } from './services/events/create-events.ts';
import { SERVICE_FIDELITIES } from './services/fidelity-tables.ts';
import { createIam } from './services/iam/create-iam.ts';
import { createKinesis } from './services/kinesis/create-kinesis.ts';
import { createLogs } from './services/logs/create-logs.ts';
import { createS3 } from './services/s3/create-s3.ts';
import { createScheduler } from './services/scheduler/create-scheduler.ts';
import { createSns } from './services/sns/create-sns.ts';
import { createSqs } from './services/sqs/create-sqs.ts';
import { createSts } from './services/sts/create-sts.ts';
import { callersIdentity } from './services/sts/sessions.ts';
import { QueuePollers } from './sources/sqs/queue-pollers.ts';
import { StreamPollers } from './sources/streams/stream-pollers.ts';
import { awsJsonService } from './wire/aws-json/aws-json-service.ts';
import { LOGS_OPERATIONS } from './wire/generated/logs.ts';
import { createListener } from './wire/listener.ts';

// The composition root: the only place that knows which adapter stands behind a port.

/** A running server. */
export interface Lambkin {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
  readonly driver: string;
  /** Bounds that this host can't hold, a sentence each. */
  readonly notices: readonly string[];
  /** Finishes what is in flight, gives everything back, and resolves. */
  close(): Promise<void>;
}

const MEBIBYTE = 1_048_576;
const MEMORY_SHARE = 0.7;
const STARTS_PER_CORE = 2;
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x86_64';
/** The same in the words of container images. */
const GO_ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** Starts everything on one port. Rejects with a sentence for the user when a setting or the host does not allow it. */
export async function startLambkin(settings: Settings): Promise<Lambkin> {
  refuseOpenListening(settings);
  const clock = systemClock();
  const startedMs = clock.monotonic();
  const ids = systemIds();
  const logger = pinoLogger(settings.logLevel);
  const data = await openDataDirectory(settings.dataDir);
  // Opened first: it is what keeps a second server out of the directory.
  const store = new SqliteMetadataStore(data.metadata);
  const onQueueFailure = (error: Error): void => {
    logger.error({ error: error.message }, 'the event queue has failed; stopping, for accepted events could be lost');
    process.exit(1);
  };
  const onItemsFailure = (error: Error): void => {
    logger.error({ error: error.message }, 'the store of items has failed; stopping, for nothing can be written any more');
    process.exit(1);
  };
  const onRecordsFailure = (error: Error): void => {
    logger.error({ error: error.message }, 'the store of records has failed; stopping, for nothing can be written any more');
    process.exit(1);
  };
  const [queue, items, records, codeBlobs, objectBlobs, driver] = await Promise.all([
    SqliteEventQueue.open(data.queue, clock, onQueueFailure),
    SqliteItemStore.open(data.items, clock, onItemsFailure),
    SqliteRecordLog.open(data.records, onRecordsFailure),
    FilesystemBlobStore.open(data.codeBlobs, ids),
    FilesystemBlobStore.open(data.objectBlobs, ids),
    chooseDriver({
      setting: settings.sandbox.driver,
      network: isolatedNetwork(settings),
      runDirectory: data.run,
      clock,
      ids,
      logger,
    }),
  ]);
  const cache = await CodeCache.open(data.code, codeBlobs, ids);
  const layers = await LayerCache.open(data.layers, cache, ids);
  const images = await openImages(settings, data, driver, { clock, ids, logger });
  const logs = createLogs({
    directory: data.logs,
    clock,
    logger,
    functions: {
      permission: { check: (question) => control.permission.check(question) },
      directory: { resolve: (reference) => control.directory.resolve(reference) },
      accept: (request) => invoker.accept(request),
      ids,
    },
    serve: (handlers, fidelity) =>
      awsJsonService({
        name: 'logs',
        targetPrefix: 'Logs_20140328.',
        operations: LOGS_OPERATIONS,
        handlers,
        fidelity,
        contentType: 'application/x-amz-json-1.1',
        logger,
      }),
  });
  const runtimes = catalogue(settings);
  const download = new CodeDownload(codeBlobs, clock, data.secret);
  const control = createControlPlane({
    store,
    packages: { blobs: codeBlobs, cache, objects: { read: (location) => s3.objectReader.read(location) } },
    download,
    clock,
    ids,
    logger,
    runtimeStatus: (runtime) => runtimes.status(runtime),
    architecture: ARCHITECTURE,
    limits: {
      concurrency: settings.invoke.accountConcurrency,
      codeStorageBytes: settings.limits.codeStorageMb * MEBIBYTE,
      capacityProviders: settings.limits.capacityProviders,
      versionsPerCapacityProvider: settings.limits.versionsPerCapacityProvider,
      aliasesPerFunction: settings.limits.aliasesPerFunction,
    },
    blockPublicPolicies: settings.blockPublicPolicies,
    provisioning: { stateOf: (version) => provisioner.stateOf(version) },
    mappingProgress: { lastResult: (place) => streamPollers.lastResult(place) },
    queues: { describe: (queueArn) => everyQueue.queues.describe(queueArn) },
    streamExists: {
      dynamodb: (sourceArn) => dynamodb.exists(sourceArn),
      kinesis: (sourceArn) => kinesis.exists(sourceArn),
    },
    ...(images ? { images: images.registry } : {}),
  });
  let endpoint = '';
  const startingMax = settings.sandbox.startingMax || cpus().length * STARTS_PER_CORE;
  const factory = new EnvironmentFactory({
    driver,
    images: images?.runner,
    runtimes,
    code: cache,
    layers,
    runtimeApi: new RuntimeApi(logger),
    starts: new StartLimiter(startingMax),
    logs: logs.sink,
    clock,
    ids,
    logger,
    endpoint: () => endpoint,
    serveEndpoint: (socket) => listener.adopt(socket),
  });
  const pool = new EnvironmentPool((version, initializationType) => factory.create(version, initializationType), clock, {
    environmentsMax: settings.sandbox.environmentsMax,
    environmentsPerFunctionMax: settings.sandbox.environmentsPerFunctionMax,
    newEnvironmentsPerTenSeconds: settings.invoke.newEnvironmentsPerTenSeconds,
    tenantEnvironmentsMax: Math.floor(settings.invoke.accountConcurrency * TENANT_ENVIRONMENTS_PER_CONCURRENCY),
    waitingMax: settings.invoke.waitingMax,
    memoryBudgetBytes:
      settings.sandbox.memoryBudgetMb > 0 ? settings.sandbox.memoryBudgetMb * MEBIBYTE : totalmem() * MEMORY_SHARE,
    freezeAfterMs: settings.sandbox.freezeAfterMs,
    idleTimeoutMs: settings.sandbox.idleTimeoutSeconds * 1_000,
  });
  const stopRetiring = retireOnChange(control.directory, pool, (change) => functionArn(change, change.functionName));
  const provisioner = new Provisioner({
    plan: control.provisioningPlan,
    directory: control.directory,
    pool,
    clock,
    logger,
    startsMax: Math.max(1, Math.floor(startingMax / 2)),
  });
  const metrics = new MetricCounts();
  const destinations = createDestinations({
    queue,
    targets: { deliver: (delivery) => targets.deliver(delivery) },
    clock,
    ids,
    logger,
    metrics,
  });
  const pipeline = createAsyncPipeline({
    queue,
    directory: control.directory,
    run: (request) => invoker.invoke(request),
    clock,
    ids,
    logger,
    settings: {
      retryDelaysSeconds: settings.invoke.asyncRetryDelaysSeconds,
      concurrencyMax: settings.invoke.asyncConcurrencyMax,
    },
    ends: destinations,
    metrics,
  });
  const invoker = createInvoker({
    directory: control.directory,
    admission: new Admission(
      {
        accountConcurrency: settings.invoke.accountConcurrency,
        requestsPerConcurrency: settings.invoke.requestsPerConcurrency,
      },
      clock,
    ),
    pool,
    accept: (request) => pipeline.accept(request),
    logger,
    metrics,
  });
  const s3 = createS3({
    store,
    blobs: objectBlobs,
    clock,
    ids,
    logger,
    permission: control.permission,
    accept: (request) => invoker.accept(request),
    queue,
    targets: { deliver: (delivery) => targets.deliver(delivery) },
    queues: { describe: (queueArn) => everyQueue.queues.describe(queueArn) },
    topics: { exists: (topicArn) => sns.topics.exists(topicArn) },
    buses: { deliver: (delivery) => events.buses.deliver(delivery) },
  });
  const sqs = createSqs({ store, queue, clock, ids, logger });
  const everyQueue = await withExternalQueues(sqs.queues, settings.external.sqs);
  const sns = createSns({
    store,
    queue,
    clock,
    ids,
    logger,
    permission: control.permission,
    accept: (request) => invoker.accept(request),
    queues: everyQueue.queues,
    endpoint: () => endpoint,
  });
  const targets = createEventTargets({
    accept: (request) => invoker.accept(request),
    objects: s3.objectWriter,
    queues: everyQueue.queues,
    topics: sns.topics,
    buses: { deliver: (delivery) => events.buses.deliver(delivery) },
    ids,
  });
  const events = createEvents({ store, queue, targets, permission: control.permission, clock, ids, logger });
  const scheduler = createScheduler({
    store,
    queue,
    targets,
    queues: everyQueue.queues,
    topics: sns.topics,
    invoker,
    clock,
    ids,
    logger,
  });
  const kinesis = createKinesis({
    store,
    log: records,
    clock,
    ids,
    logger,
    limitsThroughput: settings.limits.kinesisThroughput,
  });
  const dynamodb = createDynamoDb({ store, items, clock, ids, logger });
  const mappings = createMappingDirectory(store);
  const pollers = new QueuePollers({
    mappings: mappings.queues,
    queues: everyQueue.queues,
    directory: control.directory,
    invoke: (request) => invoker.invoke(request),
    filterOf: (patterns) => compileRecordFilter('sqs', patterns),
    clock,
    ids,
    logger,
    metrics,
  });
  const streamPollers = new StreamPollers({
    // A service that has streams brings its source.
    sources: { dynamodb: dynamodb.source, kinesis: kinesis.source },
    mappings,
    checkpoints: new DocumentCheckpoints(store),
    // The data directory has one server at a time, so whoever holds its leases is gone.
    owner: 'embedded',
    directory: control.directory,
    invoke: (request) => invoker.invoke(request),
    queue,
    filterOf: compileRecordFilter,
    metrics,
    clock,
    ids,
    logger,
  });
  const iam = createIam({ store, clock, ids, logger });
  const sts = { store, clock, ids, findRole: iam.findRole, defaultAccount: settings.account };
  const services = [
    lambdaService(control.operations, { ...invokeOperations({ invoker, clock, ids }) }, logger),
    s3.service,
    logs.service,
    sqs.service,
    events.service,
    scheduler.service,
    sns.service,
    iam.service,
    dynamodb.service,
    dynamodb.streamsService,
    kinesis.service,
    createSts({ ...sts, logger }),
    createFunctionUrls({
      urls: control.functionUrls,
      invoker,
      identifyCaller: (context) => callersIdentity(sts, context),
      metrics,
      clock,
      ids,
    }),
  ];
  const listener = createListener({
    host: settings.host,
    port: settings.port,
    defaultRegion: settings.region,
    defaultAccount: settings.account,
    services,
    localPaths: {
      [CODE_DOWNLOAD_PATH]: (request, response, context) => download.handle(request, response, context),
      [sns.certificate.path]: sns.certificate.handle,
      '/_lambkin/compatibility': compatibilityHandler(SERVICE_FIDELITIES),
      '/_lambkin/metrics': metricsHandler(() => metrics.readings()),
      '/_lambkin/health': healthHandler({ services: services.map(({ name }) => name), pool, clock, startedMs }),
    },
    crossSite: { allowedOrigins: settings.allowedOrigins, allowedHosts: settings.allowedHosts },
    clock,
    ids,
    logger,
  });
  // Nothing comes in yet, so what no function refers to now will never be asked for again.
  await sweepCode(store, { blobs: codeBlobs, cache, ...(images ? { images: images.registry } : {}) });
  await Promise.all([dynamodb.start(), kinesis.start()]);
  const port = await listener.listen();
  endpoint = `http://${settings.host === '0.0.0.0' || settings.host === '::' ? '127.0.0.1' : settings.host}:${port}`;
  await Promise.all([control.start(), provisioner.start()]);
  pipeline.start();
  sqs.start();
  destinations.start();
  await Promise.all([events.start(), scheduler.start(), sns.start(), s3.start(), pollers.start(), streamPollers.start()]);
  const close = async (): Promise<void> => {
    // Timers of ours keep no process alive, and closing waits for some.
    const alive = setInterval(() => {}, 1_000);
    const polled = Promise.all([pollers.close(settings.shutdownGraceMs), streamPollers.close(settings.shutdownGraceMs)]);
    // Receivers that wait would be waited for.
    sqs.close();
    kinesis.endSubscriptions();
    await Promise.all([listener.close(settings.shutdownGraceMs), polled]);
    await pipeline.close(settings.shutdownGraceMs);
    await destinations.close(settings.shutdownGraceMs);
    await Promise.all([events, scheduler, sns, s3].map((service) => service.close(settings.shutdownGraceMs)));
    everyQueue.close();
    provisioner.close();
    // What waits for an image is not worth waiting for.
    images?.endPulls();
    await pool.close(settings.shutdownGraceMs);
    stopRetiring();
    await Promise.all([driver.close(), images?.close(), control.close()]);
    await logs.close();
    await Promise.all([dynamodb.close(), kinesis.close()]);
    await Promise.all([queue.close(), items.close(), records.close(), store.close()]);
    clearInterval(alive);
  };
  return { endpoint, driver: driver.name, notices: noticesOf(driver.enforcements), close };
}

/** Runtimes that functions can be created with, and whether they can run here. */
export type RuntimeOverview = readonly { readonly runtime: string; readonly status: RuntimeStatus }[];

/** Asks every runtime's interpreter. */
export function inspectRuntimes(settings: Settings): Promise<RuntimeOverview> {
  return catalogue(settings).statuses(CREATABLE_RUNTIMES);
}

/** Brings what a runtime lacks; resolves to what was done, rejects with why nothing was. */
export function bringRuntime(runtime: string, settings: Settings): Promise<string> {
  return addRuntime(runtime, {
    folder: addedFolder(settings),
    mavenRepository: settings.downloads.mavenRepository,
    npmRegistry: settings.downloads.npmRegistry,
    searchPath: process.env['PATH'] ?? '',
  });
}

/** What knows container images and what runs them; undefined where nothing can, or a setting says so. */
async function openImages(
  settings: Settings,
  data: DataDirectory,
  driver: SandboxDriver,
  given: { readonly clock: Clock; readonly ids: Ids; readonly logger: Logger },
): Promise<{ registry: ImageRegistry; runner: ImageRunner; endPulls(): void; close(): Promise<void> } | undefined> {
  const { imageDriver, dockerSocket } = settings.sandbox;
  const { ids, logger } = given;
  if (imageDriver === 'docker') {
    const engine = new DockerEngine(dockerSocket);
    const containers = await openDockerDriver({ engine, runDirectory: data.containers, ids, logger });
    const images = new EngineImages({ engine, settings: settings.images, architecture: GO_ARCHITECTURE, ...given });
    const runner = { shelf: images, driver: containers };
    return { registry: images, runner, endPulls: () => images.close(), close: () => containers.close() };
  }
  if (imageDriver === 'none' || driver.roots !== 'folder') return undefined;
  const store = new ImageStore({
    folders: await SharedFolders.open(data.images, ids, { parse: parseStoredImage, recover: async () => undefined }),
    settings: settings.images,
    architecture: GO_ARCHITECTURE,
    ...given,
  });
  return { registry: store, runner: { shelf: store, driver }, endPulls: () => store.close(), close: async () => {} };
}

/** What this machine can run and enforce, found by trying in a folder of its own. */
export async function inspectHost(
  directory: string,
  settings: Settings,
): Promise<{ driver: string; enforcements: readonly Enforcement[]; isolation: string; runtimes: RuntimeOverview }> {
  const clock = systemClock();
  const alive = setInterval(() => {}, 1_000);
  const given = { setting: 'auto', runDirectory: directory, clock, ids: systemIds(), logger: pinoLogger('warn') } as const;
  const { egress, egressInterfaces: interfaces, network } = settings.sandbox;
  const isolated = await chooseDriver({ ...given, network: { egress, interfaces } }).catch((error: Error) => error);
  if (network === 'host' && !(isolated instanceof Error)) await isolated.close();
  const driver = network === 'host' || isolated instanceof Error ? await chooseDriver(given) : isolated;
  const isolation = isolated instanceof Error ? isolated.message : `sandbox.network isolated can be had, with egress ${egress}`;
  const runtimes = await inspectRuntimes(settings);
  await driver.close();
  clearInterval(alive);
  return { driver: driver.name, enforcements: driver.enforcements, isolation, runtimes };
}

function catalogue(settings: Settings): RuntimeCatalogue {
  return new RuntimeCatalogue({
    settings: settings.runtimes,
    clientsDirectory: fileURLToPath(new URL('../runtimes', import.meta.url)),
    searchPath: process.env['PATH'] ?? '',
    nodeExecutable: process.execPath,
    addedDirectory: addedFolder(settings),
    javaHome: process.env['JAVA_HOME'],
    jvmFolder: '/usr/lib/jvm',
  });
}

function addedFolder(settings: Settings): string {
  return resolve(settings.dataDir, 'runtimes');
}

function isolatedNetwork({ sandbox }: Settings): IsolatedNetwork | undefined {
  const { network, egress, egressInterfaces: interfaces, imageDriver } = sandbox;
  if (network === 'isolated') {
    if (imageDriver !== 'docker') return { egress, interfaces };
    throw new Error('sandbox.network isolated can not be held for container images with sandbox.imageDriver docker');
  }
  if (egress === 'none' || interfaces.length > 0)
    throw new Error('sandbox.egress and sandbox.egressInterfaces need sandbox.network isolated: the host shares all it reaches');
  return undefined;
}

function refuseOpenListening(settings: Settings): void {
  const isLoopback = settings.host === 'localhost' || settings.host === '::1' || settings.host.startsWith('127.');
  if (isLoopback || settings.allowUnauthenticated) return;
  throw new Error(
    `listening on ${settings.host} would let anybody who reaches it run code here, for signatures are not verified yet. ` +
      'Listen on 127.0.0.1, or set allowUnauthenticated if the network is trusted.',
  );
}

function noticesOf(enforcements: readonly Enforcement[]): string[] {
  const missing = enforcements.filter(({ enforced }) => !enforced);
  const byReason = Map.groupBy(missing, ({ reason }) => reason ?? 'unknown');
  return [...byReason].map(([reason, names]) => `${names.map(({ name }) => name).join(', ')} (${reason})`);
}
