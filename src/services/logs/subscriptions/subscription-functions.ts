import type { FunctionDirectory, FunctionReference, InvokePermission } from '../../../ports/function-directory.ts';
import type { Ids } from '../../../ports/ids.ts';
import type { Invoker } from '../../../ports/invoker.ts';
import { groupArn } from '../log-arns.ts';
import { logError } from '../log-errors.ts';
import type { LogScope } from '../store/log-catalogue.ts';

/** How logs reach functions. */
export interface SubscriptionFunctions {
  readonly permission: InvokePermission;
  readonly directory: Pick<FunctionDirectory, 'resolve'>;
  /** Queues an event durably. */
  readonly accept: Invoker['accept'];
  readonly ids: Ids;
}

/** A group as functions' policies name it. */
export interface SubscribedGroup extends LogScope {
  readonly name: string;
}

const FUNCTION_ARN =
  /^arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:([A-Za-z0-9_-]{1,140})(?::(\$LATEST|[A-Za-z0-9_-]{1,128}))?$/;
const VENDORS_NOT_BUILT = ['kinesis', 'firehose', 'logs'];

/** The function that an ARN names. Throws InvalidParameterException for what can't be subscribed, by AWS or here. */
export function destinationFunction(destinationArn: string): FunctionReference {
  const vendor = /^arn:[^:]*:([^:]*):/.exec(destinationArn)?.[1];
  if (vendor === undefined) throw logError('InvalidParameterException', 'The specified destinationArn is not valid.');
  if (VENDORS_NOT_BUILT.includes(vendor)) {
    throw logError('InvalidParameterException', `destinationArn: destinations of ${vendor} are not supported by Lambkin.`);
  }
  if (vendor !== 'lambda') {
    throw logError(
      'InvalidParameterException',
      `PutSubscriptionFilter operation cannot work with destinationArn for vendor ${vendor.slice(0, 100)}`,
    );
  }
  const [match, region = '', account = '', functionName = '', qualifier] = FUNCTION_ARN.exec(destinationArn) ?? [];
  if (match === undefined) throw logError('InvalidParameterException', 'The specified destinationArn is not valid.');
  return { account, region, functionName, ...(qualifier === undefined ? {} : { qualifier }) };
}

/**
 * Why the group's events must not go to the function: it logs there itself, which would never end, or its policy
 * doesn't allow it. Undefined when they may. Throws ResourceNotFoundException when there is no such function.
 */
export async function subscriptionObstacle(
  functions: SubscriptionFunctions,
  group: SubscribedGroup,
  destinationArn: string,
): Promise<'logs there' | 'not allowed' | undefined> {
  const reference = destinationFunction(destinationArn);
  const sameScope = reference.account === group.account && reference.region === group.region;
  if (!sameScope) return 'not allowed';
  // The name is the function's own whether or not it logs elsewhere now.
  if (group.name === `/aws/lambda/${reference.functionName}`) return 'logs there';
  if (!(await mayInvoke(functions.permission, group, destinationArn))) return 'not allowed';
  const { version } = await functions.directory.resolve(reference);
  return version.logGroup === group.name ? 'logs there' : undefined;
}

/** Policies name the service with its region or without, as in AWS's guides of different years. */
async function mayInvoke(permission: InvokePermission, group: SubscribedGroup, functionArn: string): Promise<boolean> {
  for (const principal of ['logs.amazonaws.com', `logs.${group.region}.amazonaws.com`]) {
    const sourceArn = `${groupArn(group, group.name)}:*`;
    const verdict = await permission.check({ functionArn, principal, sourceArn, sourceAccount: group.account });
    if (verdict === 'allowed') return true;
  }
  return false;
}
