import { CODE_REQUEST_BYTES_MAX } from '../model/limits.ts';
import type { Logger } from '../ports/logger.ts';
import { LAMBDA } from '../wire/generated/lambda.ts';
import { type OperationHandler, type RawHandler, restJsonService } from '../wire/rest-json/rest-json-service.ts';
import type { Service } from '../wire/service.ts';

/** Operations whose requests carry a package. */
const WITH_CODE = new Set(['CreateFunction', 'UpdateFunctionCode', 'PublishLayerVersion']);

/** The Lambda API: the control plane's operations, and the invoke operations, which read their bodies by themselves. */
export function lambdaService(
  operations: Readonly<Record<string, OperationHandler>>,
  rawHandlers: Readonly<Record<string, RawHandler>>,
  logger: Logger,
): Service {
  return restJsonService({
    name: 'lambda',
    table: LAMBDA,
    handlers: operations,
    rawHandlers,
    bodyBytesMax: (operation) => (WITH_CODE.has(operation) ? CODE_REQUEST_BYTES_MAX : undefined),
    logger,
  });
}
