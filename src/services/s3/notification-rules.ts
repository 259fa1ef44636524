import type { Ids } from '../../ports/ids.ts';
import {
  EVENT_NAMES,
  type NotificationRule,
  type NotificationTarget,
  OTHER_EVENT_NAMES,
} from '../../sources/s3/notification-configuration.ts';
import { s3Error } from './s3-errors.ts';
import { childrenOf, textOf, type XmlContent, type XmlElements, type XmlNode } from './xml.ts';

/** Present where everything goes to EventBridge too. */
export const BUS_ELEMENT = 'EventBridgeConfiguration';
/** Source: "Limitations" of the S3 user guide's page on event notifications. */
const RULES_MAX = 100;

interface TargetForm {
  readonly target: NotificationTarget;
  /** The element of a rule, and within it the one of the target. */
  readonly rule: string;
  readonly arn: string;
  readonly pattern: RegExp;
}

const FORMS: readonly TargetForm[] = [
  {
    target: 'topic',
    rule: 'TopicConfiguration',
    arn: 'Topic',
    pattern: /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/,
  },
  {
    target: 'queue',
    rule: 'QueueConfiguration',
    arn: 'Queue',
    pattern: /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}(\.fifo)?$/,
  },
  {
    target: 'function',
    rule: 'CloudFunctionConfiguration',
    arn: 'CloudFunction',
    pattern: /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[a-zA-Z0-9-_]+(:[a-zA-Z0-9-_$]+)?$/,
  },
];

/** The rules of a document; those without an id get one. Throws InvalidArgument and MalformedXML. */
export function readRules(document: XmlNode, ids: Ids): readonly NotificationRule[] {
  const rules = FORMS.flatMap((form) => childrenOf(document, form.rule).map((node) => readRule(form, node, ids)));
  if (rules.length > RULES_MAX)
    throw s3Error('InvalidArgument', `A bucket can have at most ${RULES_MAX} notification configurations`);
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    throw s3Error('InvalidArgument', 'Same ID used for multiple configurations. IDs must be unique.');
  return rules;
}

/** The elements that say them. */
export function writeRules(rules: readonly NotificationRule[]): XmlElements {
  return Object.fromEntries(
    FORMS.map(({ target, rule, arn }): [string, readonly XmlContent[]] => [
      rule,
      rules.filter((one) => one.target === target).map((one) => writeRule(arn, one)),
    ]),
  );
}

function readRule({ target, arn, pattern }: TargetForm, node: XmlNode, ids: Ids): NotificationRule {
  const targetArn = textOf(node, arn) ?? '';
  if (!pattern.test(targetArn)) {
    throw s3Error('InvalidArgument', 'The ARN could not be parsed', { ArgumentName: arn, ArgumentValue: targetArn });
  }
  const events = childrenOf(node, 'Event').map(String);
  if (events.length === 0) throw s3Error('MalformedXML');
  for (const event of events) checkEvent(event);
  return { id: textOf(node, 'Id') || ids.uuid(), target, targetArn, events, ...readFilter(node) };
}

function checkEvent(event: string): void {
  if (EVENT_NAMES.includes(event)) return;
  const message = OTHER_EVENT_NAMES.test(event)
    ? `lambkin does not notify of the event ${event} yet.`
    : 'The event is not supported for notifications';
  throw s3Error('InvalidArgument', message, { ArgumentName: 'Event', ArgumentValue: event });
}

function readFilter(node: XmlNode): Pick<NotificationRule, 'prefix' | 'suffix'> {
  const filters = new Map<string, string>();
  const nodes = childrenOf(node, 'Filter')
    .flatMap((child) => childrenOf(child, 'S3Key'))
    .flatMap((child) => childrenOf(child, 'FilterRule'));
  for (const filter of nodes) {
    const given = textOf(filter, 'Name') ?? '';
    const name = given.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix') {
      throw s3Error('InvalidArgument', 'filter rule name must be either prefix or suffix', {
        ArgumentName: 'FilterRule.Name',
        ArgumentValue: given,
      });
    }
    if (filters.has(name)) throw s3Error('InvalidArgument', `Cannot specify more than one ${name} rule in a filter.`);
    filters.set(name, textOf(filter, 'Value') ?? '');
  }
  return Object.fromEntries(filters);
}

function writeRule(arn: string, { id, targetArn, events, prefix, suffix }: NotificationRule): XmlElements {
  const FilterRule = [
    ...(prefix === undefined ? [] : [{ Name: 'Prefix', Value: prefix }]),
    ...(suffix === undefined ? [] : [{ Name: 'Suffix', Value: suffix }]),
  ];
  const filter = FilterRule.length > 0 ? { Filter: { S3Key: { FilterRule } } } : {};
  return { Id: id, [arn]: targetArn, Event: events, ...filter };
}
