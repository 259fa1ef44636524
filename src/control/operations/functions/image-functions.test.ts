import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateFunctionRequest, FunctionConfiguration, GetFunctionResponse } from '@aws-sdk/client-lambda';
import { type ImageFault, type ImageRegistry, ImageUnusable } from '../../../ports/image-registry.ts';
import type { ControlContext } from '../../control-context.ts';
import { CONTEXT, controlFixture } from '../../control-fixture.ts';
import { Lifecycle } from '../../lifecycle.ts';
import { publishVersion } from '../versions/publish-version.ts';
import { createFunction } from './create-function.ts';
import { getFunctionOperation } from './get-function.ts';
import { updateFunctionCode } from './update-function-code.ts';
import { updateFunctionConfiguration } from './update-function-configuration.ts';

const REPOSITORY = '123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app';
const FIRST = 'a'.repeat(64);
const SECOND = 'b'.repeat(64);
const IMAGES: Readonly<Record<string, string | ImageFault>> = {
  [`${REPOSITORY}:1`]: FIRST,
  [`${REPOSITORY}@sha256:${FIRST}`]: FIRST,
  [`${REPOSITORY}:2`]: SECOND,
  'localhost:5000/app:1': FIRST,
  'localhost:5000/app': SECOND,
  'broken:1': 'invalid',
};

const images: ImageRegistry = {
  resolve: async (imageUri) => {
    const found = IMAGES[imageUri] ?? 'missing';
    if (found.length !== 64) throw new ImageUnusable(found as ImageFault, found);
    const digest = `sha256:${found}`;
    return { digest, resolvedUri: `${imageUri.replace(/@.*$/, '').replace(/:\w+$/, '')}@${digest}` };
  },
  prepare: async () => undefined,
  keepOnly: async () => 0,
};

const INPUT: CreateFunctionRequest = {
  FunctionName: 'f',
  Role: 'arn:aws:iam::123456789012:role/r',
  PackageType: 'Image',
  Code: { ImageUri: `${REPOSITORY}:1` },
};

async function create(control: ControlContext, more: Partial<CreateFunctionRequest> = {}): Promise<FunctionConfiguration> {
  return (await createFunction(control, { ...INPUT, ...more }, CONTEXT)).output as FunctionConfiguration;
}

async function read(control: ControlContext): Promise<GetFunctionResponse> {
  return (await getFunctionOperation(control, { FunctionName: 'f' }, CONTEXT)).output as GetFunctionResponse;
}

/** Lets everything that is under way come to its end. */
async function settle(control: ControlContext): Promise<void> {
  const lifecycle = new Lifecycle(control);
  lifecycle.changed(CONTEXT, 'f');
  await lifecycle.close();
}

async function ready(): Promise<ControlContext> {
  const control = controlFixture({ images });
  await create(control, { ImageConfig: { Command: ['app.handler'], EntryPoint: ['/run'], WorkingDirectory: '/x' } });
  await settle(control);
  return control;
}

const configure = async (control: ControlContext, more: object): Promise<FunctionConfiguration> =>
  (await updateFunctionConfiguration(control, { FunctionName: 'f', ...more }, CONTEXT)).output as FunctionConfiguration;
const refused = (message: string | RegExp): object => ({ name: 'InvalidParameterValueException', message });

test('a function of an image has neither runtime nor handler, no size, and the digest for its hash', async () => {
  const control = controlFixture({ images });
  const { RevisionId, LastModified, ...answer } = await create(control);
  assert.ok(RevisionId && LastModified);
  assert.deepEqual(answer, {
    FunctionName: 'f',
    FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f',
    Role: INPUT.Role,
    CodeSize: 0,
    CodeSha256: FIRST,
    Description: '',
    Timeout: 3,
    MemorySize: 128,
    Version: '$LATEST',
    TracingConfig: { Mode: 'PassThrough' },
    State: 'Pending',
    StateReason: 'The function is being created.',
    StateReasonCode: 'Creating',
    PackageType: 'Image',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/f' },
  });
  assert.deepEqual((await read(control)).Code, {
    RepositoryType: 'ECR',
    ImageUri: `${REPOSITORY}:1`,
    ResolvedImageUri: `${REPOSITORY}@sha256:${FIRST}`,
  });
  await settle(control);
  const { Configuration } = await read(control);
  assert.equal(Configuration?.State, 'Active');
  assert.equal(Configuration.LastUpdateStatus, 'Successful');
});

test('the resolved name has the repository, whatever the name was made of', async () => {
  const names: readonly (readonly [string, string])[] = [
    [`${REPOSITORY}@sha256:${FIRST}`, `${REPOSITORY}@sha256:${FIRST}`],
    ['localhost:5000/app:1', `localhost:5000/app@sha256:${FIRST}`],
    ['localhost:5000/app', `localhost:5000/app@sha256:${SECOND}`],
  ];
  for (const [ImageUri, ResolvedImageUri] of names) {
    const control = controlFixture({ images });
    await create(control, { Code: { ImageUri } });
    assert.deepEqual((await read(control)).Code, { RepositoryType: 'ECR', ImageUri, ResolvedImageUri });
  }
});

