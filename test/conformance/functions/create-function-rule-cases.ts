import { CreateFunctionCommand, type CreateFunctionCommandInput, DeleteFunctionCommand } from '@aws-sdk/client-lambda';
import { assertError } from '../function-answers.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, ROLE, type World } from '../world.ts';

const FUNCTIONS = '/2015-03-31/functions';
const RUNTIMES_SET =
  'nodejs20.x, python3.14, provided.al2023, python3.15, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, nodejs26.x, ' +
  'python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby4.0, ruby3.2, python3.8, python3.9, java17.al2023, java17, ' +
  'nodejs16.x, dotnet10, dotnet8, java8.al2023, java11, dotnet6, nodejs18.x, provided.al2, java8.al2, java11.al2023';

/** Tries to create a function with these members; it is deleted again when that succeeds. */
async function create(world: World, input: Partial<CreateFunctionCommandInput>): Promise<void> {
  const FunctionName = input.FunctionName ?? world.unique('rule');
  const Code = input.Code ?? { ZipFile: await world.code() };
  const required = { FunctionName, Role: ROLE, Runtime: 'nodejs24.x', Handler: 'index.handler', Code } as const;
  const made = await world.lambda.send(new CreateFunctionCommand({ ...required, ...input, Code }));
  await world.lambda.send(new DeleteFunctionCommand({ FunctionName: made.FunctionArn }));
}

const invalid = (message: string | RegExp) =>
  ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;
const violates = (value: string, path: string, constraint: string) =>
  ({
    code: 'ValidationException',
    status: 400,
    message: `1 validation error detected: Value ${value} at '${path}' failed to satisfy constraint: ${constraint}`,
    type: null,
  }) as const;

type Table = readonly (readonly [
  Partial<CreateFunctionCommandInput>,
  ReturnType<typeof invalid | typeof violates> | undefined,
])[];

/** Each input against the error that it must give; undefined where it must succeed. */
async function tryAll(world: World, table: Table): Promise<void> {
  for (const [input, expected] of table) {
    if (expected === undefined) await create(world, input);
    else await fails(create(world, input), expected);
  }
}

const access = (id: string): string => `arn:aws:elasticfilesystem:${REGION}:${ACCOUNT}:access-point/fsap-${id.repeat(17)}`;
const NETWORK = { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] };

