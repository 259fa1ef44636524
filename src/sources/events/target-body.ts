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
 * when the event has no such part, the transformer's result is no JSON, or a part is nested too deeply to be written: then
 * nothing can be delivered.
 */
export function targetBody(target: RuleTarget, envelope: string, context: BodyContext): string | undefined {
  const { Input, InputPath, InputTransformer } = target;
  if (Input !== undefined) return Input;
  if (InputPath === undefined && InputTransformer === undefined) return envelope;
  try {
    return transformed(target, JSON.parse(envelope) as Readonly<Record<string, unknown>>, context);
  } catch (error) {
    // The stack is what bounds how deep a value can be that is written as JSON.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function transformed(
  { Id, InputPath, InputTransformer }: RuleTarget,
  event: Readonly<Record<string, unknown>>,
  { ruleArn, ruleName, acceptedAtMs }: BodyContext,
): string | undefined {
  if (!InputTransformer) return inputAt(InputPath ?? '$', event);
  const ingestionTime = `${new Date(acceptedAtMs).toISOString().slice(0, 19)}Z`;
  return compileInputTransformer(InputTransformer, Id)({ event, ruleArn, ruleName, ingestionTime });
}
