import { existsSync, readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { withCredentials } from './external-queues.ts';
import { type Settings, settingsSchema } from './schema.ts';

/** A setting is unknown or has a value that it can't have. */
export class SettingsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SettingsError';
  }
}

/** Where settings come from; later ones win. */
export interface SettingsSources {
  /** Path of a YAML file; it must exist. `lambkin.yaml` is read when it is there and no other is named. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By their names in the file, with dots: `sandbox.driver`. */
  readonly flags: Readonly<Record<string, string>>;
}

const DEFAULT_FILE = 'lambkin.yaml';
/** Variables of ours that are no settings. */
const OTHER_VARIABLES = new Set(['LAMBKIN_CONFIG', 'LAMBKIN_NODE_CHILD']);

interface Leaf {
  readonly path: readonly string[];
  readonly isList: boolean;
  /** A list of settings by name. */
  readonly isJson: boolean;
  readonly isMap: boolean;
  readonly description: string;
  readonly fallback: unknown;
}

/** Merges file, environment and flags over the defaults; the result is frozen. Throws {@link SettingsError}. */
export function loadSettings(sources: SettingsSources): Settings {
  const merged: Record<string, unknown> = readFile(sources.file ?? sources.environment['LAMBKIN_CONFIG']);
  const leaves = settingLeaves();
  for (const [name, value] of Object.entries(sources.environment)) {
    if (!name.startsWith('LAMBKIN_') || OTHER_VARIABLES.has(name) || value === undefined) continue;
    const leaf = leaves.find((candidate) => variableName(candidate.path) === name);
    if (!leaf)
      throw unknown(
        name,
        leaves.map((candidate) => variableName(candidate.path)),
      );
    assign(merged, leaf, value);
  }
  for (const [name, value] of Object.entries(sources.flags)) {
    const leaf = leaves.find((candidate) => candidate.path.join('.') === name);
    if (!leaf)
      throw unknown(
        name,
        leaves.map((candidate) => candidate.path.join('.')),
      );
    assign(merged, leaf, value);
  }
  const result = settingsSchema.safeParse(merged);
  if (!result.success) throw new SettingsError(explain(result.error, leaves));
  const { external } = result.data;
  const sqs = withCredentials(external.sqs, sources.environment, (sentence) => {
    throw new SettingsError(sentence);
  });
  return freeze({ ...result.data, external: { ...external, sqs } });
}

/** Every setting that has a value of its own, for flags, variables and the reference page. */
export function settingLeaves(): readonly Leaf[] {
  return leavesOf(settingsSchema, []);
}

/** `sandbox.memoryBudgetMb` is `LAMBKIN_SANDBOX_MEMORY_BUDGET_MB`. */
export function variableName(path: readonly string[]): string {
  return ['lambkin', ...path].map((part) => part.replaceAll(/([A-Z])/g, '_$1').toUpperCase()).join('_');
}

function leavesOf(object: z.ZodObject, path: readonly string[]): Leaf[] {
  return Object.entries(object.shape).flatMap(([name, schema]) => {
    const inner = unwrap(schema as z.ZodType);
    if (inner instanceof z.ZodObject) return leavesOf(inner, [...path, name]);
    const fallback = (schema as z.ZodType).safeParse(undefined).data;
    return [
      {
        path: [...path, name],
        isList: inner instanceof z.ZodArray,
        isJson: inner instanceof z.ZodArray && inner.element instanceof z.ZodObject,
        isMap: inner instanceof z.ZodRecord,
        description: (schema as z.ZodType).description ?? '',
        fallback,
      },
    ];
  });
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

function readFile(path: string | undefined): Record<string, unknown> {
  if (path === undefined && !existsSync(DEFAULT_FILE)) return {};
  const file = path ?? DEFAULT_FILE;
  let value: unknown;
  try {
    value = parseYaml(readFileSync(file, 'utf8'));
  } catch (error) {
    // The lines that follow show the file's text, in which there may be a secret.
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new SettingsError(`the settings in ${file} can't be read: ${reason}`);
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new SettingsError(`${file} must hold settings by name`);
  return structuredClone(value) as Record<string, unknown>;
}

function assign(target: Record<string, unknown>, leaf: Leaf, text: string): void {
  const name = leaf.path.at(-1) ?? '';
  let place = target;
  for (const part of leaf.path.slice(0, -1)) {
    place[part] = typeof place[part] === 'object' && place[part] !== null ? place[part] : {};
    place = place[part] as Record<string, unknown>;
  }
  place[name] = leaf.isJson
    ? json(leaf, text)
    : leaf.isList
      ? text
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '')
      : leaf.isMap
        ? pairs(text)
        : text;
}

/** JSON's own message would show a part of the text, in which there may be a secret. */
function json({ path }: Leaf, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SettingsError(`the setting ${path.join('.')}: must be JSON in a variable or a flag`);
  }
}

/** `nodejs22.x=/opt/node22/bin/node,python3.13=/usr/local/bin/python3.13` */
function pairs(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()]),
  );
}

function explain(error: z.ZodError, leaves: readonly Leaf[]): string {
  return error.issues
    .map((issue) => {
      const place = issue.path.join('.');
      if (issue.code !== 'unrecognized_keys') return `the setting ${place}: ${issue.message}`;
      const names = issue.keys.map((key) => (place === '' ? key : `${place}.${key}`));
      return names
        .map(
          (name) =>
            unknown(
              name,
              leaves.map((leaf) => leaf.path.join('.')),
            ).message,
        )
        .join('; ');
    })
    .join('; ');
}

function unknown(name: string, known: readonly string[]): SettingsError {
  const nearest = known
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  const hint = nearest && nearest.distance <= Math.max(3, name.length / 3) ? `; did you mean ${nearest.candidate}?` : '';
  return new SettingsError(`there is no setting ${name}${hint}`);
}

/** Levenshtein distance; the texts are names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}
