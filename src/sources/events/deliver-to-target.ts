import type { EventTargets } from '../../ports/event-target.ts';
import type { InvokePermission } from '../../ports/function-directory.ts';
import { type BusName, busOfArn, ruleArn } from './event-buses.ts';
import { type DeliveryFailure, failureOf, noPermission, noResource } from './delivery-failure.ts';
import type { ArrivedEvent } from './event-router.ts';
import type { RuleDeliveryAttributes } from './rule-delivery.ts';
import { targetBody } from './target-body.ts';

/** What delivering needs. */
export interface TargetDependencies {
  readonly targets: EventTargets;
  /** May EventBridge invoke a function? */
  readonly permission: InvokePermission;
  readonly busExists: (bus: BusName) => Promise<boolean>;
  /** Takes an event to another bus. */
  readonly route: (event: ArrivedEvent) => Promise<void>;
}

/** Delivers an event to a rule's target; undefined when it has it, else why not. Never rejects. */
export async function deliverToTarget(
  dependencies: TargetDependencies,
  attributes: RuleDeliveryAttributes,
  event: { readonly id: string; readonly envelope: string },
): Promise<DeliveryFailure | undefined> {
  try {
    return await attempt(dependencies, attributes, event);
  } catch (error) {
    return failureOf(error);
  }
}

async function attempt(
  { targets, permission, busExists, route }: TargetDependencies,
  attributes: RuleDeliveryAttributes,
  { id, envelope }: { readonly id: string; readonly envelope: string },
): Promise<DeliveryFailure | undefined> {
  const { target, account, region, hops, traceHeader, acceptedAtMs } = attributes;
  const trace = traceHeader === undefined ? {} : { traceHeader };
  const bus = busOfArn(target.Arn);
  if (bus) {
    if (!(await busExists(bus))) return noResource(target.Arn);
    await route({ bus, id, envelope, hops: hops + 1, ...trace });
    return undefined;
  }
  const rule = ruleArn(attributes);
  if (target.Arn.split(':')[2] === 'lambda') {
    const question = { functionArn: target.Arn, principal: 'events.amazonaws.com', sourceArn: rule, sourceAccount: account };
    const verdict = await permission.check(question);
    if (verdict !== 'allowed') return verdict === 'absent' ? noResource(target.Arn) : noPermission(target.Arn);
  }
  const body = targetBody(target, envelope, { ruleArn: rule, ruleName: attributes.rule, acceptedAtMs });
  if (body === undefined) return { code: 'SDK_CLIENT_ERROR', message: 'the input of the target is no JSON', isPassing: false };
  const group = target.SqsParameters?.MessageGroupId;
  await targets.deliver({
    targetArn: target.Arn,
    account,
    region,
    body,
    ...(group === undefined ? {} : { messageGroupId: group }),
    ...trace,
  });
  return undefined;
}
