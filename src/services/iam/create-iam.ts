import type { Logger } from '../../ports/logger.ts';
import { fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import { IAM_OPERATIONS } from '../../wire/generated/iam.ts';
import { queryHandlers } from '../../wire/query/members.ts';
import { queryService } from '../../wire/query/query-service.ts';
import type { Service } from '../../wire/service.ts';
import type { Iam } from './iam-context.ts';
import { iamError } from './iam-errors.ts';
import { IAM_FIDELITY } from './iam-fidelity.ts';
import { IAM_BUILT } from './iam-operations.ts';
import { type RoleRecord, roleArn, roleKey } from './records.ts';

/** What IAM is made of. */
export interface IamDependencies extends Iam {
  readonly logger: Logger;
}

/** A role as others need it. */
export interface AssumableRole {
  readonly account: string;
  readonly name: string;
  /** `AROA...` */
  readonly id: string;
  readonly maxSessionSeconds: number;
}

/** Finds a role by its ARN, in any account; undefined when there is none. */
export type FindRole = (arn: string) => Promise<AssumableRole | undefined>;

/** Puts IAM together. Roles and policies are kept and told; nothing is enforced by them yet. */
export function createIam({ logger, ...iam }: IamDependencies): { readonly service: Service; readonly findRole: FindRole } {
  const service = queryService({
    name: 'iam',
    version: '2010-05-08',
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    operations: IAM_OPERATIONS,
    handlers: queryHandlers(IAM_BUILT, iam),
    fidelity: fidelityCheck(IAM_FIDELITY, (message) => iamError('ValidationError', message), logger),
    logger,
  });
  const findRole: FindRole = async (arn) => {
    const [, account = '', name = ''] = /^arn:aws:iam::(\d{12}):role\/(?:[!-~]*\/)?([\w+=,.@-]+)$/.exec(arn) ?? [];
    const role = (await iam.store.get<RoleRecord>(roleKey(account, name)))?.body;
    if (role === undefined || roleArn(account, role) !== arn) return undefined;
    return { account, name: role.name, id: role.id, maxSessionSeconds: role.maxSessionSeconds };
  };
  return { service, findRole };
}
