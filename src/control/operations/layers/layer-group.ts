import { done, refused, stored } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { deleteLayerVersion } from './delete-layer-version.ts';
import { getLayerVersion, getLayerVersionByArn } from './get-layer-version.ts';
import { addLayerVersionPermission, getLayerVersionPolicy, removeLayerVersionPermission } from './layer-permissions.ts';
import { listLayers, listLayerVersions } from './list-layers.ts';
import { publishLayerVersion } from './publish-layer-version.ts';

/** Layers, their versions and who may use them. */
export const LAYERS: OperationGroup = {
  title: 'Layers',
  operations: {
    PublishLayerVersion: {
      run: publishLayerVersion,
      state: 'done',
      members: done('LayerName Description Content CompatibleArchitectures CompatibleRuntimes LicenseInfo'),
    },
    GetLayerVersion: { run: getLayerVersion, state: 'done', members: done('LayerName VersionNumber') },
    GetLayerVersionByArn: {
      run: getLayerVersionByArn,
      state: 'done',
      note: 'the layers that AWS itself provides are refused by name',
      members: done('Arn'),
    },
    ListLayers: {
      run: listLayers,
      state: 'done',
      members: done('CompatibleArchitecture CompatibleRuntime Marker MaxItems'),
    },
    ListLayerVersions: {
      run: listLayerVersions,
      state: 'done',
      members: done('LayerName CompatibleArchitecture CompatibleRuntime Marker MaxItems'),
    },
    DeleteLayerVersion: { run: deleteLayerVersion, state: 'done', members: done('LayerName VersionNumber') },
    AddLayerVersionPermission: {
      run: addLayerVersionPermission,
      state: 'done',
      members: {
        ...done('LayerName VersionNumber StatementId Action Principal RevisionId'),
        ...stored('OrganizationId', 'organizations are not known, so a permission for one holds for nobody'),
      },
    },
    GetLayerVersionPolicy: { run: getLayerVersionPolicy, state: 'done', members: done('LayerName VersionNumber') },
    RemoveLayerVersionPermission: {
      run: removeLayerVersionPermission,
      state: 'done',
      members: done('LayerName VersionNumber StatementId RevisionId'),
    },
  },
  structures: {
    LayerVersionContentInput: {
      ...done('S3Bucket S3Key S3ObjectVersion ZipFile'),
      ...refused('S3ObjectStorageMode', 'packages are always copied', (value) => value === 'REFERENCE'),
    },
  },
};
