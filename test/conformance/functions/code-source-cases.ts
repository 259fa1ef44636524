import assert from 'node:assert/strict';
import {
  CreateFunctionCommand,
  type FunctionCode,
  type FunctionConfiguration,
  GetFunctionCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientOptions } from '../../e2e/server.ts';
import { zip } from '../../e2e/zip.ts';
import { assertError, sha256, storedOnly, whenReady } from '../function-answers.ts';
import { LIMITED, limitedWorld } from '../limited-world.ts';
import { type ConformanceCase, fails, ROLE, type World } from '../world.ts';

const FUNCTIONS = '/2015-03-31/functions';
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/1';
const UNZIPPED_BYTES_MAX = 262_144_000;

const invalid = (message: string) => ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;

/** Hands code to an operation that takes it. */
type Deploy = (world: World, code: FunctionCode) => Promise<FunctionConfiguration>;

const byCreation: Deploy = (world, Code) =>
  world.lambda.send(
    new CreateFunctionCommand({
      FunctionName: world.unique('code'),
      Role: ROLE,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code,
    }),
  );

const byUpdate: Deploy = async (world, code) => {
  const FunctionName = await world.function();
  const answer = await world.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ...code }));
  await whenReady(world, FunctionName);
  return answer;
};

/** The same rules hold wherever code is taken in. */
function both(name: string, run: (world: World, deploy: Deploy) => Promise<void>): ConformanceCase[] {
  return [
    { operation: 'CreateFunction', name, run: (world) => run(world, byCreation) },
    { operation: 'UpdateFunctionCode', name, run: (world) => run(world, byUpdate) },
  ];
}

async function bucket(world: World, objects: Readonly<Record<string, Buffer>>): Promise<string> {
  const s3 = new S3Client({ ...clientOptions(world.server), forcePathStyle: true, maxAttempts: 1 });
  const Bucket = world.unique('packages');
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const [Key, Body] of Object.entries(objects)) await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  s3.destroy();
  return Bucket;
}

/** A zip whose directory says that its first file takes this much unpacked. */
function declaring(archive: Buffer, sizeBytes: number): Buffer {
  const lying = Buffer.from(archive);
  lying.writeUInt32LE(sizeBytes, lying.indexOf(Buffer.from('PK\u0001\u0002')) + 24);
  return lying;
}

