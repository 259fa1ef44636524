import fc from 'fast-check';
import type { Members } from '../raw/raw-lambda.ts';
import { type ExpectedError, invalid, violation } from './expectation.ts';

/** Settings as requests give them, each possibly left out. */
export interface Settings {
  readonly Description?: string;
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly Handler?: string;
  readonly Role?: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly EphemeralStorage?: { readonly Size: number };
  readonly LoggingConfig?: Readonly<Record<string, string>>;
  readonly TracingConfig?: { readonly Mode: string };
  readonly DeadLetterConfig?: { readonly TargetArn: string };
  readonly KMSKeyArn?: string;
}

export const ROLE = 'arn:aws:iam::123456789012:role/first';
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:lost';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const anySettings: fc.Arbitrary<Settings> = fc.record(
  {
    Description: fc.constantFrom('', 'first', 'zweite, äöü €', 'x'.repeat(256)),
    Timeout: fc.constantFrom(1, 3, 900),
    MemorySize: fc.constantFrom(128, 1_769, 10_240),
    Handler: fc.constantFrom('index.handler', 'index.other'),
    Role: fc.constantFrom(ROLE, 'arn:aws:iam::123456789012:role/service/second'),
    Environment: fc.constantFrom<NonNullable<Settings['Environment']>>(
      {},
      { Variables: {} },
      { Variables: { AB: '1' } },
      { Variables: { AB: '', CDE: 'ü"\\' } },
    ),
    EphemeralStorage: fc.constantFrom({ Size: 512 }, { Size: 10_240 }),
    LoggingConfig: fc.constantFrom<Readonly<Record<string, string>>>(
      { LogFormat: 'JSON' },
      { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG', SystemLogLevel: 'WARN' },
      { LogFormat: 'Text' },
      { LogGroup: '/custom/group' },
    ),
    TracingConfig: fc.constantFrom({ Mode: 'Active' }, { Mode: 'PassThrough' }),
    DeadLetterConfig: fc.constantFrom({ TargetArn: QUEUE }, { TargetArn: '' }),
    KMSKeyArn: fc.constantFrom(KEY, ''),
  },
  { requiredKeys: [] },
);

/** Settings that are right; often one alone, for that must be noticed too. */
export const settings: fc.Arbitrary<Settings> = fc.tuple(anySettings, fc.boolean(), fc.nat()).map(([given, isOne, which]) => {
  const members = Object.entries(given);
  const one = members[which % (members.length || 1)];
  return isOne && one ? Object.fromEntries([one]) : given;
});

/** Something that is wrong with a request, put into it in the place of what was right. */
export interface Flaw {
  readonly input: Members;
  readonly error: ExpectedError;
  /** Found by the shape of the request alone, before anything is looked up. */
  readonly isShape: boolean;
}

const atMost = (kind: 'length' | 'value', max: number): string => `Member must have ${kind} less than or equal to ${max}`;
const atLeast = (kind: 'length' | 'value', min: number): string => `Member must have ${kind} greater than or equal to ${min}`;
const shape = (input: Members, path: string, value: unknown, constraint: string): Flaw => ({
  input,
  error: violation(path, value, constraint),
  isShape: true,
});
const semantic = (input: Members, message?: string | RegExp): Flaw => ({ input, error: invalid(message), isShape: false });

const TOO_LONG = 'd'.repeat(257);
const LARGE = { AB: 'v'.repeat(5_000) };
const CANNOT = 'Lambda was unable to configure your environment variables because the environment variables you have provided';

/** Settings that are wrong, each in one way. */
export const settingFlaws: readonly Flaw[] = [
  shape({ Description: TOO_LONG }, 'description', TOO_LONG, atMost('length', 256)),
  shape({ Timeout: 0 }, 'timeout', 0, atLeast('value', 1)),
  shape({ Timeout: 5_401 }, 'timeout', 5_401, atMost('value', 5_400)),
  shape({ MemorySize: 127 }, 'memorySize', 127, atLeast('value', 128)),
  shape({ EphemeralStorage: { Size: 511 } }, 'ephemeralStorage.size', 511, atLeast('value', 512)),
  shape({ Handler: 'a b' }, 'handler', 'a b', 'Member must satisfy regular expression pattern: [^\\s]+'),
  shape(
    { TracingConfig: { Mode: 'Off' } },
    'tracingConfig.mode',
    'Off',
    'Member must satisfy enum value set: [Active, PassThrough]',
  ),
  shape(
    { Environment: { Variables: { 1: 'a' } } },
    'environment.variables',
    '{1=a}',
    'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]',
  ),
  semantic({ Timeout: 901 }),
  semantic(
    { MemorySize: 10_241 },
    "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240",
  ),
  semantic({ Runtime: 'nodejs0.x' }, /^Value nodejs0\.x at 'runtime' failed to satisfy constraint: .* or be a valid ARN$/),
  semantic(
    { Runtime: 'nodejs12.x' },
    'The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.',
  ),
  semantic(
    { Environment: { Variables: { AWS_REGION: 'x', AB: '1', LAMBDA_TASK_ROOT: 'y' } } },
    `${CANNOT} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT`,
  ),
  semantic({ Environment: { Variables: LARGE } }, `${CANNOT} exceeded the 4KB limit. String measured: ${JSON.stringify(LARGE)}`),
  semantic(
    { LoggingConfig: { LogFormat: 'Text', ApplicationLogLevel: 'INFO' } },
    'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
  ),
];

/** Members of a configuration after settings were given: only those given change, and logging is merged. */
export function withSettings(members: Members, given: Settings): Members {
  const { Environment, LoggingConfig, DeadLetterConfig, KMSKeyArn, ...plain } = given;
  const next: Record<string, unknown> = { ...members, ...plain };
  if (Environment) next['Environment'] = { Variables: Environment.Variables ?? {} };
  if (LoggingConfig) next['LoggingConfig'] = mergeLogging(members['LoggingConfig'] as Members, LoggingConfig);
  if (DeadLetterConfig?.TargetArn === '') delete next['DeadLetterConfig'];
  else if (DeadLetterConfig) next['DeadLetterConfig'] = DeadLetterConfig;
  if (KMSKeyArn === '') delete next['KMSKeyArn'];
  else if (KMSKeyArn) next['KMSKeyArn'] = KMSKeyArn;
  return next;
}

function mergeLogging(before: Members, given: Members): Members {
  const { LogFormat, LogGroup, ...levels }: Members = { ...before, ...given };
  if (LogFormat === 'Text') return { LogFormat, LogGroup };
  return { LogFormat, LogGroup, ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO', ...levels };
}

/** Configuration of a function that was made with no settings at all. */
export function defaultMembers(name: string): Members {
  return {
    Runtime: 'nodejs24.x',
    Role: ROLE,
    Handler: 'index.handler',
    Description: '',
    Timeout: 3,
    MemorySize: 128,
    TracingConfig: { Mode: 'PassThrough' },
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` },
  };
}
