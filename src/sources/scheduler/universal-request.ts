import type { MessageAttribute } from '../../ports/message-queue.ts';
import type { UniversalAction } from './target-kind.ts';

/** The request that a universal target's input is. Members are spelled as the API of the action spells them. */
export type UniversalRequest =
  | {
      readonly action: 'lambda:invoke';
      readonly FunctionName: string;
      readonly InvocationType: 'DryRun' | 'Event' | 'RequestResponse';
      readonly Payload?: string;
      readonly Qualifier?: string;
    }
  | {
      readonly action: 'sqs:sendMessage';
      readonly QueueUrl: string;
      readonly MessageBody: string;
      readonly DelaySeconds?: number;
      readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
      readonly MessageGroupId?: string;
      readonly MessageDeduplicationId?: string;
    }
  | {
      readonly action: 'sns:publish';
      readonly TopicArn: string;
      readonly Message: string;
      readonly Subject?: string;
      readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
    };

/** An input that is no request of its action; the message says why. */
export class UniversalRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UniversalRequestError';
  }
}

type Check = (value: unknown, name: string) => void;

const text: Check = (value, name) => {
  if (typeof value !== 'string') throw new UniversalRequestError(`The field '${name}' must be a text.`);
};
const seconds: Check = (value, name) => {
  if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 900)
    throw new UniversalRequestError(`The field '${name}' must be a number from 0 to 900.`);
};
const oneOf =
  (...words: readonly string[]): Check =>
  (value, name) => {
    if (typeof value !== 'string' || !words.includes(value))
      throw new UniversalRequestError(`The field '${name}' must be one of ${words.join(', ')}.`);
  };
const queueAttributes: Check = (value, name) => {
  if (!isObject(value)) throw new UniversalRequestError(`The field '${name}' must be an object.`);
  for (const [key, attribute] of Object.entries(value)) {
    if (!isObject(attribute) || typeof attribute['DataType'] !== 'string' || typeof attribute['StringValue'] !== 'string')
      throw new UniversalRequestError(`The field '${name}.${key}' must have the texts DataType and StringValue.`);
    const other = Object.keys(attribute).find((member) => member !== 'DataType' && member !== 'StringValue');
    if (other !== undefined) throw new UniversalRequestError(`The field '${name}.${key}.${other}' is not supported.`);
  }
};

/** Topics are given texts and numbers as such, so a number has to be one that is written in no other way. */
const topicAttributes: Check = (value, name) => {
  queueAttributes(value, name);
  for (const [key, { dataType, stringValue = '' }] of Object.entries(messageAttributes(value as object)))
    if (dataType !== 'String' && !(dataType === 'Number' && String(Number(stringValue)) === stringValue))
      throw new UniversalRequestError(`The field '${name}.${key}' must be of the type String, or a plain Number.`);
};

/** What the actions take. Members that are not here are refused, so that none is taken and then ignored. */
const MEMBERS: Readonly<
  Record<UniversalAction, { readonly required: readonly string[]; readonly checks: Readonly<Record<string, Check>> }>
> = {
  'lambda:invoke': {
    required: ['FunctionName'],
    checks: {
      FunctionName: text,
      InvocationType: oneOf('DryRun', 'Event', 'RequestResponse'),
      Payload: text,
      Qualifier: text,
    },
  },
  'sqs:sendMessage': {
    required: ['QueueUrl', 'MessageBody'],
    checks: {
      QueueUrl: text,
      MessageBody: text,
      DelaySeconds: seconds,
      MessageAttributes: queueAttributes,
      MessageGroupId: text,
      MessageDeduplicationId: text,
    },
  },
  'sns:publish': {
    required: ['TopicArn', 'Message'],
    checks: {
      TopicArn: text,
      Message: text,
      Subject: text,
      MessageAttributes: topicAttributes,
    },
  },
};

/** Reads a universal target's input. Throws {@link UniversalRequestError}, which names the member. */
export function readUniversalRequest(action: UniversalAction, input: string): UniversalRequest {
  const given = parse(input);
  const { required, checks } = MEMBERS[action];
  const missing = required.find((name) => !Object.hasOwn(given, name));
  if (missing !== undefined) throw new UniversalRequestError(`The field '${missing}' is required.`);
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) throw new UniversalRequestError(`The field '${name}' is not supported.`);
    check(value, name);
  }
  const request: Record<string, unknown> = { action, ...given };
  if (action === 'lambda:invoke') request['InvocationType'] ??= 'RequestResponse';
  if (isObject(given['MessageAttributes'])) request['MessageAttributes'] = messageAttributes(given['MessageAttributes']);
  return request as UniversalRequest;
}

function messageAttributes(given: object): Readonly<Record<string, MessageAttribute>> {
  return Object.fromEntries(
    Object.entries(given).map(([name, attribute]) => {
      const { DataType, StringValue } = attribute as { readonly DataType: string; readonly StringValue: string };
      return [name, { dataType: DataType, stringValue: StringValue }];
    }),
  );
}

function parse(input: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    throw new UniversalRequestError('It is no JSON.');
  }
  if (!isObject(value)) throw new UniversalRequestError('It is no JSON object.');
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
