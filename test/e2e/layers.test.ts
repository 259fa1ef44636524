import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteLayerVersionCommand,
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  type LambdaServiceException,
  PublishLayerVersionCommand,
  type PublishLayerVersionCommandOutput,
  PublishVersionCommand,
  type Runtime,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip, type ZipEntry } from './zip.ts';

// Layers from their publication to what functions see of them, in real sandboxes and over a restart.

const UNZIPPED_BYTES_MAX = 262_144_000;
const WAIT = { maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 };

let server: TestServer;
let lambda: LambdaClient;

before(async () => {
  server = await startServer();
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
});

after(async () => {
  lambda.destroy();
  assert.equal(await server.close(), 0, server.output());
});

/** Kills the server and starts it on the same data. */
async function restart(): Promise<void> {
  lambda.destroy();
  server = await server.restart();
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
}

async function publish(
  LayerName: string,
  content: Readonly<Record<string, ZipEntry>> | Buffer,
): Promise<PublishLayerVersionCommandOutput & { readonly arn: string }> {
  const ZipFile = Buffer.isBuffer(content) ? content : await zip(content);
  const published = await lambda.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile } }));
  return { ...published, arn: published.LayerVersionArn ?? '' };
}

/** A layer with a module that every such layer has, and one of its own, for both languages. */
function modules(name: string): Record<string, string> {
  return {
    'nodejs/node_modules/shared/index.js': `module.exports = 'shared of ${name}';`,
    [`nodejs/node_modules/only-${name}/index.js`]: `module.exports = 'only in ${name}';`,
    'python/shared.py': `value = 'shared of ${name}'`,
    [`python/only_${name}.py`]: `value = 'only in ${name}'`,
  };
}

/** Programs that answer what the modules `shared`, `only-a` and `only-b` are; null for what they don't find. */
const PROGRAMS: Readonly<Record<string, Record<string, string>>> = {
  'nodejs24.x': {
    'index.js': `const find = (name) => { try { return require(name); } catch { return null; } };
      exports.handler = async () => ['shared', 'only-a', 'only-b'].map(find);`,
  },
  'python3.11': {
    'index.py': `import importlib
def find(name):
    try:
        return importlib.import_module(name).value
    except ModuleNotFoundError:
        return None
def handler(event, context):
    return [find(name) for name in ('shared', 'only_a', 'only_b')]
`,
  },
};

async function create(
  FunctionName: string,
  runtime: string,
  Layers: readonly string[],
  input: Partial<CreateFunctionCommandInput> = {},
): Promise<FunctionConfiguration> {
  return lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: runtime as Runtime,
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 10,
      MemorySize: 512,
      Code: { ZipFile: await zip(PROGRAMS[runtime] ?? {}) },
      Layers: [...Layers],
      ...input,
    }),
  );
}

async function make(FunctionName: string, runtime: string, Layers: readonly string[]): Promise<FunctionConfiguration> {
  const made = await create(FunctionName, runtime, Layers);
  await waitUntilFunctionActiveV2({ client: lambda, ...WAIT }, { FunctionName });
  return made;
}

async function changeLayers(FunctionName: string, Layers: readonly string[]): Promise<FunctionConfiguration> {
  const changed = await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Layers: [...Layers] }));
  await waitUntilFunctionUpdatedV2({ client: lambda, ...WAIT }, { FunctionName });
  return changed;
}

async function found(FunctionName: string): Promise<unknown> {
  const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName }));
  const text = Payload?.transformToString() ?? '';
  assert.equal(FunctionError, undefined, text);
  return JSON.parse(text);
}

async function refused(call: Promise<unknown>, message: string, code = 'InvalidParameterValueException'): Promise<void> {
  const error = await call.then(
    () => assert.fail('expected a refusal'),
    (thrown: unknown) => thrown as LambdaServiceException,
  );
  assert.equal(error.name, code, error.message);
  assert.equal(error.message, message);
}

const OF_A = ['shared of a', 'only in a', null];
const A_THEN_B = ['shared of b', 'only in a', 'only in b'];
const B_THEN_A = ['shared of a', 'only in a', 'only in b'];

