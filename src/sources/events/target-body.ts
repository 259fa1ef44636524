import { compileInputTransformer } from '../../model/event-transform/input-transformer.ts';
import { inputAt } from '../../model/event-transform/json-path.ts';
import type { RuleTarget } from './event-buses.ts';

/** What a transformer may tell besides the event. */
export interface BodyContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly acceptedAtMs: number;
}

/**
 * What a target gets, JSON text: the whole event, a part of it, what a transformer makes of it, or a constant. Undefined
 * when the event has no such part, or the transformer's result is no JSON: then nothing can be delivered.
 */
export function targetBody(target: RuleTarget, envelope: string, context: BodyContext): string | undefined {
  const { Id, Input, InputPath, InputTransformer } = target;
  if (Input !== undefined) return Input;
  if (InputPath === undefined && InputTransformer === undefined) return envelope;
  const event = JSON.parse(envelope) as Readonly<Record<string, unknown>>;
  if (!InputTransformer) return inputAt(InputPath ?? '$', event);
  const { ruleArn, ruleName, acceptedAtMs } = context;
  const ingestionTime = `${new Date(acceptedAtMs).toISOString().slice(0, 19)}Z`;
  return compileInputTransformer(InputTransformer, Id)({ event, ruleArn, ruleName, ingestionTime });
}
