import { isFilled, type MemberFidelity, type MemberRows } from '../../model/fidelity.ts';
import type { Logger } from '../../ports/logger.ts';
import { inputMembers } from '../inputs.ts';
import { sayOnceEach } from './say-once.ts';
import { never, type ServiceFidelity } from './service-fidelity.ts';

type Values = Readonly<Record<string, unknown>>;

/** A member of which there is something to say, itself or within. */
interface Watched {
  readonly row: MemberFidelity;
  readonly entries: readonly (readonly [key: string, entry: MemberFidelity])[];
  readonly within: WatchedMembers | undefined;
  readonly isMap: boolean;
}

type WatchedMembers = ReadonlyMap<string, Watched>;

/** What a service holds requests against. */
export interface FidelityCheck {
  /** Throws for the first member that is refused; returns the paths of what would be stored only, for {@link told}. */
  storedOnly(operation: string, input: Values): readonly string[];
  /** Says in the log, once each, what was stored only. */
  told(operation: string, paths: readonly string[]): void;
}

/** The check of a service's requests. `refuse` makes the service's own error of a sentence. */
export function fidelityCheck(fidelity: ServiceFidelity, refuse: (message: string) => Error, logger: Logger): FidelityCheck {
  const watched = new Map<string, WatchedMembers | undefined>();
  const sayers = new Map<string, (path: string) => void>();
  return {
    storedOnly: (operation, input) => {
      const own = Object.hasOwn(fidelity.operations, operation) ? fidelity.operations[operation] : undefined;
      if (!own) return [];
      if (!watched.has(operation))
        watched.set(operation, watchedOf(fidelity, fidelity.inputs.operations[operation], own.members, []));
      const found = new Set<string>(own.state === 'stored only' ? [operation] : []);
      const members = watched.get(operation);
      if (members) walk(members, input, '', refuse, found);
      return [...found];
    },
    told: (operation, paths) => {
      const say = sayers.get(operation) ?? sayOnceEach(logger, `${fidelity.service}:${operation}`);
      if (paths.length > 0) sayers.set(operation, say);
      for (const path of paths) say(path);
    },
  };
}

/** The members that are worth a look; undefined where none is. `around` are the structures around, for they may hold themselves. */
function watchedOf(
  fidelity: ServiceFidelity,
  text: string | undefined,
  rows: MemberRows,
  around: readonly string[],
): WatchedMembers | undefined {
  const found = new Map<string, Watched>();
  for (const { name, structure, isMap } of inputMembers(text)) {
    const row = rows[name];
    if (!row) continue;
    const isOpen = structure !== undefined && row.state === 'done' && !around.includes(structure);
    const within = isOpen
      ? watchedOf(fidelity, fidelity.inputs.structures[structure], fidelity.structures[structure] ?? {}, [...around, structure])
      : undefined;
    const entries = Object.entries(row.entries ?? {}).filter(([, entry]) => isWatched(entry));
    if (isWatched(row) || entries.length > 0 || within) found.set(name, { row, entries, within, isMap });
  }
  return found.size === 0 ? undefined : found;
}

function walk(
  members: WatchedMembers,
  values: Values,
  path: string,
  refuse: (message: string) => Error,
  found: Set<string>,
): void {
  for (const [name, { row, entries, within, isMap }] of members) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || value === null) continue;
    const own = `${path}${name}`;
    judge(row, value, own, refuse, found);
    for (const [key, entry] of entries) {
      if (value === key) judge(entry, true, `${own}.${key}`, refuse, found);
      else if (isValues(value) && Object.hasOwn(value, key)) judge(entry, value[key], `${own}.${key}`, refuse, found);
    }
    if (!within) continue;
    for (const item of Array.isArray(value) ? value : isMap && isValues(value) ? Object.values(value) : [value])
      if (isValues(item)) walk(within, item, `${own}.`, refuse, found);
  }
}

function judge(row: MemberFidelity, value: unknown, path: string, refuse: (message: string) => Error, found: Set<string>): void {
  if (row.state === 'done' || !(row.asksForMore ?? isFilled)(value)) return;
  if (row.state === 'refused') throw refuse(`lambkin does not support ${path} with this value yet: ${row.note ?? ''}`);
  found.add(path);
}

/** Requests with many members come often: what the operation sees to itself is not looked at twice. */
function isWatched(row: MemberFidelity): boolean {
  return row.state !== 'done' && row.asksForMore !== never;
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
