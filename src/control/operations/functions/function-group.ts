import { done, refused, stored } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { createFunction } from './create-function.ts';
import { deleteFunction } from './delete-function.ts';
import { getFunctionConfiguration, getFunctionOperation } from './get-function.ts';
import { listFunctions } from './list-functions.ts';
import { updateFunctionCode } from './update-function-code.ts';
import { updateFunctionConfiguration } from './update-function-configuration.ts';

const HOST_ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x86_64';
const IMAGES = 'runs where there is bubblewrap or Docker Engine, and is refused elsewhere';
/** For members that the operation itself refuses, that nobody has to be warned of again and again, or whose structure asks for them. */
const byTheOperation = (): boolean => false;

const INSTANCES =
  'environments run several invocations at a time; they start with the first invocation, on this host, and none is kept ahead';

const SETTINGS = {
  ...done('Runtime Handler Description Timeout MemorySize Environment EphemeralStorage LoggingConfig Layers DeadLetterConfig'),
  ...stored('Role', 'its form is checked; what it allows is not enforced yet', byTheOperation),
  ...stored('VpcConfig', 'functions run in the network of the host, or in one of their own as sandbox.network says'),
  ...stored('KMSKeyArn', 'there is no key management service; nothing is encrypted with the key'),
  ...stored('TracingConfig', 'no traces are sent', (value) => (value as { Mode?: string }).Mode === 'Active'),
  ...stored('FileSystemConfigs', 'nothing is mounted'),
  ...stored(
    'SnapStart',
    'versions start as others do, without a snapshot',
    (value) => (value as { ApplyOn?: string }).ApplyOn === 'PublishedVersions',
  ),
  ...done('CapacityProviderConfig', INSTANCES),
  ...stored('DurableConfig', 'durable functions can be made and changed, but not run yet'),
  ...done('ImageConfig', IMAGES),
};

const ARCHITECTURES = stored('Architectures', 'code runs on the architecture of the host', (value) =>
  (value as readonly string[]).some((architecture) => architecture !== HOST_ARCHITECTURE),
);

const CODE = {
  ...done('ZipFile S3Bucket S3Key S3ObjectVersion'),
  ...refused('S3ObjectStorageMode', 'packages are always copied', (value) => value === 'REFERENCE'),
  ...done('ImageUri', IMAGES),
  ...stored('SourceKMSKeyArn', 'the package is not encrypted with it'),
};

/** Functions: their code and their settings. */
export const FUNCTIONS: OperationGroup = {
  title: 'Functions',
  operations: {
    CreateFunction: {
      run: createFunction,
      state: 'done',
      members: {
        ...SETTINGS,
        ...ARCHITECTURES,
        ...done('FunctionName Code Publish PublishTo Tags CodeSigningConfigArn TenancyConfig'),
        ...done('PackageType', IMAGES),
      },
    },
    UpdateFunctionCode: {
      run: updateFunctionCode,
      state: 'done',
      members: { ...CODE, ...ARCHITECTURES, ...done('FunctionName Publish PublishTo DryRun RevisionId') },
    },
    UpdateFunctionConfiguration: {
      run: updateFunctionConfiguration,
      state: 'done',
      members: { ...SETTINGS, ...done('FunctionName RevisionId') },
    },
    GetFunction: { run: getFunctionOperation, state: 'done', members: done('FunctionName Qualifier') },
    GetFunctionConfiguration: { run: getFunctionConfiguration, state: 'done', members: done('FunctionName Qualifier') },
    ListFunctions: {
      run: listFunctions,
      state: 'done',
      note: 'there are no edge replicas, so MasterRegion changes nothing',
      members: done('MasterRegion FunctionVersion Marker MaxItems'),
    },
    DeleteFunction: { run: deleteFunction, state: 'done', members: done('FunctionName Qualifier') },
  },
  structures: {
    FunctionCode: CODE,
    Environment: done('Variables'),
    EphemeralStorage: done('Size'),
    LoggingConfig: done('LogFormat ApplicationLogLevel SystemLogLevel LogGroup'),
    VpcConfig: stored(
      'SubnetIds SecurityGroupIds Ipv6AllowedForDualStack',
      'functions run in the network of the host, or in one of their own as sandbox.network says',
    ),
    DeadLetterConfig: done('TargetArn'),
    TracingConfig: stored('Mode', 'no traces are sent', byTheOperation),
    FileSystemConfig: stored('Arn LocalMountPath S3FilesConfig', 'nothing is mounted'),
    S3FilesConfig: stored('DirectS3Read', 'nothing is mounted'),
    ImageConfig: done('EntryPoint Command WorkingDirectory'),
    SnapStart: stored('ApplyOn', 'versions start as others do, without a snapshot', byTheOperation),
    TenancyConfig: done('TenantIsolationMode'),
    DurableConfig: stored('KMSKeyArn RetentionPeriodInDays ExecutionTimeout', 'durable functions can not be run yet'),
    CapacityProviderConfig: done('LambdaManagedInstancesCapacityProviderConfig', INSTANCES),
    LambdaManagedInstancesCapacityProviderConfig: {
      ...done('CapacityProviderArn PerExecutionEnvironmentMaxConcurrency', INSTANCES),
      ...done('ExecutionEnvironmentMemoryGiBPerVCpu', 'sets the cores of an environment'),
    },
  },
};
