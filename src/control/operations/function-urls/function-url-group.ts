import { done, stored } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { createFunctionUrlConfig } from './create-function-url-config.ts';
import { deleteFunctionUrlConfig } from './delete-function-url-config.ts';
import { getFunctionUrlConfig, listFunctionUrlConfigs } from './read-function-url-configs.ts';
import { updateFunctionUrlConfig } from './update-function-url-config.ts';

const NOT_SERVED = 'requests to the URL are not served yet';
/** The whole operation is stored only, and says so once for all its members. */
const withTheOperation = (): boolean => false;
const SETTINGS = stored('AuthType Cors InvokeMode', NOT_SERVED, withTheOperation);

/** Addresses of functions for any HTTP client. */
export const FUNCTION_URLS: OperationGroup = {
  title: 'Function URLs',
  operations: {
    CreateFunctionUrlConfig: {
      run: createFunctionUrlConfig,
      state: 'stored only',
      note: NOT_SERVED,
      members: { ...done('FunctionName Qualifier'), ...SETTINGS },
    },
    GetFunctionUrlConfig: { run: getFunctionUrlConfig, state: 'done', members: done('FunctionName Qualifier') },
    UpdateFunctionUrlConfig: {
      run: updateFunctionUrlConfig,
      state: 'stored only',
      note: NOT_SERVED,
      members: { ...done('FunctionName Qualifier'), ...SETTINGS },
    },
    DeleteFunctionUrlConfig: { run: deleteFunctionUrlConfig, state: 'done', members: done('FunctionName Qualifier') },
    ListFunctionUrlConfigs: { run: listFunctionUrlConfigs, state: 'done', members: done('FunctionName Marker MaxItems') },
  },
  structures: {
    Cors: stored('AllowCredentials AllowHeaders AllowMethods AllowOrigins ExposeHeaders MaxAge', NOT_SERVED, withTheOperation),
  },
};
