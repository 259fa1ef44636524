import { done } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { addPermission } from './add-permission.ts';
import { getPolicy } from './get-policy.ts';
import { removePermission } from './remove-permission.ts';
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './resource-policy.ts';

const ENFORCED =
  'what services may invoke, and who may call function URLs, is enforced; callers of the API are not held to it yet';

/** Who may invoke a function. */
export const PERMISSIONS: OperationGroup = {
  title: 'Resource policies',
  operations: {
    AddPermission: {
      run: addPermission,
      state: 'done',
      note: ENFORCED,
      members: done(
        'FunctionName StatementId Action Principal SourceArn SourceAccount EventSourceToken Qualifier RevisionId PrincipalOrgID FunctionUrlAuthType InvokedViaFunctionUrl',
      ),
    },
    GetPolicy: { run: getPolicy, state: 'done', members: done('FunctionName Qualifier') },
    RemovePermission: {
      run: removePermission,
      state: 'done',
      members: done('FunctionName StatementId Qualifier RevisionId'),
    },
    PutResourcePolicy: {
      run: putResourcePolicy,
      state: 'done',
      note: ENFORCED,
      members: done('ResourceArn Policy RevisionId'),
    },
    GetResourcePolicy: { run: getResourcePolicy, state: 'done', members: done('ResourceArn') },
    DeleteResourcePolicy: { run: deleteResourcePolicy, state: 'done', members: done('ResourceArn RevisionId') },
  },
};
