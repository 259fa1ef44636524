import fc from 'fast-check';
import { zip } from '../e2e/zip.ts';
import type { Made } from '../raw/one-of-each.ts';
import { LAMBDA } from '../../src/wire/generated/lambda.ts';
import type { Members, Shape } from '../../src/wire/shapes.ts';
import type { Random } from './random.ts';

const SAMPLES_PER_PATTERN = 12;
const DEPTH_MAX = 5;
/** Members that answers tell and that requests can name again. */
const REMEMBERED: ReadonlySet<string> = new Set([
  'RevisionId',
  'UUID',
  'NextMarker',
  'CodeSigningConfigArn',
  'LayerVersionArn',
  'CapacityProviderArn',
  'CodeSha256',
  'FunctionArn',
]);
const REMEMBERED_MAX = 16;
/** Members that the table does not ask for, but without which nothing comes of a request. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  CreateFunction: ['Runtime', 'Handler'],
  UpdateFunctionCode: ['ZipFile'],
  CreateEventSourceMapping: ['EventSourceArn'],
  PutFunctionEventInvokeConfig: ['MaximumRetryAttempts'],
  UpdateFunctionEventInvokeConfig: ['MaximumEventAgeInSeconds'],
};

/**
 * Makes inputs that fit an operation's table, of names that exist as often as not: a request that is wrong in one place
 * only reaches further than one that is wrong all over.
 */
export class FittingValues {
  readonly #random: Random;
  readonly #account: string;
  readonly #packages: readonly string[];
  #known: Readonly<Record<string, readonly unknown[]>>;
  readonly #told = new Map<string, unknown[]>();
  readonly #samples = new Map<string, readonly string[]>();
  readonly #seed: number;

  constructor(random: Random, seed: number, account: string, made: Made, packages: readonly string[]) {
    this.#random = random;
    this.#seed = seed;
    this.#account = account;
    this.#packages = packages;
    this.#known = knownValues(account, made, packages);
  }

  /** From now on inputs name these resources. */
  aimAt(made: Made): void {
    this.#known = knownValues(this.#account, made, this.#packages);
  }

