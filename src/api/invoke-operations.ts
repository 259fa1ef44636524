import type { RawHandler } from '../wire/rest-json/rest-json-service.ts';
import { invokeAsyncHandler } from './invoke-async.ts';
import type { InvokeApiDependencies } from './invoke-call.ts';
import { invokeHandler } from './invoke.ts';
import { invokeWithResponseStreamHandler } from './invoke-with-response-stream.ts';

/** The operations that run functions, by name. */
export interface InvokeOperations {
  readonly Invoke: RawHandler;
  readonly InvokeAsync: RawHandler;
  readonly InvokeWithResponseStream: RawHandler;
}

/** The operations that run functions. */
export function invokeOperations(dependencies: InvokeApiDependencies): InvokeOperations {
  return {
    Invoke: invokeHandler(dependencies),
    InvokeAsync: invokeAsyncHandler(dependencies),
    InvokeWithResponseStream: invokeWithResponseStreamHandler(dependencies),
  };
}