/** Bytes that do not shrink. */
function noise(sizeBytes: number, seed: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let state = seed;
  for (let index = 0; index < sizeBytes; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Where code comes from, and how large it may be. */
export const CODE_SOURCE_CASES: readonly ConformanceCase[] = [
  ...both('code comes from exactly one place', async (world, deploy) => {
    const ZipFile = await world.code();
    await fails(deploy(world, {}), invalid('Please provide a source for function code.'));
    await fails(deploy(world, { S3Bucket: 'bucket' }), invalid('Please provide a source for function code.'));
    await fails(deploy(world, { S3Key: 'key' }), invalid('Please provide a source for function code.'));
    const two = 'Please do not provide other FunctionCode parameters when providing a ZipFile.';
    await fails(deploy(world, { ZipFile, S3Bucket: 'bucket', S3Key: 'key' }), invalid(two));
    await fails(deploy(world, { ZipFile, S3ObjectVersion: '1' }), invalid(two));
  }),
  ...both('a package is a zip with a file in it', async (world, deploy) => {
    const empty = await zip({});
    await fails(
      deploy(world, { ZipFile: Buffer.from('no zip') }),
      invalid('Could not unzip uploaded file. Please check your file, then try to upload again.'),
    );
    await fails(deploy(world, { ZipFile: empty }), invalid('Uploaded file must be a non-empty zip'));
    await fails(deploy(world, { ZipFile: Buffer.alloc(0) }), invalid('Uploaded file must be a non-empty zip'));
  }),
  ...both('a package may unpack to less than 262144000 bytes', async (world, deploy) => {
    const archive = await zip({ 'index.js': Buffer.alloc(100_000) });
    await fails(
      deploy(world, { ZipFile: declaring(archive, UNZIPPED_BYTES_MAX) }),
      invalid('Unzipped size must be smaller than 262144000 bytes'),
    );
  }),
  ...both('a package may come from S3', async (world, deploy) => {
    const archive = await world.code('exports.handler = async () => "from S3";');
    const S3Bucket = await bucket(world, { 'a/b c.zip': archive, text: Buffer.from('no zip') });
    const answer = await deploy(world, { S3Bucket, S3Key: 'a/b c.zip' });
    assert.equal(answer.CodeSha256, sha256(archive));
    assert.equal(answer.CodeSize, archive.length);
    await fails(
      deploy(world, { S3Bucket, S3Key: 'text' }),
      invalid('Could not unzip uploaded file. Please check your file, then try to upload again.'),
    );
    const cannot = 'Error occurred while GetObject. S3 Error Code:';
    await fails(
      deploy(world, { S3Bucket, S3Key: 'none' }),
      invalid(`${cannot} NoSuchKey. S3 Error Message: The specified key does not exist.`),
    );
    await fails(
      deploy(world, { S3Bucket: 'nowhere', S3Key: 'none' }),
      invalid(`${cannot} NoSuchBucket. S3 Error Message: The specified bucket does not exist`),
    );
    await fails(
      deploy(world, { S3Bucket, S3Key: 'a/b c.zip', S3ObjectVersion: '1' }),
      invalid(`${cannot} NoSuchVersion. S3 Error Message: The specified version does not exist.`),
    );
  }),
  ...both('packages are copied; to leave them where they are is refused by name', async (world, deploy) => {
    const S3Bucket = await bucket(world, { key: await world.code() });
    const answer = await deploy(world, { S3Bucket, S3Key: 'key', S3ObjectStorageMode: 'COPY' });
    assert.ok(answer.CodeSize);
    await fails(deploy(world, { S3Bucket, S3Key: 'key', S3ObjectStorageMode: 'REFERENCE', S3ObjectVersion: '1' }), {
      code: 'InvalidParameterValueException',
      status: 400,
    });
  }),
  ...both('a key for the package is stored and read back with the code', async (world, deploy) => {
    const { FunctionName } = await deploy(world, { ZipFile: await world.code(), SourceKMSKeyArn: KEY });
    const { Code } = await world.lambda.send(new GetFunctionCommand({ FunctionName }));
    assert.equal(Code?.SourceKMSKeyArn, KEY);
  }),
  ...both('names of buckets and keys have their lengths', async (world, deploy) => {
    const violation = { code: 'ValidationException', status: 400 } as const;
    await fails(deploy(world, { S3Bucket: 'ab', S3Key: 'k' }), violation);
    await fails(deploy(world, { S3Bucket: 'b'.repeat(64), S3Key: 'k' }), violation);
    await fails(deploy(world, { S3Bucket: 'abc.', S3Key: 'k' }), violation);
    await fails(deploy(world, { S3Bucket: 'abc', S3Key: 'k'.repeat(1_025) }), violation);
  }),
  {
    operation: 'CreateFunction',
    name: 'a path to a member of Code is told with both names',
    run: (world) =>
      fails(byCreation(world, { S3Bucket: 'ab', S3Key: 'k' }), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value 'ab' at 'code.s3Bucket' failed to satisfy constraint: Member must have length greater than or equal to 3",
      }),
  },
  {
    operation: 'CreateFunction',
    name: 'says that a key for the package is stored only',
    run: async (world) => {
      const answer = await world.raw('POST', FUNCTIONS, {
        FunctionName: world.unique('code'),
        Role: ROLE,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: (await world.code()).toString('base64'), SourceKMSKeyArn: KEY },
      });
      assert.equal(answer.status, 201);
      assert.deepEqual(storedOnly(answer), ['Code.SourceKMSKeyArn']);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'a zip of more than 50 MB, and a request of more than 70167211 bytes, are too large',
    run: async (world) => {
      const required = { FunctionName: world.unique('code'), Role: ROLE, Runtime: 'nodejs24.x', Handler: 'index.handler' };
      const Code = { ZipFile: Buffer.alloc(52_428_801).toString('base64') };
      assertError(await world.raw('POST', FUNCTIONS, { ...required, Code }), 413, 'RequestEntityTooLargeException', {
        message: 'Zipped size must be smaller than 52428800 bytes',
      });
      assertError(await world.raw('POST', FUNCTIONS, Buffer.alloc(70_167_212, 32)), 413, 'RequestEntityTooLargeException', {
        message: 'Request must be smaller than 70167211 bytes for the CreateFunction operation',
      });
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'a request of more than 70167211 bytes is too large; of other operations one of more than 6 MB is',
    run: async (world) => {
      const code = await world.raw('PUT', `${FUNCTIONS}/f/code`, Buffer.alloc(70_167_212, 32));
      assertError(code, 413, 'RequestEntityTooLargeException', {
        message: 'Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation',
      });
      const configuration = await world.raw('PUT', `${FUNCTIONS}/f/configuration`, Buffer.alloc(6_291_457, 32));
      assertError(configuration, 413, 'RequestEntityTooLargeException', {
        message: 'Request must be smaller than 6291456 bytes for the UpdateFunctionConfiguration operation',
      });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'an account stores so much code and no more; a version counts as much as its function, and what is replaced is free',
    run: async () => {
      const world = await limitedWorld();
      const most = LIMITED.codeStorageMb * 1_048_576;
      const packages = [noise(600_000, 1), noise(600_000, 2), noise(1_000_000, 3), noise(1_050_000, 4)];
      const [first, second, large, tooLarge] = await Promise.all(packages.map((data) => zip({ 'index.js': 'x', data })));
      assert.ok((tooLarge?.length ?? 0) > most && (large?.length ?? 0) < most);
      const exceeded = {
        code: 'CodeStorageExceededException',
        status: 400,
        message: 'Code storage limit exceeded.',
        type: 'User',
      } as const;
      const FunctionName = await world.function({ Code: { ZipFile: first } });
      await fails(byCreation(world, { ZipFile: second }), exceeded);
      const update = (ZipFile: Buffer | undefined, Publish = false) =>
        world.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile, Publish }));
      await fails(update(second, true), exceeded);
      await update(large);
      await whenReady(world, FunctionName);
      await fails(update(tooLarge), exceeded);
      const publish = await world.raw('POST', `${FUNCTIONS}/${FunctionName}/versions`, {});
      assertError(publish, 400, 'CodeStorageExceededException', { Type: 'User', message: 'Code storage limit exceeded.' });
      const twice = world.lambda.send(
        new CreateFunctionCommand({
          FunctionName: world.unique('code'),
          Role: ROLE,
          Runtime: 'nodejs24.x',
          Handler: 'a.b',
          Publish: true,
          Code: { ZipFile: await zip({ 'index.js': 'x', data: noise(30_000, 5) }) },
        }),
      );
      await fails(twice, exceeded);
    },
  },
];
