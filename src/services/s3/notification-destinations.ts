import { ServiceError } from '../../model/service-error.ts';
import type { NotificationRule } from '../../sources/s3/notification-configuration.ts';
import type { S3Context } from './s3-context.ts';
import { s3Error } from './s3-errors.ts';

/** What is wrong with a destination, as the numbered arguments of the error say it. */
interface Fault {
  readonly name: string;
  readonly value: string;
}

/** Throws InvalidArgument for destinations that S3 can't have, whether they exist or not: of other regions, and FIFO. */
export function refuseUnfit(rules: readonly NotificationRule[], region: string): void {
  if (rules.some(({ targetArn }) => targetArn.split(':')[3] !== region)) {
    throw s3Error(
      'InvalidArgument',
      'The notification destination service region is not valid for the bucket location constraint',
    );
  }
  const fifo = rules.filter(({ target, targetArn }) => target !== 'function' && targetArn.endsWith('.fifo'));
  throwIfAny(fifo.map(({ target, targetArn: name }) => ({ name, value: `The destination ${target} is a FIFO ${target}` })));
}

/**
 * Throws InvalidArgument for queues and topics that don't exist, and for functions whose policy does not let the bucket
 * in. Policies of queues and topics are not looked at.
 */
export async function checkDestinations(
  s3: S3Context,
  bucket: string,
  account: string,
  rules: readonly NotificationRule[],
): Promise<void> {
  const faults: Fault[] = [];
  for (const rule of rules) {
    const value = await faultOf(s3, bucket, account, rule);
    // S3 puts the condition of the function's permission, which is none, behind its ARN.
    if (value !== undefined)
      faults.push({ name: rule.target === 'function' ? `${rule.targetArn}, null` : rule.targetArn, value });
  }
  throwIfAny(faults);
}

async function faultOf(
  { permission, queues, topics }: S3Context,
  bucket: string,
  sourceAccount: string,
  { target, targetArn }: NotificationRule,
): Promise<string | undefined> {
  const absent = `The destination ${target} does not exist`;
  switch (target) {
    case 'topic':
      return (await topics.exists(targetArn)) ? undefined : absent;
    case 'queue':
      return queues.describe(targetArn).then(
        () => undefined,
        // A queue at an endpoint of the settings may be out of reach.
        (error: unknown) => (error instanceof ServiceError ? absent : 'The destination queue could not be reached'),
      );
    case 'function': {
      const sourceArn = `arn:aws:s3:::${bucket}`;
      const question = { functionArn: targetArn, principal: 's3.amazonaws.com', sourceArn, sourceAccount };
      return (await permission.check(question)) === 'allowed' ? undefined : `Not authorized to invoke function [${targetArn}]`;
    }
  }
}

function throwIfAny(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const members = faults.flatMap(({ name, value }, index) => [
    [`ArgumentName${index + 1}`, name],
    [`ArgumentValue${index + 1}`, value],
  ]);
  throw s3Error(
    'InvalidArgument',
    'Unable to validate the following destination configurations',
    Object.fromEntries(members) as Record<string, string>,
  );
}
