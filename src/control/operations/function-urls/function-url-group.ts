import { done } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { createFunctionUrlConfig } from './create-function-url-config.ts';
import { deleteFunctionUrlConfig } from './delete-function-url-config.ts';
import { getFunctionUrlConfig, listFunctionUrlConfigs } from './read-function-url-configs.ts';
import { updateFunctionUrlConfig } from './update-function-url-config.ts';

const UNVERIFIED = 'with AWS_IAM a signature must be there, and is not verified yet';
const SETTINGS = { ...done('FunctionName Qualifier Cors InvokeMode'), ...done('AuthType', UNVERIFIED) };

/** Addresses of functions for any HTTP client. */
export const FUNCTION_URLS: OperationGroup = {
  title: 'Function URLs',
  operations: {
    CreateFunctionUrlConfig: { run: createFunctionUrlConfig, state: 'done', note: UNVERIFIED, members: SETTINGS },
    GetFunctionUrlConfig: { run: getFunctionUrlConfig, state: 'done', members: done('FunctionName Qualifier') },
    UpdateFunctionUrlConfig: { run: updateFunctionUrlConfig, state: 'done', note: UNVERIFIED, members: SETTINGS },
    DeleteFunctionUrlConfig: { run: deleteFunctionUrlConfig, state: 'done', members: done('FunctionName Qualifier') },
    ListFunctionUrlConfigs: { run: listFunctionUrlConfigs, state: 'done', members: done('FunctionName Marker MaxItems') },
  },
  structures: {
    Cors: done('AllowCredentials AllowHeaders AllowMethods AllowOrigins ExposeHeaders MaxAge'),
  },
};
