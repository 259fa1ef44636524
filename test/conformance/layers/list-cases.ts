import assert from 'node:assert/strict';
import {
  DeleteLayerVersionCommand,
  type LayersListItem,
  ListLayersCommand,
  type ListLayersCommandInput,
  ListLayerVersionsCommand,
  type ListLayerVersionsCommandInput,
} from '@aws-sdk/client-lambda';
import { type ConformanceCase, fails, type World } from '../world.ts';
import { OTHER_ACCOUNT, publish, withClient } from './layer-world.ts';

/** All pages, and how many items each had. */
async function allLayers(
  { lambda }: Pick<World, 'lambda'>,
  input: ListLayersCommandInput,
): Promise<{ layers: LayersListItem[]; sizes: number[] }> {
  const layers: LayersListItem[] = [];
  const sizes: number[] = [];
  let Marker: string | undefined;
  do {
    const page = await lambda.send(new ListLayersCommand({ ...input, ...(Marker ? { Marker } : {}) }));
    layers.push(...(page.Layers ?? []));
    sizes.push(page.Layers?.length ?? -1);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return { layers, sizes };
}

async function allVersions({ lambda }: World, input: ListLayerVersionsCommandInput): Promise<number[][]> {
  const pages: number[][] = [];
  let Marker: string | undefined;
  do {
    const page = await lambda.send(new ListLayerVersionsCommand({ ...input, ...(Marker ? { Marker } : {}) }));
    pages.push((page.LayerVersions ?? []).map(({ Version = 0 }) => Version));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return pages;
}

/** What lists of layers and their versions must do. */
export const LAYER_LIST_CASES: readonly ConformanceCase[] = [
  {
    operation: 'ListLayers',
    name: 'answers each layer once with its newest version, and none of which all versions are deleted',
    run: async (world) => {
      const LayerName = world.unique('listed-layer');
      const gone = world.unique('listed-layer');
      await publish(world, LayerName, { Description: 'old', LicenseInfo: 'MIT' });
      const newest = await publish(world, LayerName, {
        Description: 'new',
        CompatibleRuntimes: ['ruby3.4'],
        CompatibleArchitectures: ['arm64'],
      });
      await publish(world, gone);
      await world.lambda.send(new DeleteLayerVersionCommand({ LayerName: gone, VersionNumber: 1 }));
      const { layers } = await allLayers(world, {});
      assert.deepEqual(
        layers.filter((layer) => [LayerName, gone].includes(layer.LayerName ?? '')),
        [
          {
            LayerName,
            LayerArn: world.arn(`layer:${LayerName}`),
            LatestMatchingVersion: {
              LayerVersionArn: world.arn(`layer:${LayerName}:2`),
              Version: 2,
              Description: 'new',
              CreatedDate: newest.CreatedDate,
              CompatibleRuntimes: ['ruby3.4'],
              CompatibleArchitectures: ['arm64'],
            },
          },
        ],
      );
    },
  },
  {
    operation: 'ListLayers',
    name: 'finds the newest version that fits the filters, and leaves layers out that have none',
    run: async (world) => {
      // An account of its own, so that nobody else's layers are in the lists.
      await withClient(world, { account: '222233334444' }, async (lambda) => {
        const own = { lambda };
        await publish(own, 'both', { CompatibleRuntimes: ['python3.12'], CompatibleArchitectures: ['arm64'] });
        await publish(own, 'both', { CompatibleRuntimes: ['python3.12'], CompatibleArchitectures: ['x86_64'] });
        await publish(own, 'both', { CompatibleRuntimes: ['nodejs24.x'], CompatibleArchitectures: ['x86_64'] });
        await publish(own, 'silent');
        const found = async (input: ListLayersCommandInput): Promise<unknown[]> =>
          (await allLayers(own, input)).layers.map((layer) => [layer.LayerName, layer.LatestMatchingVersion?.Version]);
        assert.deepEqual(await found({}), [
          ['both', 3],
          ['silent', 1],
        ]);
        assert.deepEqual(await found({ CompatibleRuntime: 'python3.12' }), [['both', 2]]);
        assert.deepEqual(await found({ CompatibleRuntime: 'python3.12', CompatibleArchitecture: 'arm64' }), [['both', 1]]);
        assert.deepEqual(await found({ CompatibleArchitecture: 'arm64' }), [['both', 1]]);
        assert.deepEqual(await found({ CompatibleRuntime: 'java21' }), []);
      });
    },
  },
  {
    operation: 'ListLayers',
    name: 'comes in pages without a last one that is empty, whatever the names are',
    run: async (world) => {
      await withClient(world, { account: '222233335555' }, async (lambda) => {
        // Names of which one begins as the other, with what comes before and after a slash.
        const names = ['a', 'a-b', 'a0', 'a_', 'b'];
        for (const name of names) for (let count = 0; count < 3; count += 1) await publish({ lambda }, name);
        const { layers, sizes } = await allLayers({ lambda }, { MaxItems: 2 });
        assert.deepEqual(layers.map(({ LayerName = '' }) => LayerName).toSorted(), names);
        assert.ok(layers.every(({ LatestMatchingVersion }) => LatestMatchingVersion?.Version === 3));
        assert.deepEqual(sizes, [2, 2, 1]);
        assert.deepEqual((await allLayers({ lambda }, { MaxItems: 5 })).sizes, [5]);
        await fails(lambda.send(new ListLayersCommand({ MaxItems: 51 })), {
          code: 'ValidationException',
          status: 400,
          message: /Member must have value less than or equal to 50/,
        });
        await fails(lambda.send(new ListLayersCommand({ Marker: 'none of ours' })), {
          code: 'InvalidParameterValueException',
          status: 400,
        });
      });
    },
  },
  {
    operation: 'ListLayers',
    name: 'refuses runtimes and architectures that there are not',
    run: async (world) => {
      await fails(world.lambda.send(new ListLayersCommand({ CompatibleRuntime: 'cobol' as 'nodejs' })), {
        code: 'ValidationException',
        status: 400,
        message: /^1 validation error detected: Value 'cobol' at 'compatibleRuntime' failed to satisfy constraint/,
      });
      await fails(world.lambda.send(new ListLayersCommand({ CompatibleArchitecture: 'sparc' as 'arm64' })), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value 'sparc' at 'compatibleArchitecture' failed to satisfy constraint: Member must satisfy enum value set: [x86_64, arm64]",
      });
    },
  },
  {
    operation: 'ListLayerVersions',
    name: 'answers the newest first, in pages',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const first = await publish(world, LayerName, { Description: 'one', LicenseInfo: 'MIT', CompatibleRuntimes: [] });
      for (let count = 1; count < 11; count += 1) await publish(world, LayerName);
      await publish(world, `${LayerName}-longer`);
      await world.lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 10 }));
      assert.deepEqual(await allVersions(world, { LayerName, MaxItems: 4 }), [
        [11, 9, 8, 7],
        [6, 5, 4, 3],
        [2, 1],
      ]);
      assert.deepEqual(await allVersions(world, { LayerName: world.arn(`layer:${LayerName}`), MaxItems: 10 }), [
        [11, 9, 8, 7, 6, 5, 4, 3, 2, 1],
      ]);
      const { LayerVersions } = await world.lambda.send(new ListLayerVersionsCommand({ LayerName }));
      assert.deepEqual(LayerVersions?.at(-1), {
        LayerVersionArn: first.LayerVersionArn,
        Version: 1,
        Description: 'one',
        CreatedDate: first.CreatedDate,
        CompatibleRuntimes: [],
        LicenseInfo: 'MIT',
      });
    },
  },
  {
    operation: 'ListLayerVersions',
    name: 'keeps to the filters, over pages',
    run: async (world) => {
      const LayerName = world.unique('layer');
      for (let count = 0; count < 4; count += 1) {
        await publish(world, LayerName, { CompatibleRuntimes: ['ruby3.4'], CompatibleArchitectures: ['arm64'] });
        await publish(world, LayerName, { CompatibleRuntimes: ['java21'], CompatibleArchitectures: ['arm64'] });
      }
      assert.deepEqual(await allVersions(world, { LayerName, CompatibleRuntime: 'ruby3.4', MaxItems: 2 }), [
        [7, 5],
        [3, 1],
      ]);
      assert.deepEqual(await allVersions(world, { LayerName, CompatibleArchitecture: 'x86_64' }), [[]]);
    },
  },
  {
    operation: 'ListLayerVersions',
    name: 'answers an empty list for a layer that is not there, and nothing of other accounts',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const { $metadata, ...rest } = await world.lambda.send(new ListLayerVersionsCommand({ LayerName }));
      assert.equal($metadata.httpStatusCode, 200);
      assert.deepEqual(rest, { LayerVersions: [] });
      const { LayerArn = '' } = await publish(world, LayerName);
      await withClient(world, { account: OTHER_ACCOUNT }, (lambda) =>
        fails(lambda.send(new ListLayerVersionsCommand({ LayerName: LayerArn })), { code: 'AccessDeniedException', status: 403 }),
      );
    },
  },
];
