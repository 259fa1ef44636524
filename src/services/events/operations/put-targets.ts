import { compileInputTransformer, InputTemplateError } from '../../../model/event-transform/input-transformer.ts';
import type { RuleRecord, RuleTarget } from '../../../sources/events/event-buses.ts';
import { changeRule, eventsOperation } from '../events-context.ts';
import { eventsError, notBuilt } from '../events-errors.ts';
import { ARN, BUS, busNamed, DEAD_LETTER_CONFIG, required, RULE } from '../member-rules.ts';

/** Source: EventBridge's page on quotas. */
const TARGETS_PER_RULE_MAX = 5;
const TARGETS_PER_CALL_MAX = 100;
const INPUT_CHARACTERS_MAX = 8_192;

/** Parameters of targets that nothing here could deliver to. */
const FOREIGN_PARAMETERS = [
  'AppSyncParameters',
  'BatchParameters',
  'EcsParameters',
  'HttpParameters',
  'KinesisParameters',
  'RedshiftDataParameters',
  'RunCommandParameters',
  'SageMakerPipelineParameters',
] as const;
const ANYTHING = { type: 'any' } as const;
/** What can be delivered to, by the ARN's service and the beginning of its resource. */
const TARGET_ARN =
  /^arn:aws[\w-]*:(?:lambda:[^:]+:\d{12}:function:[^:]+(?::[^:]+)?|sqs:[^:]+:\d{12}:[^:]+|sns:[^:]+:\d{12}:[^:]+|events:[^:]+:\d{12}:event-bus\/.+)$/;
const ANY_ARN = /^arn:[\d\w:\-/]+/;
const QUEUE_ARN = /^arn:aws[\w-]*:sqs:[^:]+:\d{12}:[^:]+$/;

const TARGET = {
  Id: required({ type: 'text' } as const),
  Arn: required({ ...ARN } as const),
  RoleArn: ARN,
  Input: { type: 'text', charactersMax: INPUT_CHARACTERS_MAX },
  InputPath: { type: 'text', charactersMax: 256 },
  InputTransformer: {
    type: 'structure',
    members: {
      InputPathsMap: { type: 'map', countMax: 100, of: { type: 'text', charactersMax: 256 } },
      InputTemplate: required({ type: 'text', charactersMin: 1, charactersMax: INPUT_CHARACTERS_MAX } as const),
    },
  },
  SqsParameters: { type: 'structure', members: { MessageGroupId: { type: 'text', charactersMax: 128 } } },
  DeadLetterConfig: DEAD_LETTER_CONFIG,
  RetryPolicy: {
    type: 'structure',
    members: {
      MaximumRetryAttempts: { type: 'integer', lowest: 0, highest: 185 },
      MaximumEventAgeInSeconds: { type: 'integer', lowest: 60, highest: 86_400 },
    },
  },
  AppSyncParameters: ANYTHING,
  BatchParameters: ANYTHING,
  EcsParameters: ANYTHING,
  HttpParameters: ANYTHING,
  KinesisParameters: ANYTHING,
  RedshiftDataParameters: ANYTHING,
  RunCommandParameters: ANYTHING,
  SageMakerPipelineParameters: ANYTHING,
} as const;

