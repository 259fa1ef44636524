import { done } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from './aliases.ts';

/** Names for versions. */
export const ALIASES: OperationGroup = {
  title: 'Aliases',
  operations: {
    CreateAlias: {
      run: createAlias,
      state: 'done',
      members: done('FunctionName Name FunctionVersion Description RoutingConfig'),
    },
    UpdateAlias: {
      run: updateAlias,
      state: 'done',
      members: done('FunctionName Name FunctionVersion Description RoutingConfig RevisionId'),
    },
    GetAlias: { run: getAlias, state: 'done', members: done('FunctionName Name') },
    ListAliases: { run: listAliases, state: 'done', members: done('FunctionName FunctionVersion Marker MaxItems') },
    DeleteAlias: { run: deleteAlias, state: 'done', members: done('FunctionName Name') },
  },
  structures: { AliasRoutingConfiguration: done('AdditionalVersionWeights') },
};