describe('functions with layers', () => {
  for (const runtime of Object.keys(PROGRAMS)) {
    const name = `with-layers-${runtime.replace('.', '-')}`;

    test(`${runtime}: a later layer replaces files of an earlier one, and both are there after their deletion and a restart`, async () => {
      const a = await publish(`${name}-a`, modules('a'));
      const b = await publish(`${name}-b`, modules('b'));
      const made = await make(name, runtime, [a.arn, b.arn]);
      const Layers = [a, b].map(({ arn, Content }) => ({ Arn: arn, CodeSize: Content?.CodeSize }));
      assert.deepEqual(made.Layers, Layers);
      assert.deepEqual(await found(name), A_THEN_B);

      await changeLayers(name, [b.arn, a.arn]);
      assert.deepEqual(await found(name), B_THEN_A);
      const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: name }));
      await changeLayers(name, [a.arn]);
      assert.deepEqual(await found(name), OF_A);

      for (const layer of ['a', 'b'])
        await lambda.send(new DeleteLayerVersionCommand({ LayerName: `${name}-${layer}`, VersionNumber: 1 }));
      await restart();
      assert.deepEqual(await found(name), OF_A);
      assert.deepEqual(await found(`${name}:${Version}`), B_THEN_A);
      const read = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier: Version }));
      assert.deepEqual(read.Layers, Layers.toReversed());
      await refused(create(`${name}-late`, runtime, [b.arn]), `Layer version ${b.arn} does not exist.`);

      const bare = await changeLayers(name, []);
      assert.equal(bare.Layers, undefined);
      assert.deepEqual(await found(name), [null, null, null]);
    });
  }

  test('packages of deleted layer versions go with a restart, those that a function uses do not', async () => {
    const used = await publish('used', modules('used'));
    const unused = await publish('unused', modules('unused'));
    await make('uses', 'nodejs24.x', [used.arn]);
    for (const LayerName of ['used', 'unused']) await lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 1 }));
    const isKept = ({ Content }: PublishLayerVersionCommandOutput): boolean => {
      const blobId = Buffer.from(Content?.CodeSha256 ?? '', 'base64').toString('hex');
      return readdirSync(server.dataDirectory, { recursive: true }).some((path) => String(path).includes(blobId));
    };
    assert.deepEqual([isKept(used), isKept(unused)], [true, true]);
    await restart();
    assert.deepEqual([isKept(used), isKept(unused)], [true, false]);
    assert.deepEqual(await found('uses'), ['shared of used', null, null]);
  });
});

describe('layers that a function can not have', () => {
  const arns: string[] = [];

  before(async () => {
    for (let index = 0; index < 6; index += 1) arns.push((await publish(`small-${index}`, { 'a.txt': `${index}` })).arn);
    await make('plain', 'nodejs24.x', []);
  });

  /** Tries it with a new function and with one that there is. */
  async function refusedEverywhere(layers: readonly string[], message: string, code?: string): Promise<void> {
    await refused(create('never', 'nodejs24.x', layers), message, code);
    await refused(changeLayers('plain', layers), message, code);
    const { Layers } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'plain' }));
    assert.equal(Layers, undefined);
  }

  test('more than five', async () => {
    await refusedEverywhere(arns, 'Cannot reference more than 5 layers.');
    await make('five', 'nodejs24.x', arns.slice(0, 5));
    assert.deepEqual(await found('five'), [null, null, null]);
  });

  test('two versions of one, or one twice', async () => {
    const [first = ''] = arns;
    const { arn: second } = await publish('small-0', { 'a.txt': 'again' });
    const text = (one: string, two: string): string =>
      `Two different versions of the same layer are not allowed to be referenced in the same function. ${one} and ${two} are versions of the same layer.`;
    await refusedEverywhere([second, first], text(second, first));
    await refusedEverywhere([first, first], text(first, first));
  });

  test('those that are missing, of another region, or of AWS itself', async () => {
    const [first = ''] = arns;
    for (const missing of [first.replace(/:1$/, ':9'), first.replace('small-0', 'none'), first.replace(/:1$/, ':01')])
      await refusedEverywhere([missing], `Layer version ${missing} does not exist.`);
    await refusedEverywhere(
      [first.replace('us-east-1', 'eu-west-1')],
      'Layers are not in the same region as the function. Layers are expected to be in region us-east-1.',
    );
    const provided = 'arn:aws:lambda:::awslayer:Provided';
    await refusedEverywhere([provided], `lambkin does not provide the layers of AWS itself: ${provided}`);
  });

  test('too large together once they are unpacked', async () => {
    // The same package under two names, so that it is made and unpacked once.
    const large = await zip({ zeros: Buffer.alloc(UNZIPPED_BYTES_MAX / 2) });
    const { arn: one } = await publish('large-one', large);
    const { arn: two } = await publish('large-two', large);
    const codeBytes = Buffer.byteLength(PROGRAMS['nodejs24.x']?.['index.js'] ?? '');
    await refusedEverywhere(
      [one, two],
      `Function code combined with layers exceeds the maximum allowed size of ${UNZIPPED_BYTES_MAX} bytes. The actual size is ${UNZIPPED_BYTES_MAX + codeBytes} bytes.`,
    );
    await make('large', 'nodejs24.x', [one]);
    assert.deepEqual(await found('large'), [null, null, null]);
  });
});
