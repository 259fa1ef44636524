import { createHash } from 'node:crypto';
import type { LeasedEvent, NewEvent } from '../../ports/event-queue.ts';
import { ruleArn, type RuleName, type RuleTarget } from './event-buses.ts';

/** The queue of what rules deliver. */
export const RULE_DELIVERY_QUEUE = 'events';

/** What is kept of a delivery besides the event, which is the payload. A JSON value. */
export interface RuleDeliveryAttributes extends RuleName {
  readonly target: RuleTarget;
  /** When the event was accepted; its age counts from here. Epoch ms. */
  readonly acceptedAtMs: number;
  /** How often delivering failed so far. */
  readonly failures: number;
  /** Buses that the event has come through. */
  readonly hops: number;
  readonly traceHeader?: string;
  /** Set when the target is given up: what the message for the dead-letter queue says besides the event. */
  readonly deadLetter?: DeadLetter;
}

/** The end of a delivery that failed. */
export interface DeadLetter {
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly madeAtMs: number;
  /** How often the dead-letter queue could not be reached. */
  readonly failures: number;
}

/** One event on its way to one target of one rule. */
export interface RuleDelivery {
  readonly rule: RuleName;
  readonly target: RuleTarget;
  /** The event's id, or what stands for it where the same event must not be delivered twice. */
  readonly eventKey: string;
  /** The event; one for all its deliveries, so that it is not copied for each. */
  readonly envelope: Uint8Array;
  readonly acceptedAtMs: number;
  readonly visibleAtMs: number;
  readonly hops: number;
  /** Tells deliveries of one event apart that are not the same. */
  readonly salt?: string;
  readonly traceHeader?: string;
}

/** What is enqueued for a delivery. Its id is the same for the same event, rule and target. */
export function deliveryEvent(delivery: RuleDelivery): NewEvent {
  const { rule, target, eventKey, envelope, acceptedAtMs, visibleAtMs, hops, salt = '', traceHeader } = delivery;
  const { account, region, bus, rule: name } = rule;
  const attributes: RuleDeliveryAttributes = {
    account,
    region,
    bus,
    rule: name,
    target,
    acceptedAtMs,
    failures: 0,
    hops,
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
  const lane = ruleArn(rule);
  const path = createHash('sha256').update(`${lane}\n${target.Id}\n${hops}\n${salt}`).digest('hex').slice(0, 32);
  return { id: `${eventKey}/${path}`, once: true, queue: RULE_DELIVERY_QUEUE, lane, visibleAtMs, attributes, payload: envelope };
}

/** The event of a delivery that was leased, as text. */
export function envelopeOfLease({ payload }: LeasedEvent): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
}
