/** API actions that universal targets may call. */
export type UniversalAction = 'lambda:invoke' | 'sqs:sendMessage' | 'sns:publish';

/** What stands behind a target's ARN. */
export type TargetKind = 'function' | 'queue' | 'topic' | 'bus' | UniversalAction;

const TEMPLATED: readonly (readonly [TargetKind, RegExp])[] = [
  ['function', /^arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(?::[\w$.-]+)?$/],
  ['queue', /^arn:aws[\w-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+(?:\.fifo)?$/],
  ['topic', /^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+(?:\.fifo)?$/],
  ['bus', /^arn:aws[\w-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[/.\-_A-Za-z0-9]{1,256}$/],
];
const UNIVERSAL = /^arn:aws[\w-]*:scheduler:::aws-sdk:(.+)$/;
const ACTIONS: ReadonlySet<string> = new Set<UniversalAction>(['lambda:invoke', 'sqs:sendMessage', 'sns:publish']);

/** The kind of a target that can be delivered to; undefined for all others. Source: EventBridge Scheduler's pages on targets. */
export function targetKindOf(arn: string): TargetKind | undefined {
  const [, action = ''] = UNIVERSAL.exec(arn) ?? [];
  if (action !== '') return isAction(action) ? action : undefined;
  return TEMPLATED.find(([, pattern]) => pattern.test(arn))?.[0];
}

/** Whether a target is an API action and its input the request. */
export function isUniversal(kind: TargetKind): kind is UniversalAction {
  return ACTIONS.has(kind);
}

function isAction(text: string): text is UniversalAction {
  return ACTIONS.has(text);
}