test('an image that is not there, or is none, is told by its name', async () => {
  const control = controlFixture({ images });
  await assert.rejects(
    create(control, { Code: { ImageUri: 'nowhere:1' } }),
    refused('Source image nowhere:1 does not exist. Provide a valid source image.'),
  );
  await assert.rejects(
    create(control, { Code: { ImageUri: 'broken:1' } }),
    refused('Source image broken:1 is not valid. Provide a valid source image.'),
  );
});

test('what belongs to zips is refused beside an image', async () => {
  const control = controlFixture({ images });
  const wrong: readonly (readonly [Partial<CreateFunctionRequest>, string | RegExp])[] = [
    [{ Code: {} }, 'Please provide ImageUri when creating a function with packageType Image.'],
    [{ Runtime: 'nodejs24.x' }, /Runtime, Handler or Layers/],
    [{ Handler: 'a.b' }, /Runtime, Handler or Layers/],
    [{ Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:l:1'] }, /Runtime, Handler or Layers/],
    [
      { CodeSigningConfigArn: 'arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-00000000000000000' },
      /Code signing is not supported/,
    ],
    [{ SnapStart: { ApplyOn: 'PublishedVersions' } }, 'Container images are not supported for SnapStart enabled functions.'],
    [{ ImageConfig: { Command: ['c'.repeat(16_384)] } }, /16384/],
    ...[{ ZipFile: Buffer.alloc(1) }, { S3Bucket: 'bucket' }, { S3Key: 'k' }, { S3ObjectVersion: 'v' }].map(
      (other): [Partial<CreateFunctionRequest>, string] => [
        { Code: { ...INPUT.Code, ...other } },
        'Please do not provide other FunctionCode parameters when providing an ImageUri.',
      ],
    ),
  ];
  for (const [more, message] of wrong) await assert.rejects(create(control, more), refused(message), JSON.stringify(more));
});

test('settings of the image are answered, replaced as a whole, and taken away by an empty object', async () => {
  const control = await ready();
  const whole = { Command: ['app.handler'], EntryPoint: ['/run'], WorkingDirectory: '/x' };
  assert.deepEqual((await read(control)).Configuration?.ImageConfigResponse, { ImageConfig: whole });
  const replaced = await configure(control, { ImageConfig: { Command: ['other'] } });
  assert.deepEqual(replaced.ImageConfigResponse, { ImageConfig: { Command: ['other'] } });
  assert.equal(replaced.LastUpdateStatus, 'InProgress');
  await settle(control);
  assert.deepEqual((await configure(control, { Timeout: 5 })).ImageConfigResponse, { ImageConfig: { Command: ['other'] } });
  await settle(control);
  assert.ok(!('ImageConfigResponse' in (await configure(control, { ImageConfig: {} }))));
  const empty = controlFixture({ images });
  assert.ok(!('ImageConfigResponse' in (await create(empty, { ImageConfig: {} }))));
});

test('a function of an image can be given neither runtime, handler nor layers', async () => {
  const control = await ready();
  for (const more of [{ Runtime: 'nodejs24.x' }, { Handler: 'a.b' }, { Layers: ['arn:aws:lambda:us-east-1:1:layer:l:1'] }])
    await assert.rejects(configure(control, more), refused(/Runtime, Handler or Layers/));
  await assert.rejects(
    configure(control, { SnapStart: { ApplyOn: 'PublishedVersions' } }),
    refused('Container images are not supported for SnapStart enabled functions.'),
  );
});

test('new code is another image; a zip is refused, a dry run changes nothing', async () => {
  const control = await ready();
  const update = async (more: object): Promise<FunctionConfiguration> =>
    (await updateFunctionCode(control, { FunctionName: 'f', ...more }, CONTEXT)).output as FunctionConfiguration;
  const needsImage = refused('Please provide ImageUri when updating a function with packageType Image.');
  await assert.rejects(update({}), needsImage);
  await assert.rejects(update({ ZipFile: Buffer.alloc(1) }), needsImage);
  await assert.rejects(update({ ImageUri: 'nowhere:1' }), refused(/^Source image nowhere:1 does not exist\./));
  const dry = await update({ ImageUri: `${REPOSITORY}:2`, DryRun: true });
  assert.equal(dry.CodeSha256, SECOND);
  assert.equal((await read(control)).Configuration?.CodeSha256, FIRST);
  const answer = await update({ ImageUri: `${REPOSITORY}:2`, Publish: true });
  assert.equal(answer.Version, '1');
  assert.equal(answer.CodeSha256, SECOND);
  await settle(control);
  const { Code, Configuration } = await read(control);
  assert.equal(Code?.ResolvedImageUri, `${REPOSITORY}@sha256:${SECOND}`);
  assert.equal(Configuration?.CodeSize, 0);
  const again = await publishVersion(control, { FunctionName: 'f' }, CONTEXT);
  assert.equal((again.output as FunctionConfiguration).Version, '1');
});

test('without an engine images are refused by name', async () => {
  await assert.rejects(
    create(controlFixture()),
    refused(/^lambkin can not run functions of container images \(ImageUri\) here: it takes bubblewrap/),
  );
});
