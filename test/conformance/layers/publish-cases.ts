import assert from 'node:assert/strict';
import {
  DeleteLayerVersionCommand,
  GetAccountSettingsCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  PublishLayerVersionCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientOptions } from '../../e2e/server.ts';
import { sha256 } from '../function-answers.ts';
import { limitedWorld } from '../limited-world.ts';
import { type ConformanceCase, fails } from '../world.ts';
import { CREATED_DATE, largeZip, layerZip, OTHER_ACCOUNT, publish, withClient } from './layer-world.ts';

const MISSING = { code: 'ResourceNotFoundException', status: 404, message: 'The resource you requested does not exist.' };
const BELOW_ONE = {
  code: 'InvalidParameterValueException',
  status: 400,
  message: 'Layer Version Cannot be less than 1',
  type: 'User',
};

/** What publishing, reading and deleting layer versions must do. */
export const LAYER_VERSION_CASES: readonly ConformanceCase[] = [
  {
    operation: 'PublishLayerVersion',
    name: 'answers the version with what was not given left out, and its package can be downloaded',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const zip = await layerZip('plain');
      const { $metadata, Content, CreatedDate = '', ...rest } = await publish(world, LayerName, { Content: { ZipFile: zip } });
      assert.equal($metadata.httpStatusCode, 201);
      assert.match(CreatedDate, CREATED_DATE);
      const { Location = '', ...content } = Content ?? {};
      assert.deepEqual(content, { CodeSha256: sha256(zip), CodeSize: zip.length });
      assert.deepEqual(rest, {
        LayerArn: world.arn(`layer:${LayerName}`),
        LayerVersionArn: world.arn(`layer:${LayerName}:1`),
        Description: '',
        Version: 1,
      });
      const downloaded = await fetch(Location);
      assert.deepEqual(Buffer.from(await downloaded.arrayBuffer()), zip);
    },
  },
  {
    operation: 'PublishLayerVersion',
    name: 'answers what was given, empty lists too, and takes the name as an ARN',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const given = {
        Description: 'what it is',
        LicenseInfo: 'MIT',
        CompatibleRuntimes: ['python3.12', 'nodejs24.x', 'nodejs12.x'] as const,
        CompatibleArchitectures: ['arm64', 'x86_64'] as const,
      };
      const first = await publish(world, world.arn(`layer:${LayerName}`), {
        ...given,
        CompatibleRuntimes: [...given.CompatibleRuntimes],
        CompatibleArchitectures: [...given.CompatibleArchitectures],
      });
      const { Description, LicenseInfo, CompatibleRuntimes, CompatibleArchitectures } = first;
      assert.deepEqual({ Description, LicenseInfo, CompatibleRuntimes, CompatibleArchitectures }, given);
      assert.equal(first.LayerVersionArn, world.arn(`layer:${LayerName}:1`));
      const second = await publish(world, LayerName, { CompatibleRuntimes: [], CompatibleArchitectures: [], LicenseInfo: '' });
      assert.equal(second.Version, 2);
      assert.deepEqual([second.CompatibleRuntimes, second.CompatibleArchitectures, second.LicenseInfo], [[], [], '']);
    },
  },
  {
    operation: 'PublishLayerVersion',
    name: 'gives each call the next number, also to calls at the same moment, and none again after a deletion',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const published = await Promise.all(Array.from({ length: 12 }, () => publish(world, LayerName)));
      assert.deepEqual(
        published.map(({ Version = 0 }) => Version).toSorted((a, b) => a - b),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      );
      for (const { Version } of published)
        await world.lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: Version }));
      assert.equal((await publish(world, LayerName)).Version, 13);
    },
  },
  {
    operation: 'PublishLayerVersion',
    name: 'takes a package from S3, and says what S3 said where there is none',
    run: async (world) => {
      const s3 = new S3Client({ ...clientOptions(world.server), forcePathStyle: true, maxAttempts: 1 });
      const Bucket = world.unique('layer-packages');
      const zip = await layerZip('from S3');
      try {
        await s3.send(new CreateBucketCommand({ Bucket }));
        await s3.send(new PutObjectCommand({ Bucket, Key: 'layer.zip', Body: zip }));
      } finally {
        s3.destroy();
      }
      const LayerName = world.unique('layer');
      const copied = await publish(world, LayerName, {
        Content: { S3Bucket: Bucket, S3Key: 'layer.zip', S3ObjectStorageMode: 'COPY' },
      });
      assert.equal(copied.Content?.CodeSha256, sha256(zip));
      const failing = { code: 'InvalidParameterValueException', status: 400 };
      await fails(publish(world, LayerName, { Content: { S3Bucket: Bucket, S3Key: 'none.zip' } }), {
        ...failing,
        message: 'Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.',
      });
      await fails(publish(world, LayerName, { Content: { S3Bucket: `${Bucket}-none`, S3Key: 'layer.zip' } }), {
        ...failing,
        message:
          'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist',
      });
    },
  },
  {
    operation: 'PublishLayerVersion',
    name: 'refuses packages that it can not use, and then keeps no version',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const failing = { code: 'InvalidParameterValueException', status: 400, type: 'User' };
      await fails(publish(world, LayerName, { Content: { ZipFile: Buffer.from('this is no zip') } }), {
        ...failing,
        message: 'Could not unzip uploaded file. Please check your file, then try to upload again.',
      });
      await fails(publish(world, LayerName, { Content: { ZipFile: Buffer.alloc(0) } }), {
        ...failing,
        message: 'Uploaded file must be a non-empty zip',
      });
      await fails(publish(world, LayerName, { Content: {} }), {
        ...failing,
        message: 'Please provide a source for layer content.',
      });
      await fails(publish(world, LayerName, { Content: { ZipFile: await layerZip('x'), S3Bucket: 'abc', S3Key: 'k' } }), {
        ...failing,
        message: 'Please do not provide other LayerVersionContentInput parameters when providing a ZipFile.',
      });
      await fails(publish(world, LayerName, { Content: { S3Bucket: 'abc', S3Key: 'k', S3ObjectStorageMode: 'REFERENCE' } }), {
        ...failing,
        message: /S3ObjectStorageMode/,
      });
      assert.equal((await publish(world, LayerName)).Version, 1);
    },
  },
  {
    operation: 'PublishLayerVersion',
    name: 'refuses runtimes and architectures that there are not, all in one message',
    run: async (world) => {
      await fails(
        world.lambda.send(
          new PublishLayerVersionCommand({
            LayerName: world.unique('layer'),
            Content: { ZipFile: await layerZip('x') },
            CompatibleRuntimes: ['nodejs24.x', 'cobol' as 'nodejs'],
            CompatibleArchitectures: ['sparc' as 'arm64'],
          }),
        ),
        {
          code: 'ValidationException',
          status: 400,
          message:
            /^2 validation errors detected: Value '\[sparc\]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[x86_64, arm64\], Member must not be null\]; Value '\[nodejs24\.x, cobol\]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[.*nodejs24\.x.*\], Member must not be null\]$/,
        },
      );
    },
  },
  {
    operation: 'PublishLayerVersion',
    name: 'counts layers in what the account may store, until they are deleted',
    run: async () => {
      const world = await limitedWorld();
      const { AccountLimit, AccountUsage } = await world.lambda.send(new GetAccountSettingsCommand({}));
      const room = (AccountLimit?.TotalCodeSize ?? 0) - (AccountUsage?.TotalCodeSize ?? 0);
      const large = { Content: { ZipFile: await largeZip(Math.floor(room * 0.6)) } };
      const LayerName = world.unique('layer');
      const first = await publish(world, LayerName, large);
      const used = await world.lambda.send(new GetAccountSettingsCommand({}));
      const added = (used.AccountUsage?.TotalCodeSize ?? 0) - (AccountUsage?.TotalCodeSize ?? 0);
      assert.equal(added, first.Content?.CodeSize);
      await fails(publish(world, LayerName, large), {
        code: 'CodeStorageExceededException',
        status: 400,
        message: 'Code storage limit exceeded.',
        type: 'User',
      });
      await world.lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 1 }));
      assert.equal((await publish(world, LayerName, large)).Version, 2);
      await world.lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 2 }));
    },
  },
  {
    operation: 'PublishLayerVersion',
    name: 'refuses names of other accounts and regions',
    run: async (world) => {
      const resource = `arn:aws:lambda:us-east-1:${OTHER_ACCOUNT}:layer:theirs`;
      await fails(publish(world, resource), {
        code: 'AccessDeniedException',
        status: 403,
        message: `User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:PublishLayerVersion on resource: ${resource} because no resource-based policy allows the lambda:PublishLayerVersion action`,
        type: null,
      });
      await fails(publish(world, 'arn:aws:lambda:eu-west-1:000000000000:layer:far'), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: "Layers from 'eu-west-1' are not reachable in this region ('us-east-1')",
      });
      await fails(publish(world, 'no.dots'), { code: 'ValidationException', status: 400, message: /at 'layerName'/ });
    },
  },
  {
    operation: 'GetLayerVersion',
    name: 'answers what publishing answered, by the name and by the ARN',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const published = await publish(world, LayerName, { Description: 'd', CompatibleRuntimes: ['python3.12'] });
      const { $metadata: _published, Content: content, ...expected } = published;
      for (const name of [LayerName, world.arn(`layer:${LayerName}`)]) {
        const read = await world.lambda.send(new GetLayerVersionCommand({ LayerName: name, VersionNumber: 1 }));
        const { $metadata, Content, ...rest } = read;
        assert.equal($metadata.httpStatusCode, 200);
        assert.deepEqual(rest, expected);
        assert.deepEqual([Content?.CodeSha256, Content?.CodeSize], [content?.CodeSha256, content?.CodeSize]);
        assert.equal((await fetch(Content?.Location ?? '')).status, 200);
      }
    },
  },
  {
    operation: 'GetLayerVersion',
    name: 'tells versions that are not there from numbers that no version has',
    run: async (world) => {
      const LayerName = world.unique('layer');
      await publish(world, LayerName);
      const get = (name: string, VersionNumber: number): Promise<unknown> =>
        world.lambda.send(new GetLayerVersionCommand({ LayerName: name, VersionNumber }));
      await fails(get(LayerName, 2), MISSING);
      await fails(get(`${LayerName}-none`, 1), MISSING);
      await fails(get(LayerName, 2_000_000_000), MISSING);
      await fails(get(LayerName, 0), BELOW_ONE);
      await fails(get(LayerName, -1), BELOW_ONE);
    },
  },
  {
    operation: 'GetLayerVersionByArn',
    name: 'answers the same as GetLayerVersion, and refuses what it does not know',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const { LayerVersionArn: Arn = '' } = await publish(world, LayerName);
      const { Content, $metadata, ...byArn } = await world.lambda.send(new GetLayerVersionByArnCommand({ Arn }));
      const byName = await world.lambda.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 }));
      assert.deepEqual({ ...byName, $metadata, Content }, { $metadata, Content, ...byArn });
      assert.equal($metadata.httpStatusCode, 200);
      const get = (arn: string): Promise<unknown> => world.lambda.send(new GetLayerVersionByArnCommand({ Arn: arn }));
      await fails(get(Arn.replace(/:1$/, ':2')), MISSING);
      await fails(get(Arn.replace(/:1$/, ':0')), BELOW_ONE);
      await fails(get(world.arn(`layer:${LayerName}`)), { code: 'ValidationException', status: 400, message: /at 'arn'/ });
      await fails(get('arn:aws:lambda:::awslayer:theirs'), {
        code: 'InvalidParameterValueException',
        status: 400,
        message: 'lambkin does not provide the layers of AWS itself: arn:aws:lambda:::awslayer:theirs',
      });
    },
  },
  {
    operation: 'DeleteLayerVersion',
    name: 'deletes one version, and answers the same for what is not there',
    run: async (world) => {
      const LayerName = world.unique('layer');
      await publish(world, LayerName);
      await publish(world, LayerName);
      for (const VersionNumber of [1, 1, 7]) {
        const { $metadata } = await world.lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber }));
        assert.equal($metadata.httpStatusCode, 204);
      }
      await world.lambda.send(new DeleteLayerVersionCommand({ LayerName: `${LayerName}-none`, VersionNumber: 1 }));
      await fails(world.lambda.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 })), MISSING);
      const kept = await world.lambda.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 2 }));
      assert.equal(kept.Version, 2);
      await fails(world.lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 0 })), BELOW_ONE);
    },
  },
  {
    operation: 'DeleteLayerVersion',
    name: 'is not for other accounts',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const { LayerArn = '' } = await publish(world, LayerName);
      await withClient(world, { account: OTHER_ACCOUNT }, (lambda) =>
        fails(lambda.send(new DeleteLayerVersionCommand({ LayerName: LayerArn, VersionNumber: 1 })), {
          code: 'AccessDeniedException',
          status: 403,
          message: new RegExp(
            `^User: arn:aws:iam::${OTHER_ACCOUNT}:root is not authorized to perform: lambda:DeleteLayerVersion `,
          ),
        }),
      );
      assert.equal((await world.lambda.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 }))).Version, 1);
    },
  },
];
