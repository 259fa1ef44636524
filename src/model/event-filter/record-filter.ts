import { isUtf8 } from 'node:buffer';
import { compileFieldRules, type EventMatcher } from './event-matcher.ts';
import { parseEventPattern } from './event-pattern.ts';
import { type FieldRules, fieldRulesOf } from './field-rules.ts';
import { isObject } from './rule.ts';

/** Sources by what their records hold, and what becomes of patterns for data of another form than a record's. */
export type FilteredSource = 'sqs' | 'kinesis' | 'dynamodb' | 'kafka' | 'mq';

/** Whether the function gets a record, which is as the event would show it. */
export type RecordFilter = (record: object) => boolean;

type DataForm = 'json' | 'text' | 'bytes';

interface DataRules {
  /** The keys of a record whose data patterns may look into. */
  readonly keys: readonly string[];
  readonly isBase64: boolean;
  /** When a pattern wants data of another form: the record does not pass, or the pattern's rules for data don't count. */
  readonly mismatch: 'drops' | 'passes';
}

const DATA: Readonly<Record<FilteredSource, DataRules>> = {
  sqs: { keys: ['body'], isBase64: false, mismatch: 'drops' },
  kinesis: { keys: ['data'], isBase64: true, mismatch: 'drops' },
  dynamodb: { keys: [], isBase64: false, mismatch: 'drops' },
  kafka: { keys: ['key', 'value'], isBase64: true, mismatch: 'passes' },
  mq: { keys: ['data'], isBase64: true, mismatch: 'passes' },
};

/**
 * Compiles the patterns of a mapping's FilterCriteria: a record passes when one of them matches, and all pass where there is
 * none. Data is looked into, not changed. What becomes of the others is the poller's business: SQS deletes them, streams go
 * past them, Kafka and MQ acknowledge them. Throws EventPatternError.
 * Source: Lambda developer guide, "Control which events Lambda sends to your function", and the pages of each source.
 */
export function compileRecordFilter(source: FilteredSource, patterns: readonly string[]): RecordFilter {
  if (patterns.length === 0) return () => true;
  const rules = DATA[source];
  const filters = patterns.flatMap((pattern) =>
    fieldRulesOf(parseEventPattern(pattern)).map((fields) => compileCombination(fields, rules)),
  );
  return (record) => {
    const { view, forms } = viewOf(record, rules);
    return filters.some((filter) => filter(view, forms));
  };
}

type Forms = ReadonlyMap<string, DataForm>;

function compileCombination(fields: FieldRules, { keys, mismatch }: DataRules): (view: unknown, forms: Forms) => boolean {
  const wanted = keys.flatMap((key) => formsWanted(fields, key).map((form) => ({ key, form })));
  const matchers = new Map<string, EventMatcher>([['', compileFieldRules(fields)]]);
  return (view, forms) => {
    const unfit = wanted.filter(({ key, form }) => forms.has(key) && forms.get(key) !== form).map(({ key }) => key);
    if (unfit.length > 0 && mismatch === 'drops') return false;
    const name = unfit.join();
    const matcher = matchers.get(name) ?? compileFieldRules(without(fields, unfit));
    matchers.set(name, matcher);
    return matcher(view);
  };
}

/** Rules of the key itself want text, those of what is in it JSON. */
function formsWanted(fields: FieldRules, key: string): DataForm[] {
  const wanted: DataForm[] = [];
  if (fields.has(key)) wanted.push('text');
  if ([...fields.keys()].some((path) => path.startsWith(`${key}.`))) wanted.push('json');
  return wanted;
}

function without(fields: FieldRules, keys: readonly string[]): FieldRules {
  return new Map([...fields].filter(([path]) => !keys.some((key) => path === key || path.startsWith(`${key}.`))));
}

/** The record with its data as patterns see it, and the form that the data of each key has; no form where there is none. */
function viewOf(record: object, { keys, isBase64 }: DataRules): { view: unknown; forms: Forms } {
  // Patterns for Kinesis name what is in `kinesis` without it.
  const kinesis = 'kinesis' in record && isObject(record.kinesis) ? record.kinesis : {};
  const view: Record<string, unknown> = { ...kinesis, ...record };
  const forms = new Map<string, DataForm>();
  for (const key of keys) {
    const data = view[key];
    if (typeof data !== 'string') continue;
    const { form, value } = read(data, isBase64);
    forms.set(key, form);
    view[key] = value;
  }
  return { view, forms };
}

function read(data: string, isBase64: boolean): { readonly form: DataForm; readonly value: unknown } {
  const bytes = isBase64 ? Buffer.from(data, 'base64') : undefined;
  if (bytes && !isUtf8(bytes)) return { form: 'bytes', value: data };
  const text = bytes?.toString() ?? data;
  // A number or a word alone is text to patterns, which could not look into it otherwise.
  if (!/^\s*[[{]/.test(text)) return { form: 'text', value: text };
  try {
    return { form: 'json', value: JSON.parse(text) };
  } catch {
    return { form: 'text', value: text };
  }
}
