import type { RawHandler } from '../wire/rest-json/rest-json-service.ts';
import { invokeAsyncHandler } from './invoke-async.ts';
import { type InvokeApiDependencies, invokeHandler } from './invoke.ts';

/** The operations that run functions. */
export function invokeOperations(dependencies: InvokeApiDependencies): {
  readonly Invoke: RawHandler;
  readonly InvokeAsync: RawHandler;
} {
  return { Invoke: invokeHandler(dependencies), InvokeAsync: invokeAsyncHandler(dependencies) };
}
