import type { QueryMembers, QueryValue } from '../../wire/query/form.ts';
import { FlatList, type QueryOutput, type QueryStructure } from '../../wire/query/xml.ts';
import { isStructure, type Members } from './members.ts';
import { invalidValue } from './sqs-errors.ts';

// The query protocol's names and shapes against the JSON protocol's, which the operations speak.

/** Repeated parameters that are lists in JSON. */
const LISTS: Readonly<Record<string, string>> = {
  AttributeName: 'AttributeNames',
  MessageAttributeName: 'MessageAttributeNames',
  MessageSystemAttributeName: 'MessageSystemAttributeNames',
  TagKey: 'TagKeys',
  AWSAccountId: 'AWSAccountIds',
  ActionName: 'Actions',
};
const ENTRIES = /^(SendMessageBatchRequestEntry|DeleteMessageBatchRequestEntry|ChangeMessageVisibilityBatchRequestEntry)$/;
/** Repeated pairs that are maps in JSON: the map's name, and what the parts of a pair are called. */
const MAPS: Readonly<Record<string, readonly [map: string, key: string, value: string]>> = {
  Attribute: ['Attributes', 'Name', 'Value'],
  Tag: ['Tags', 'Key', 'Value'],
  MessageAttribute: ['MessageAttributes', 'Name', 'Value'],
  MessageSystemAttribute: ['MessageSystemAttributes', 'Name', 'Value'],
};
const NUMBERS: ReadonlySet<string> = new Set([
  'MaxNumberOfMessages',
  'WaitTimeSeconds',
  'VisibilityTimeout',
  'DelaySeconds',
  'MaxResults',
  'MaxNumberOfMessagesPerSecond',
]);

/** The input of a query request as JSON would have it. Throws InvalidParameterValue for what has no such shape. */
export function fromForm(operation: string, form: QueryMembers): Members {
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(form)) {
    if (Object.hasOwn(LISTS, name)) input[LISTS[name] ?? name] = listOf(value);
    else if (ENTRIES.test(name)) input['Entries'] = listOf(value).map((entry) => fromForm(operation, structureOf(name, entry)));
    else if (Object.hasOwn(MAPS, name)) {
      const [map, key, part] = MAPS[name] ?? [name, 'Name', 'Value'];
      // CreateQueue is the one operation whose tags are in lower case.
      input[operation === 'CreateQueue' && map === 'Tags' ? 'tags' : map] = mapOf(name, value, key, part);
    } else input[name] = NUMBERS.has(name) && typeof value === 'string' ? numberOf(value) : value;
  }
  return input;
}

function numberOf(value: string): unknown {
  return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

function listOf(value: QueryValue): readonly QueryValue[] {
  if (Array.isArray(value)) return value as readonly QueryValue[];
  return value === '' ? [] : [value];
}

function mapOf(name: string, value: QueryValue, key: string, part: string): Record<string, unknown> {
  return Object.fromEntries(
    listOf(value).map((pair) => {
      const members = structureOf(name, pair);
      if (typeof members[key] !== 'string' || members[part] === undefined) {
        throw invalidValue(`Each ${name} must have a ${key} and a ${part}.`);
      }
      return [members[key], members[part]];
    }),
  );
}

function structureOf(name: string, value: QueryValue): QueryMembers {
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidValue(`Value for parameter ${name} is invalid.`);
  return value as QueryMembers;
}

/** Names of repeated elements, by the list's name in JSON. */
const ELEMENTS: Readonly<Record<string, string>> = {
  QueueUrls: 'QueueUrl',
  queueUrls: 'QueueUrl',
  Messages: 'Message',
  Failed: 'BatchResultErrorEntry',
  Results: 'ListMessageMoveTasksResultEntry',
};
const MAP_ELEMENTS: Readonly<Record<string, readonly [element: string, key: string]>> = {
  Attributes: ['Attribute', 'Name'],
  MessageAttributes: ['MessageAttribute', 'Name'],
  Tags: ['Tag', 'Key'],
};

/** An answer as the query protocol writes it; undefined when the operation has none. */
export function toXml(operation: string, output: object): QueryStructure | undefined {
  const content = structureXml(operation, output);
  const hasAnswer = Object.keys(output).length > 0 || /^(List|Get|Receive)/.test(operation);
  return hasAnswer ? content : undefined;
}

function structureXml(operation: string, output: object): QueryStructure {
  const content: Record<string, QueryStructure[string]> = {};
  for (const [name, value] of Object.entries(output)) {
    if (Object.hasOwn(MAP_ELEMENTS, name) && isStructure(value)) {
      const [element, key] = MAP_ELEMENTS[name] ?? [name, 'Name'];
      content[element] = new FlatList(
        Object.entries(value).map(([of, part]) => ({
          [key]: of,
          Value: isStructure(part) ? structureXml(operation, part) : String(part),
        })),
      );
    } else if (Array.isArray(value)) {
      const element = name === 'Successful' ? `${operation}ResultEntry` : (ELEMENTS[name] ?? name);
      content[element] = new FlatList(
        value.map((item: unknown) => (isStructure(item) ? structureXml(operation, item) : String(item))),
      );
    } else content[name] = value as QueryOutput;
  }
  return content;
}
