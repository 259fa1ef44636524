import { lambdaError } from '../../model/lambda-errors.ts';
import type { Member, Members, ServiceTable, Shape } from '../shapes.ts';
import { inSetOrder } from './set-order.ts';

/** Members whose violation the control plane words itself; see the exceptions recorded from AWS. */
const LEFT_TO_HANDLER = new Set(['runtime']);
/** Violations reported of one request; more are counted but not written out. */
const VIOLATIONS_MAX = 50;

const patterns = new Map<string, RegExp>();

/** Checks an input against its table. Throws one ValidationException with all violations, in the words of AWS. */
export function validateInput(table: ServiceTable, members: Members, input: Readonly<Record<string, unknown>>): void {
  const violations: string[] = [];
  // Recorded answers name the qualifier before the function's name.
  const order = Object.entries(members).toSorted(([a], [b]) => Number(b === 'Qualifier') - Number(a === 'Qualifier'));
  for (const [name, member] of order) check(table, member, input[name], lowerFirst(name), violations);
  if (violations.length === 0) return;
  const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
  throw lambdaError('ValidationException', `${count} detected: ${violations.slice(0, VIOLATIONS_MAX).join('; ')}`);
}

function check(table: ServiceTable, member: Member, value: unknown, path: string, violations: string[]): void {
  if (value === undefined || value === null) {
    if (member.required) violations.push(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
    return;
  }
  if (LEFT_TO_HANDLER.has(path)) return;
  const { shape } = member;
  for (const text of ownViolations(shape, value)) {
    violations.push(`Value '${print(value)}' at '${path}' failed to satisfy constraint: ${text}`);
  }
  if (shape.type === 'structure') {
    for (const [name, inner] of Object.entries(table.structures[shape.name] ?? {})) {
      check(table, inner, (value as Record<string, unknown>)[name], `${path}.${lowerFirst(name)}`, violations);
    }
  }
  if (shape.type === 'list' && shape.member.type === 'structure') {
    for (const [index, item] of (value as unknown[]).entries()) {
      check(table, { shape: shape.member, required: true }, item, `${path}.${index + 1}.member`, violations);
    }
  }
}

/** Texts of the constraints that the value itself breaks. */
function ownViolations(shape: Shape, value: unknown): string[] {
  switch (shape.type) {
    case 'string':
      return brokenStringConstraints(shape, String(value));
    case 'integer':
    case 'double': {
      const number = value as number;
      return [
        ...(shape.max !== undefined && number > shape.max ? [`Member must have value less than or equal to ${shape.max}`] : []),
        ...(shape.min !== undefined && number < shape.min
          ? [`Member must have value greater than or equal to ${shape.min}`]
          : []),
      ];
    }
    case 'list': {
      const items = value as unknown[];
      const isBroken = items.some((item) => item === null || ownViolations(shape.member, item).length > 0);
      return [
        ...sizeViolations(shape, items.length),
        ...(isBroken && shape.member.type !== 'structure'
          ? [`Member must satisfy constraint: [${allConstraints(shape.member).join(', ')}]`]
          : []),
      ];
    }
    case 'map': {
      const pairs = Object.entries(value as object);
      const keysBroken = pairs.some(([key]) => ownViolations(shape.key, key).length > 0);
      const valuesBroken = pairs.some(([, item]) => item === undefined || ownViolations(shape.value, item).length > 0);
      return [
        ...sizeViolations(shape, pairs.length),
        ...(keysBroken ? [`Map keys must satisfy constraint: [${allConstraints(shape.key).join(', ')}]`] : []),
        ...(valuesBroken ? [`Map value must satisfy constraint: [${allConstraints(shape.value).join(', ')}]`] : []),
      ];
    }
    default:
      return [];
  }
}

function brokenStringConstraints(shape: Shape & { type: 'string' }, text: string): string[] {
  return [
    ...sizeViolations(shape, text.length),
    ...(shape.pattern !== undefined && !compile(shape.pattern).test(text)
      ? [`Member must satisfy regular expression pattern: ${shape.pattern}`]
      : []),
    ...(shape.enum && !shape.enum.includes(text) ? [enumConstraint(shape.enum)] : []),
  ];
}

function sizeViolations(shape: { readonly min?: number; readonly max?: number }, size: number): string[] {
  return [
    ...(shape.max !== undefined && size > shape.max ? [`Member must have length less than or equal to ${shape.max}`] : []),
    ...(shape.min !== undefined && size < shape.min ? [`Member must have length greater than or equal to ${shape.min}`] : []),
  ];
}

/** Every constraint of an element, broken or not: AWS lists them all. */
function allConstraints(shape: Shape): string[] {
  const texts: string[] = [];
  if (shape.type === 'string') {
    if (shape.max !== undefined) texts.push(`Member must have length less than or equal to ${shape.max}`);
    if (shape.min !== undefined) texts.push(`Member must have length greater than or equal to ${shape.min}`);
    if (shape.pattern !== undefined) texts.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
    if (shape.enum) texts.push(enumConstraint(shape.enum), 'Member must not be null');
  }
  if (shape.type === 'integer' || shape.type === 'double') {
    if (shape.max !== undefined) texts.push(`Member must have value less than or equal to ${shape.max}`);
    if (shape.min !== undefined) texts.push(`Member must have value greater than or equal to ${shape.min}`);
  }
  return texts;
}

function enumConstraint(words: readonly string[]): string {
  return `Member must satisfy enum value set: [${inSetOrder(words).join(', ')}]`;
}

function compile(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    compiled = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '');
    patterns.set(pattern, compiled);
  }
  return compiled;
}

function print(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(print).join(', ')}]`;
  if (Buffer.isBuffer(value)) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}=${typeof item === 'number' ? double(item) : print(item)}`)
      .join(', ')}}`;
  return String(value);
}

function double(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function lowerFirst(name: string): string {
  // An initialism keeps only its last capital: KMSKeyArn is kMSKeyArn on AWS, so just the first letter changes.
  return name.charAt(0).toLowerCase() + name.slice(1);
}
