import type { Logger } from '../../ports/logger.ts';
import { fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import { STS_OPERATIONS } from '../../wire/generated/sts.ts';
import { queryHandlers } from '../../wire/query/members.ts';
import { queryService } from '../../wire/query/query-service.ts';
import type { Service } from '../../wire/service.ts';
import { assumeRole } from './operations/assume-role.ts';
import { getAccessKeyInfo, getCallerIdentity } from './operations/get-caller-identity.ts';
import { getSessionToken } from './operations/get-session-token.ts';
import { stsError } from './sts-errors.ts';
import { STS_FIDELITY } from './sts-fidelity.ts';
import type { Sts } from './sts-context.ts';

/** What STS is made of. */
export interface StsDependencies extends Sts {
  readonly logger: Logger;
}

/** Puts STS together. */
export function createSts({ logger, ...sts }: StsDependencies): Service {
  return queryService({
    name: 'sts',
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: STS_OPERATIONS,
    handlers: queryHandlers(
      {
        AssumeRole: assumeRole,
        GetAccessKeyInfo: getAccessKeyInfo,
        GetCallerIdentity: getCallerIdentity,
        GetSessionToken: getSessionToken,
      },
      sts,
    ),
    fidelity: fidelityCheck(STS_FIDELITY, (message) => stsError('ValidationError', message), logger),
    logger,
  });
}