/** A target that was not taken, while others may have been. */
interface FailedEntry {
  readonly TargetId: string;
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/**
 * PutTargets: adds targets, or replaces those with the same ids. Throws NotImplementedException for a target that nothing
 * here delivers to, ValidationException and LimitExceededException; what is wrong with ids and ARNs is told by target.
 */
export const putTargets = eventsOperation(
  {
    Rule: RULE,
    EventBusName: BUS,
    Targets: required({
      type: 'list',
      countMin: 1,
      countMax: TARGETS_PER_CALL_MAX,
      of: { type: 'structure', members: TARGET },
    } as const),
  },
  async (events, input, context) => {
    const failed: FailedEntry[] = [];
    const taken: RuleTarget[] = [];
    for (const [index, given] of input.Targets.entries()) {
      for (const member of FOREIGN_PARAMETERS) if (given[member] !== undefined) throw notBuilt(`the member ${member} of targets`);
      const { Id, Arn, RoleArn, Input, InputPath, InputTransformer, SqsParameters, DeadLetterConfig, RetryPolicy } = given;
      const target: RuleTarget = {
        Id,
        Arn,
        ...(RoleArn === undefined ? {} : { RoleArn }),
        ...(Input === undefined ? {} : { Input }),
        ...(InputPath === undefined ? {} : { InputPath }),
        ...(InputTransformer === undefined ? {} : { InputTransformer }),
        ...(SqsParameters === undefined ? {} : { SqsParameters }),
        ...(DeadLetterConfig === undefined ? {} : { DeadLetterConfig }),
        ...(RetryPolicy === undefined ? {} : { RetryPolicy }),
      };
      const reason = reasonAgainst(target, index);
      if (reason === undefined) {
        checkTarget(target);
        taken.push(target);
      } else failed.push({ TargetId: Id, ErrorCode: 'ValidationException', ErrorMessage: reason });
    }
    const name = { ...busNamed(context, input.EventBusName), rule: input.Rule };
    await changeRule(events, name, (rule) => withTargets(rule, taken));
    return { FailedEntryCount: failed.length, FailedEntries: failed };
  },
);

function withTargets(rule: RuleRecord, added: readonly RuleTarget[]): RuleRecord | undefined {
  if (added.length === 0) return undefined;
  const targets = new Map(rule.targets.map((target) => [target.Id, target]));
  for (const target of added) targets.set(target.Id, target);
  if (targets.size > TARGETS_PER_RULE_MAX)
    throw eventsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
  return { ...rule, targets: [...targets.values()] };
}

/** What AWS tells of one target while it takes the others. */
function reasonAgainst({ Id, Arn, SqsParameters }: RuleTarget, index: number): string | undefined {
  const at = `Value '${Id}' at 'targets.${index + 1}.member.id' failed to satisfy constraint`;
  if (!/^[.\-_A-Za-z0-9]+$/.test(Id)) return `${at}: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`;
  if (Id.length > 64) return `${at}: Member must have length less than or equal to 64`;
  if (!ANY_ARN.test(Arn)) return `Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`;
  if (!QUEUE_ARN.test(Arn)) return undefined;
  const isFifo = Arn.endsWith('.fifo');
  if (isFifo && SqsParameters?.MessageGroupId === undefined)
    return `Parameter(s) SqsParameters must be specified for target: ${Id}.`;
  return undefined;
}

function checkTarget(target: RuleTarget): void {
  const { Id, Arn, Input, InputPath, InputTransformer, SqsParameters, DeadLetterConfig } = target;
  if (!TARGET_ARN.test(Arn)) throw notBuilt(`targets such as ${Arn}`);
  if ([Input, InputPath, InputTransformer].filter((given) => given !== undefined).length > 1)
    throw eventsError(
      'ValidationException',
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`,
    );
  if (Input !== undefined && !isJson(Input))
    throw eventsError('ValidationException', `JSON syntax error in input for target ${Id}`);
  if (SqsParameters !== undefined && !(QUEUE_ARN.test(Arn) && Arn.endsWith('.fifo')))
    throw eventsError('ValidationException', `Parameter(s) SqsParameters is not supported for target: ${Id}.`);
  if (DeadLetterConfig?.Arn !== undefined && (!QUEUE_ARN.test(DeadLetterConfig.Arn) || DeadLetterConfig.Arn.endsWith('.fifo')))
    throw eventsError(
      'ValidationException',
      `Parameter DeadLetterConfig is not valid for target ${Id}. Reason: Only standard SQS queues are supported.`,
    );
  if (!InputTransformer) return;
  try {
    compileInputTransformer(InputTransformer, Id);
  } catch (error) {
    throw error instanceof InputTemplateError ? eventsError('ValidationException', error.message) : error;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