/** CreateFunction: the rules of its settings, and the words for those who break them. Rules of code are elsewhere. */
export const CREATE_FUNCTION_RULE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'CreateFunction',
    name: 'names have 1 to 64 characters of the alphabet, and a longer one is told as an invalid parameter',
    run: async (world) => {
      const long = `n${'x'.repeat(64)}`;
      await tryAll(world, [
        [{ FunctionName: 'n'.repeat(64) }, undefined],
        [{ FunctionName: 'a-_9' }, undefined],
        [
          { FunctionName: long },
          invalid(
            `1 validation error detected: Value '${long}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
          ),
        ],
        [{ FunctionName: world.arn(`function:${long}`) }, invalid(/at 'functionName'.* less than or equal to 64$/)],
      ]);
      for (const FunctionName of ['a b', 'a.b', 'f:$LATEST.PUBLISHED', 'a/b', 'ü'])
        await fails(create(world, { FunctionName }), {
          code: 'ValidationException',
          status: 400,
          message:
            /^1 validation error detected: Value '.*' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: \(arn:/,
        });
      await fails(
        create(world, { FunctionName: 'x'.repeat(141) }),
        violates(`'${'x'.repeat(141)}'`, 'functionName', 'Member must have length less than or equal to 140'),
      );
      for (const qualifier of ['1', 'live', '$LATEST'])
        await fails(create(world, { FunctionName: `f:${qualifier}` }), invalid(/qualifier/));
    },
  },
  {
    operation: 'CreateFunction',
    name: 'an ARN of another region or account is told so, the account without words',
    run: async (world) => {
      await fails(create(world, { FunctionName: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f` }), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`,
        type: 'User',
      });
      const answer = await world.raw('POST', FUNCTIONS, {
        FunctionName: `arn:aws:lambda:${REGION}:111122223333:function:f`,
        Role: ROLE,
        Code: {},
      });
      assertError(answer, 403, 'AccessDeniedException', { Message: null });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'members that are missing are told together',
    run: async (world) => {
      const answer = await world.raw('POST', FUNCTIONS, {});
      const missing = (path: string): string => `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
      assertError(answer, 400, 'ValidationException', {
        message: `3 validation errors detected: ${missing('functionName')}; ${missing('role')}; ${missing('code')}`,
      });
      const mandatory = invalid('Runtime and handler are mandatory parameters for functions created with deployment packages.');
      await tryAll(world, [
        [{ Runtime: undefined }, mandatory],
        [{ Handler: undefined }, mandatory],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'what can not be read as JSON of the right types is told as such',
    run: async (world) => {
      const cases: readonly (readonly [unknown, string])[] = [
        ['{', 'Could not parse request body into json.'],
        ['[]', 'The request body must be a JSON object.'],
        [{ FunctionName: 1 }, 'NUMBER_VALUE cannot be converted to String'],
        [{ Timeout: '3' }, 'STRING_VALUE cannot be converted to Integer'],
        [{ Publish: 'true' }, 'STRING_VALUE cannot be converted to Boolean'],
        [{ Environment: [] }, 'Start of structure or map found where not expected.'],
        [{ Layers: {} }, 'Expected list or null'],
      ];
      for (const [sent, Message] of cases)
        assertError(await world.raw('POST', FUNCTIONS, sent), 400, 'SerializationException', { Message });
      assertError(await world.raw('POST', '/2015-03-31/nothing', {}), 404, 'UnknownOperationException', {
        message: 'No operation of lambda has this method and path.',
      });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'roles are ARNs of roles',
    run: async (world) => {
      const pattern =
        'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+';
      await tryAll(world, [
        [{ Role: 'r' }, violates("'r'", 'role', pattern)],
        [{ Role: `arn:aws:iam::${ACCOUNT}:role/path/to/role+=,.@-` }, undefined],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'sizes, times and lengths have their ranges',
    run: async (world) => {
      const least = (value: number, path: string, min: number) =>
        violates(`'${value}'`, path, `Member must have value greater than or equal to ${min}`);
      const most = (value: number, path: string, max: number) =>
        violates(`'${value}'`, path, `Member must have value less than or equal to ${max}`);
      const capped = (member: string, max: number) =>
        invalid(`'${member}' value failed to satisfy constraint: Member must have value less than or equal to ${max}`);
      await tryAll(world, [
        [{ Timeout: 0 }, least(0, 'timeout', 1)],
        [{ Timeout: 1 }, undefined],
        [{ Timeout: 900 }, undefined],
        [{ Timeout: 901 }, capped('Timeout', 900)],
        [{ Timeout: 5_401 }, most(5_401, 'timeout', 5_400)],
        [{ MemorySize: 127 }, least(127, 'memorySize', 128)],
        [{ MemorySize: 129 }, undefined],
        [{ MemorySize: 10_240 }, undefined],
        [{ MemorySize: 10_241 }, capped('MemorySize', 10_240)],
        [{ MemorySize: 32_769 }, most(32_769, 'memorySize', 32_768)],
        [{ EphemeralStorage: { Size: 511 } }, least(511, 'ephemeralStorage.size', 512)],
        [{ EphemeralStorage: { Size: 10_240 } }, undefined],
        [{ EphemeralStorage: { Size: 10_241 } }, capped('EphemeralStorage.Size', 10_240)],
        [{ EphemeralStorage: { Size: 32_769 } }, most(32_769, 'ephemeralStorage.size', 32_768)],
        [{ EphemeralStorage: { Size: undefined } }, violates('null', 'ephemeralStorage.size', 'Member must not be null')],
        [{ Description: 'd'.repeat(256) }, undefined],
        [
          { Description: 'd'.repeat(257) },
          violates(`'${'d'.repeat(257)}'`, 'description', 'Member must have length less than or equal to 256'),
        ],
        [{ Handler: 'h'.repeat(128) }, undefined],
        [{ Handler: 'a b' }, violates("'a b'", 'handler', 'Member must satisfy regular expression pattern: [^\\s]+')],
        [
          { Handler: 'h'.repeat(129) },
          violates(`'${'h'.repeat(129)}'`, 'handler', 'Member must have length less than or equal to 128'),
        ],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'words of a set are told with the whole set, in the order of AWS',
    run: async (world) => {
      const set = (words: string): string => `Member must satisfy enum value set: [${words}]`;
      const word = 'x' as never;
      await tryAll(world, [
        [{ PackageType: word }, violates("'x'", 'packageType', set('Zip, Image'))],
        [{ TracingConfig: { Mode: word } }, violates("'x'", 'tracingConfig.mode', set('Active, PassThrough'))],
        [{ SnapStart: { ApplyOn: word } }, violates("'x'", 'snapStart.applyOn', set('PublishedVersions, None'))],
        [{ LoggingConfig: { LogFormat: word } }, violates("'x'", 'loggingConfig.logFormat', set('JSON, Text'))],
        [{ PublishTo: word }, violates("'x'", 'publishTo', set('LATEST_PUBLISHED'))],
        [
          { Architectures: [word] },
          violates(
            "'[x]'",
            'architectures',
            'Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]',
          ),
        ],
        [
          { Architectures: ['arm64', 'x86_64'] },
          violates("'[arm64, x86_64]'", 'architectures', 'Member must have length less than or equal to 1'),
        ],
        [{ Architectures: [] }, violates("'[]'", 'architectures', 'Member must have length greater than or equal to 1')],
        [
          { LoggingConfig: { LogGroup: 'a b' } },
          violates("'a b'", 'loggingConfig.logGroup', 'Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+'),
        ],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'a level of logs needs the format JSON',
    run: async (world) => {
      const message =
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.';
      await tryAll(world, [
        [{ LoggingConfig: { LogFormat: 'Text', ApplicationLogLevel: 'DEBUG' } }, invalid(message)],
        [{ LoggingConfig: { SystemLogLevel: 'DEBUG' } }, invalid(message)],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'variables have names of two characters and more, none of the reserved ones, and 4 KB of room',
    run: async (world) => {
      const names = 'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]';
      const variables = (Variables: Record<string, string>): Partial<CreateFunctionCommandInput> => ({
        Environment: { Variables },
      });
      const unable =
        'Lambda was unable to configure your environment variables because the environment variables you have provided';
      const reserved = (keys: string) =>
        invalid(
          `${unable} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${keys}`,
        );
      const full = 'x'.repeat(4_096 - '{"AB":""}'.length);
      await tryAll(world, [
        [variables({ A: 'b' }), violates("'{A=b}'", 'environment.variables', names)],
        [variables({ '1A': 'b' }), violates("'{1A=b}'", 'environment.variables', names)],
        [variables({ 'A-B': 'b', AB: 'c' }), violates("'{A-B=b, AB=c}'", 'environment.variables', names)],
        [variables({ _HANDLER: 'x' }), violates("'{_HANDLER=x}'", 'environment.variables', names)],
        [variables({ AWS_REGION: 'x' }), reserved('AWS_REGION')],
        [variables({ AB: 'c', LAMBDA_TASK_ROOT: 'x', AWS_ACCESS_KEY_ID: 'y' }), reserved('LAMBDA_TASK_ROOT, AWS_ACCESS_KEY_ID')],
        [variables({ AWS_XRAY_CONTEXT_MISSING: 'x', PATH: '/bin', NODE_PATH: '/x', LANG: 'C' }), undefined],
        [variables({ AB: full }), undefined],
        [variables({ AB: `${full}x` }), invalid(`${unable} exceeded the 4KB limit. String measured: {"AB":"${full}x"}`)],
        [variables({ AB: `${full.slice(1)}ü` }), invalid(/exceeded the 4KB limit/)],
        [variables({ AB: 'nul\0' }), invalid(/NUL/)],
      ]);
      const each = [
        'AWS_DEFAULT_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
        'AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME',
        'AWS_ACCESS_KEY AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_RUNTIME_DIR',
        'AWS_LAMBDA_MAX_CONCURRENCY AWS_LAMBDA_METADATA_API AWS_LAMBDA_METADATA_TOKEN',
      ].flatMap((line) => line.split(' '));
      for (const name of each) await fails(create(world, variables({ [name]: 'x' })), reserved(name));
    },
  },
  {
    operation: 'CreateFunction',
    name: 'runtimes that are not known, and those that are gone, are refused in different words',
    run: async (world) => {
      const unknown = await world.raw('POST', FUNCTIONS, {
        FunctionName: world.unique('rule'),
        Role: ROLE,
        Runtime: 'cobol',
        Handler: 'a',
        Code: { ZipFile: (await world.code()).toString('base64') },
      });
      assertError(unknown, 400, 'InvalidParameterValueException', {
        Type: 'User',
        message: `Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${RUNTIMES_SET}] or be a valid ARN`,
      });
      const gone = 'dotnetcore3.1 go1.x java8 nodejs12.x nodejs14.x provided python3.7 ruby2.7 nodejs nodejs4.3-edge python2.7';
      for (const runtime of gone.split(' '))
        await fails(
          create(world, { Runtime: runtime as never }),
          invalid(
            `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
          ),
        );
      await tryAll(world, [
        [{ Runtime: 'provided.al2023' }, undefined],
        [{ Runtime: 'nodejs16.x' }, undefined],
        [{ Runtime: 'java17.al2023' as never }, undefined],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'networks have subnets and security groups, both or neither, and not too many',
    run: async (world) => {
      const list = (pattern: string): string =>
        `Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ${pattern}]`;
      const subnets = Array.from({ length: 17 }, (_, index) => `subnet-${index}`);
      const groups = Array.from({ length: 6 }, (_, index) => `sg-${index}`);
      await tryAll(world, [
        [{ VpcConfig: { ...NETWORK, SubnetIds: ['net'] } }, violates("'[net]'", 'vpcConfig.subnetIds', list('subnet-[0-9a-z]*'))],
        [
          { VpcConfig: { ...NETWORK, SecurityGroupIds: ['x'] } },
          violates("'[x]'", 'vpcConfig.securityGroupIds', list('sg-[0-9a-zA-Z]*')),
        ],
        [
          { VpcConfig: { ...NETWORK, SubnetIds: subnets } },
          violates(`'[${subnets.join(', ')}]'`, 'vpcConfig.subnetIds', 'Member must have length less than or equal to 16'),
        ],
        [
          { VpcConfig: { ...NETWORK, SecurityGroupIds: groups } },
          violates(`'[${groups.join(', ')}]'`, 'vpcConfig.securityGroupIds', 'Member must have length less than or equal to 5'),
        ],
        [{ VpcConfig: { ...NETWORK, SubnetIds: subnets.slice(1), SecurityGroupIds: groups.slice(1) } }, undefined],
        [{ VpcConfig: { SubnetIds: ['subnet-1'] } }, invalid('SubnetIds and SecurityIds must coexist or be both empty list.')],
        [{ VpcConfig: { SecurityGroupIds: ['sg-1'] } }, invalid('SubnetIds and SecurityIds must coexist or be both empty list.')],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'dead letters go to a queue or a topic, and not to FIFO ones',
    run: async (world) => {
      const arn = (service: string, resource: string): Partial<CreateFunctionCommandInput> => ({
        DeadLetterConfig: { TargetArn: `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}` },
      });
      await tryAll(world, [
        [arn('sqs', 'q'), undefined],
        [arn('sns', 't'), undefined],
        [arn('sqs', 'q.fifo'), invalid(/FIFO/)],
        [arn('lambda', 'function:f'), invalid(/neither an SQS queue nor an SNS topic/)],
        [
          { DeadLetterConfig: { TargetArn: 'q' } },
          violates(
            "'q'",
            'deadLetterConfig.targetArn',
            'Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()',
          ),
        ],
        [
          { KMSKeyArn: 'k' },
          violates(
            "'k'",
            'kMSKeyArn',
            'Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()',
          ),
        ],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'one file system at most, below /mnt/, and elastic ones need a network',
    run: async (world) => {
      const mount = (Arn: string, LocalMountPath = '/mnt/a') => ({ Arn, LocalMountPath });
      const files = `arn:aws:s3files:${REGION}:${ACCOUNT}:file-system/fs-${'a'.repeat(17)}/access-point/fsap-${'b'.repeat(17)}`;
      await tryAll(world, [
        [
          { FileSystemConfigs: [mount(access('1'))] },
          invalid(`Function must be configured to execute in a VPC to reference access point ${access('1')}.`),
        ],
        [{ FileSystemConfigs: [mount(access('1'))], VpcConfig: NETWORK }, undefined],
        [{ FileSystemConfigs: [{ ...mount(files), S3FilesConfig: { DirectS3Read: 'ENABLED' } }] }, undefined],
        [
          { FileSystemConfigs: [{ ...mount(access('1')), S3FilesConfig: { DirectS3Read: 'AUTO' } }], VpcConfig: NETWORK },
          invalid(/S3 Files/),
        ],
        [
          { FileSystemConfigs: [mount(access('1'), '/data')], VpcConfig: NETWORK },
          violates(
            "'/data'",
            'fileSystemConfigs.1.member.localMountPath',
            'Member must satisfy regular expression pattern: /mnt/[a-zA-Z0-9-_.]+',
          ),
        ],
      ]);
      await fails(create(world, { FileSystemConfigs: [mount(access('1')), mount(access('2'), '/mnt/b')], VpcConfig: NETWORK }), {
        code: 'ValidationException',
        status: 400,
        message: /at 'fileSystemConfigs'.*less than or equal to 1$/,
      });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'SnapStart is for some runtimes, small storage, and neither file systems nor tenants',
    run: async (world) => {
      const snap = { SnapStart: { ApplyOn: 'PublishedVersions' }, Runtime: 'python3.13' } as const;
      await tryAll(world, [
        [{ ...snap, Runtime: 'nodejs24.x' }, invalid('nodejs24.x is not supported for SnapStart enabled functions.')],
        [{ ...snap, Runtime: 'python3.11' }, invalid('python3.11 is not supported for SnapStart enabled functions.')],
        [{ ...snap, EphemeralStorage: { Size: 513 } }, invalid(/Ephemeral storage over 512 MB/)],
        [
          { ...snap, FileSystemConfigs: [{ Arn: access('1'), LocalMountPath: '/mnt/a' }], VpcConfig: NETWORK },
          invalid(/File systems are not supported for SnapStart/),
        ],
        [{ ...snap, TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } }, invalid(/tenancy/)],
        [snap, undefined],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'functions of images have an image that can be found, and nothing that belongs to zips',
    run: async (world) => {
      // Nobody listens there; images that are there stand in test/e2e/images.test.ts.
      const ImageUri = 'localhost:1/a:b';
      const image = { PackageType: 'Image', Runtime: undefined, Handler: undefined, Code: { ImageUri } } as const;
      await tryAll(world, [
        [
          image,
          invalid(
            /^lambkin (can not run functions of container images|could not ask the registry of the source image localhost:1)/,
          ),
        ],
        [{ ...image, Runtime: 'nodejs24.x' }, invalid(/Runtime, Handler or Layers/)],
        [
          { ...image, Code: { ZipFile: await world.code() } },
          invalid('Please provide ImageUri when creating a function with packageType Image.'),
        ],
        [{ Code: { ImageUri } }, invalid("Please don't provide ImageUri when creating a function with packageType Zip.")],
        [
          { ImageConfig: { Command: ['a'] } },
          invalid("Please don't provide ImageConfig when creating a function with packageType Zip."),
        ],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'tags: fifty, of certain characters, and none of those that AWS keeps for itself',
    run: async (world) => {
      const tags = (count: number): Record<string, string> =>
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
      const key =
        'Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)]';
      await tryAll(world, [
        [{ Tags: tags(50) }, undefined],
        [{ Tags: tags(51) }, invalid('Number of tags exceeds resource tag limit.')],
        [{ Tags: { 'aws:x': 'v' } }, invalid(/reserved for AWS/)],
        [{ Tags: { 'ü 1_.:/=+-@': '' } }, undefined],
        [{ Tags: { 'a#b': 'v' } }, violates("'{a#b=v}'", 'tags', key)],
        [{ Tags: { '': 'v' } }, violates("'{=v}'", 'tags', key)],
      ]);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'a code signing configuration must be there; publishing to $LATEST.PUBLISHED needs a capacity provider',
    run: async (world) => {
      const CodeSigningConfigArn = world.arn('code-signing-config:csc-0123456789abcdef0');
      const answer = await world.raw('POST', FUNCTIONS, {
        FunctionName: world.unique('rule'),
        Role: ROLE,
        Runtime: 'nodejs24.x',
        Handler: 'a.b',
        Code: { ZipFile: (await world.code()).toString('base64') },
        CodeSigningConfigArn,
      });
      assertError(answer, 404, 'CodeSigningConfigNotFoundException', {
        Type: 'User',
        Message: `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${CodeSigningConfigArn}.`,
      });
      await fails(create(world, { PublishTo: 'LATEST_PUBLISHED' }), invalid(/capacity provider/));
    },
  },
  {
    operation: 'CreateFunction',
    name: 'a request that fails makes nothing',
    run: async (world) => {
      const FunctionName = world.unique('rule');
      await fails(create(world, { FunctionName, Timeout: 901 }), { code: 'InvalidParameterValueException', status: 400 });
      await fails(create(world, { FunctionName, Code: { ZipFile: Buffer.from('no zip') } }), {
        code: 'InvalidParameterValueException',
        status: 400,
      });
      const read = await world.raw('GET', `${FUNCTIONS}/${FunctionName}`);
      assertError(read, 404, 'ResourceNotFoundException', {
        Type: 'User',
        Message: `Function not found: ${world.arn(`function:${FunctionName}`)}`,
      });
    },
  },
];
