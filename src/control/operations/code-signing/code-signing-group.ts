import { done, stored } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { createCodeSigningConfig } from './create-code-signing-config.ts';
import { deleteCodeSigningConfig } from './delete-code-signing-config.ts';
import {
  deleteFunctionCodeSigningConfig,
  getFunctionCodeSigningConfig,
  putFunctionCodeSigningConfig,
} from './function-code-signing.ts';
import { getCodeSigningConfig, listCodeSigningConfigs, listFunctionsByCodeSigningConfig } from './read-code-signing-configs.ts';
import { updateCodeSigningConfig } from './update-code-signing-config.ts';

const UNSIGNED = 'no signature can be verified: every package counts as unsigned, which Warn lets in and Enforce refuses';
const PUBLISHERS = stored('AllowedPublishers', UNSIGNED);

/** Which packages functions may be made of. */
export const CODE_SIGNING: OperationGroup = {
  title: 'Code signing',
  operations: {
    CreateCodeSigningConfig: {
      run: createCodeSigningConfig,
      state: 'done',
      note: UNSIGNED,
      members: { ...PUBLISHERS, ...done('Description CodeSigningPolicies Tags') },
    },
    GetCodeSigningConfig: { run: getCodeSigningConfig, state: 'done', members: done('CodeSigningConfigArn') },
    UpdateCodeSigningConfig: {
      run: updateCodeSigningConfig,
      state: 'done',
      note: UNSIGNED,
      members: { ...PUBLISHERS, ...done('CodeSigningConfigArn Description CodeSigningPolicies') },
    },
    DeleteCodeSigningConfig: { run: deleteCodeSigningConfig, state: 'done', members: done('CodeSigningConfigArn') },
    ListCodeSigningConfigs: { run: listCodeSigningConfigs, state: 'done', members: done('Marker MaxItems') },
    ListFunctionsByCodeSigningConfig: {
      run: listFunctionsByCodeSigningConfig,
      state: 'done',
      members: done('CodeSigningConfigArn Marker MaxItems'),
    },
    PutFunctionCodeSigningConfig: {
      run: putFunctionCodeSigningConfig,
      state: 'done',
      members: done('CodeSigningConfigArn FunctionName'),
    },
    GetFunctionCodeSigningConfig: { run: getFunctionCodeSigningConfig, state: 'done', members: done('FunctionName') },
    DeleteFunctionCodeSigningConfig: { run: deleteFunctionCodeSigningConfig, state: 'done', members: done('FunctionName') },
  },
  structures: {
    AllowedPublishers: stored('SigningProfileVersionArns', UNSIGNED),
    CodeSigningPolicies: done('UntrustedArtifactOnDeployment'),
  },
};
