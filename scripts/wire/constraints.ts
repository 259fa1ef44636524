import { readFileSync } from 'node:fs';
import type { Shape } from '../../src/wire/shapes.ts';

/** What our table says of one member. */
export interface Constraint {
  readonly required: boolean;
  /** For example `str 1..140 ~FunctionName`, `[enum:Architecture] 1..1`, `{str ~TagKey : str 0..256}`. */
  readonly type: string;
}

/** Length, range, pattern and enumeration of members; the SDK's schemas have none of them. */
export interface Constraints {
  of(owner: string, member: string): Constraint | undefined;
  /** The shape with the constraints of a type text added. */
  apply(shape: Shape, type: string | undefined): Shape;
}

/** Reads the tables `<service>-constraints.tsv` and `<service>-patterns.tsv`; enumerations come from the SDK's own lists. */
export function readConstraints(folder: URL, service: string, client: object): Constraints {
  const rows = new Map<string, Constraint>();
  for (const [owner, member, required, type] of readTable(new URL(`${service}-constraints.tsv`, folder))) {
    rows.set(`${owner} ${member}`, { required: required === 'required', type: type ?? '' });
  }
  const patterns = new Map(
    readTable(new URL(`${service}-patterns.tsv`, folder)).map(([name = '', pattern = '']) => [name, pattern]),
  );
  const enumOf = (name: string): readonly string[] | undefined => {
    const values: unknown = (client as Record<string, unknown>)[name];
    return typeof values === 'object' && values !== null ? (Object.values(values) as string[]) : undefined;
  };
  const apply = (shape: Shape, type: string | undefined): Shape => {
    if (!type) return shape;
    switch (shape.type) {
      case 'string':
        return withString(shape, type, patterns, enumOf);
      case 'integer':
      case 'double':
        return { type: type.startsWith('num') ? 'double' : 'integer', ...bounds(type) };
      case 'list': {
        const inner = /^\[(.*)\]/.exec(type)?.[1];
        return { ...shape, member: apply(shape.member, inner), ...bounds(type.replace(/^\[.*\]/, '')) };
      }
      case 'map': {
        const parts = /^\{(.*) : (.*)\}/.exec(type);
        return {
          ...shape,
          key: apply(shape.key, parts?.[1]),
          value: apply(shape.value, parts?.[2]),
          ...bounds(type.replace(/^\{.*\}/, '')),
        };
      }
      default:
        return shape;
    }
  };
  return { of: (owner, member) => rows.get(`${owner} ${member}`), apply };
}

function withString(
  shape: Shape & { type: 'string' },
  type: string,
  patterns: ReadonlyMap<string, string>,
  enumOf: (name: string) => readonly string[] | undefined,
): Shape {
  const enumName = /^enum:(\w+)/.exec(type)?.[1];
  if (enumName) {
    const values = enumOf(enumName);
    return values ? { ...shape, enum: values } : shape;
  }
  const patternName = /~(\w+)/.exec(type)?.[1];
  const pattern = patternName ? patterns.get(patternName) : undefined;
  return { ...shape, ...bounds(type), ...(pattern === undefined ? {} : { pattern }) };
}

function bounds(type: string): { min?: number; max?: number } {
  const range = /(-?\d+)\.\.(-?\d+)/.exec(type);
  if (range) return { min: Number(range[1]), max: Number(range[2]) };
  const least = />=(-?\d+)/.exec(type)?.[1];
  return least ? { min: Number(least) } : {};
}

function readTable(url: URL): string[][] {
  return readFileSync(url, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
}