  /** Keeps what an answer tells for later requests. */
  remember(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === 'object') this.remember(inner);
      else if (REMEMBERED.has(name)) {
        const told = this.#told.get(name) ?? [];
        told.push(inner);
        if (told.length > REMEMBERED_MAX) told.shift();
        this.#told.set(name, told);
      }
    }
  }

  /** An operation's input. */
  input(operation: string): Record<string, unknown> {
    const members = LAMBDA.operations[operation]?.input ?? {};
    const input = this.members(members);
    // A name that is taken comes to nothing else.
    if (operation === 'CreateFunction' && this.#random.chance(0.8)) input['FunctionName'] = `fz-${this.#random.below(20)}`;
    for (const name of USUAL[operation] ?? [])
      if (members[name] && this.#random.chance(0.9)) input[name] ??= this.value(name, members[name].shape, 0);
    return input;
  }

  /** Members of an operation's input or of a structure; those that need not be are often left out. */
  members(members: Members, depth = 0): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const optional = Object.values(members).filter(({ required }) => !required).length;
    for (const [name, member] of Object.entries(members)) {
      // The more there are, the likelier it is that two of them do not go together.
      if (!member.required && !this.#random.chance(Math.min(0.5, 1.5 / optional))) continue;
      result[name] = this.value(name, member.shape, depth);
    }
    return result;
  }

  /** A value for a member of this name and shape. */
  value(name: string, shape: Shape, depth: number): unknown {
    const known = [...(this.#known[name] ?? []), ...(this.#told.get(name === 'Marker' ? 'NextMarker' : name) ?? [])].filter(
      (one) => shape.type !== 'string' || fits(shape, one),
    );
    if (known.length > 0 && this.#random.chance(0.9)) return this.#random.pick(known);
    return this.#made(name, shape, depth);
  }

  #made(name: string, shape: Shape, depth: number): unknown {
    const random = this.#random;
    switch (shape.type) {
      case 'string':
        return shape.enum ? random.pick(shape.enum) : this.#text(shape);
      case 'integer':
      case 'double': {
        const { min = 0, max = 1_000 } = shape;
        const number = random.pick([min, max, min + random.next() * (Math.min(max, 1_000_000) - min)]);
        return shape.type === 'integer' ? Math.floor(number) : number;
      }
      case 'boolean':
        return random.chance(0.5);
      case 'blob':
        return Buffer.from('any bytes').toString('base64');
      case 'timestamp':
        return random.pick([0, 1_700_000_000, 1_700_000_000.5]);
      case 'list':
        return Array.from({ length: (shape.min ?? 0) + random.below(Math.min(3, (shape.max ?? 2) + 1 - (shape.min ?? 0))) }, () =>
          this.value(name, shape.member, depth + 1),
        );
      case 'map':
        return Object.fromEntries(
          Array.from({ length: random.below(3) }, () => [
            String(this.value('', shape.key, depth + 1)),
            this.value('', shape.value, depth + 1),
          ]),
        );
      case 'structure':
        return depth > DEPTH_MAX ? {} : this.members(LAMBDA.structures[shape.name] ?? {}, depth + 1);
      case 'document':
        return { any: ['thing'] };
    }
  }

  #text(shape: Shape & { type: 'string' }): string {
    const { pattern = '', min = 0, max = 64 } = shape;
    const key = `${pattern} ${min} ${max}`;
    let samples = this.#samples.get(key);
    if (!samples) {
      samples = sample(pattern, this.#seed).filter(({ length }) => length >= min && length <= max);
      if (samples.length === 0) samples = ['x'.repeat(Math.max(1, min))];
      this.#samples.set(key, samples);
    }
    return this.#random.pick(samples);
  }
}

function fits({ pattern, max = Infinity }: Shape & { type: 'string' }, value: unknown): boolean {
  if (typeof value !== 'string' || value.length > max) return false;
  return pattern === undefined || new RegExp(`^(?:${pattern})$`).test(value);
}

/** Texts that match; fast-check does not know all that patterns can say. */
function sample(pattern: string, seed: number): readonly string[] {
  if (pattern === '') return ['', 'a', 'some text', 'ü€𝄞', '{"a":1}'];
  try {
    return fc.sample(fc.stringMatching(new RegExp(`^(?:${pattern})$`)), { numRuns: SAMPLES_PER_PATTERN, seed });
  } catch {
    return ['a', 'abc-1', 'name_2'];
  }
}

/** Packages of functions as requests carry them: a good one, one that is none, and an empty one. */
export async function packagesOfRequests(): Promise<string[]> {
  const good = await zip({ 'index.js': 'exports.handler = async () => 1;' });
  return [good.toString('base64'), Buffer.from('none').toString('base64'), (await zip({})).toString('base64')];
}

function knownValues(account: string, made: Made, packages: readonly string[]): Readonly<Record<string, readonly unknown[]>> {
  const arn = (service: string, rest: string): string => `arn:aws:${service}:us-east-1:${account}:${rest}`;
  const functions = [made.function, made.function, made.function, made.other, 'fz-1'];
  const [, , , , , , layerName = ''] = made.layer.split(':');
  const [, , , , , , providerName = ''] = made.provider.split(':');
  const arns = functions.map((name) => arn('lambda', `function:${name}`));
  return {
    FunctionName: [...functions, ...arns, `${made.function}:1`, `${made.function}:live`, `${account}:function:${made.function}`],
    Name: ['live', 'steady', 'blue', 'green'],
    Qualifier: ['1', '2', '3', 'live', 'steady', 'blue', '$LATEST', '$LATEST.PUBLISHED'],
    FunctionVersion: ['1', '2', '3', '$LATEST', 'ALL'],
    StatementId: ['s0', 's1', 's2', 'new'],
    Action: ['lambda:InvokeFunction', 'lambda:*', 'lambda:GetLayerVersion'],
    Principal: ['s3.amazonaws.com', account, '*', 'nobody'],
    LayerName: [layerName, 'fz-layer', arn('lambda', `layer:${layerName}`)],
    Arn: [made.layer],
    VersionNumber: [1, 2, 3],
    Layers: [[made.layer], [], [made.layer, made.layer]],
    ZipFile: packages,
    Code: [{ ZipFile: packages[0] }, { ZipFile: packages[0] }, { ZipFile: packages[1] }, { S3Bucket: 'none', S3Key: 'none' }],
    Content: [{ ZipFile: packages[0] }, { ZipFile: packages[1] }, { S3Bucket: 'none', S3Key: 'none' }],
    Role: [`arn:aws:iam::${account}:role/any`],
    Runtime: ['nodejs24.x', 'nodejs24.x', 'nodejs24.x', 'python3.13', 'provided.al2023', 'go1.x'],
    Handler: ['index.handler', 'missing.handler'],
    ImageUri: ['localhost:1/image:latest'],
    PackageType: ['Zip', 'Zip', 'Zip', 'Image'],
    // An ordinary function in most cases: the others can do less.
    TenancyConfig: [undefined, undefined, { TenantIsolationMode: 'PER_TENANT' }],
    DurableConfig: [undefined, undefined, { ExecutionTimeout: 60 }],
    CapacityProviderConfig: [
      undefined,
      undefined,
      { LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn: made.provider } },
    ],
    CodeSigningConfigArn: [made.signing, arn('lambda', 'code-signing-config:csc-0123456789abcdef0')],
    CapacityProviderName: [providerName, 'fz-provider', made.provider],
    UUID: [made.mapping, '11111111-2222-4333-8444-555555555555'],
    Resource: [...arns, made.signing, made.provider, arn('lambda', `event-source-mapping:${made.mapping}`)],
    ResourceArn: [...arns, `${arns[0]}:1`, `${arns[0]}:live`],
    Policy: [policy(`${arns[0]}`), '{}', 'no JSON'],
    EventSourceArn: [
      arn('sqs', 'fz-queue'),
      arn('kinesis', 'stream/fz'),
      arn('dynamodb', 'table/t/stream/2026'),
      arn('sns', 'x'),
    ],
    Tags: [{ a: 'b' }, {}, { 'aws:x': 'y' }],
    TagKeys: [['a'], ['a', 'b']],
    Variables: [{ AB: '1' }, { AWS_REGION: 'x' }],
    AdditionalVersionWeights: [{ 1: 0.5 }, { 2: 0 }, { 9: 1 }, {}],
    // More would start as many environments.
    ProvisionedConcurrentExecutions: [1, 0, 100_000],
    ReservedConcurrentExecutions: [0, 1, 5, 100_000],
    Marker: ['', 'bm90IG91cnM'],
    MaxItems: [1, 2, 50],
  };
}

function policy(Resource: string): string {
  const Statement = [
    { Sid: 'put', Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'lambda:InvokeFunction', Resource },
  ];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
