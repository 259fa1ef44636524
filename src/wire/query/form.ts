import { ServiceError } from '../../model/service-error.ts';
import { searchParams } from '../search-params.ts';

/** What a parameter can hold: text, a list, or members by name. A map is its keys and values. */
export type QueryValue = string | readonly QueryValue[] | QueryMembers;
/** Parameters by name. */
export interface QueryMembers {
  readonly [name: string]: QueryValue;
}

/** Levels of a name such as `Tags.member.1.Key`; no operation of AWS has more than seven. */
const LEVELS_MAX = 10;

interface Branch {
  readonly children: Map<string, Branch | string>;
}

/**
 * Reads the parameters of the AWS query protocol: names are paths, lists are `X.member.N` or `X.N`, maps are
 * `X.entry.N.key` and `X.entry.N.value`, or `X.entry.N.Name` and `X.entry.N.Value` where a service calls them so. Lists
 * are in the order of their numbers, which may have gaps. Throws MalformedInput. Source: the awsQuery protocol of Smithy.
 */
export function readForm(text: string, parametersMax: number): QueryMembers {
  const root: Branch = { children: new Map() };
  let parameters = 0;
  // Counted before anything is decoded: a megabyte can hold half a million separators.
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) parameters += 1;
  if (parameters >= parametersMax) throw malformed(`The request has more than ${parametersMax} parameters.`);
  for (const [name, value] of searchParams(text)) insert(root, name, value);
  return membersOf(root);
}

function insert(root: Branch, name: string, value: string): void {
  const path = name.split('.', LEVELS_MAX + 1);
  if (path.length > LEVELS_MAX) throw malformed(`The name of a parameter has more than ${LEVELS_MAX} levels.`);
  const last = path.pop() ?? '';
  let branch = root;
  for (const step of path) {
    const next = branch.children.get(step) ?? { children: new Map() };
    if (typeof next === 'string') throw conflict(name);
    branch.children.set(step, next);
    branch = next;
  }
  if (last === '' || path.includes('')) throw malformed('A parameter has no name.');
  if (branch.children.has(last)) throw conflict(name);
  branch.children.set(last, value);
}

function valueOf(node: Branch | string): QueryValue {
  if (typeof node === 'string') return node;
  const [only] = node.children;
  if (node.children.size === 1 && only && typeof only[1] !== 'string') {
    const [name, child] = only;
    if (name === 'member' && isNumbered(child)) return listOf(child);
    if (name === 'entry' && isNumbered(child)) return mapOf(child);
  }
  return isNumbered(node) ? listOf(node) : membersOf(node);
}

function membersOf(branch: Branch): QueryMembers {
  // Entries become properties of their own whatever they are called, `__proto__` too.
  return Object.fromEntries([...branch.children].map(([name, child]) => [name, valueOf(child)]));
}

function isNumbered(branch: Branch): boolean {
  for (const name of branch.children.keys()) if (!/^[1-9]\d{0,8}$/.test(name)) return false;
  return true;
}

function listOf(branch: Branch): readonly QueryValue[] {
  return [...branch.children].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, child]) => valueOf(child));
}

function mapOf(branch: Branch): QueryMembers {
  return Object.fromEntries(
    [...branch.children.values()].map((entry) => {
      const parts = typeof entry === 'string' ? undefined : entry.children;
      const key = parts?.get('key') ?? parts?.get('Name');
      const value = parts?.get('value') ?? parts?.get('Value');
      if (typeof key !== 'string' || value === undefined) throw malformed('An entry of a map needs a key and a value.');
      return [key, valueOf(value)];
    }),
  );
}

function conflict(name: string): ServiceError {
  return malformed(`The parameter ${name.slice(0, 200)} is given more than once.`);
}

function malformed(message: string): ServiceError {
  return new ServiceError({ code: 'MalformedInput', status: 400, message });
}
