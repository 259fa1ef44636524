/** A policy as JSON, its statements as a list; nothing but their being objects is known yet. */
export interface PolicyShape {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly statements: readonly Readonly<Record<string, unknown>>[];
}

/** Size as IAM's quotas count it: without white space. Source: IAM User Guide, quotas. */
export function policySize(document: string): number {
  return document.replaceAll(/\s/g, '').length;
}

/** A document as IAM's answers carry it: percent-encoded as RFC 3986 has it. */
export function encodedDocument(document: string): string {
  return encodeURIComponent(document).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Reads a document; undefined when it is no JSON object. */
export function parsePolicy(document: string): PolicyShape | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(document);
  } catch {
    return undefined;
  }
  if (!isRecord(fields)) return undefined;
  const given = fields['Statement'];
  const statements = Array.isArray(given) ? given : given === undefined ? [] : [given];
  return statements.every(isRecord) ? { fields, statements } : undefined;
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text or a list of texts as a list; undefined when it is neither. */
export function textsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

const OPERATORS = new Set(
  [
    ...['Equals', 'NotEquals', 'EqualsIgnoreCase', 'NotEqualsIgnoreCase', 'Like', 'NotLike'].map((name) => `String${name}`),
    ...['Numeric', 'Date'].flatMap((type) =>
      ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map((name) => `${type}${name}`),
    ),
    ...['Equals', 'NotEquals', 'Like', 'NotLike'].map((name) => `Arn${name}`),
    'Bool',
    'BinaryEquals',
    'IpAddress',
    'NotIpAddress',
    'Null',
  ].map((name) => name.toLowerCase()),
);

/** Whether a `Condition` is one: known operators, each with keys and their values. */
export function isCondition(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return Object.entries(value).every(([operator, keys]) => {
    const name = operator
      .toLowerCase()
      .replace(/^for(anyvalue|allvalues):/, '')
      .replace(/ifexists$/, '');
    return OPERATORS.has(name) && isRecord(keys) && Object.values(keys).every(isConditionValue);
  });
}

function isConditionValue(value: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.every((item) => ['string', 'number', 'boolean'].includes(typeof item));
}
