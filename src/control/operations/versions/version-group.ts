import { done } from '../../../model/fidelity.ts';
import { listVersionsByFunction } from '../functions/list-functions.ts';
import type { OperationGroup } from '../operation-group.ts';
import { publishVersion } from './publish-version.ts';

/** Published versions. */
export const VERSIONS: OperationGroup = {
  title: 'Versions',
  operations: {
    PublishVersion: {
      run: publishVersion,
      state: 'done',
      members: done('FunctionName CodeSha256 Description RevisionId PublishTo'),
    },
    ListVersionsByFunction: { run: listVersionsByFunction, state: 'done', members: done('FunctionName Marker MaxItems') },
  },
};
