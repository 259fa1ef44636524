import type { OperationShape } from '../shapes.ts';

/** An operation at the end of a path. */
interface End {
  readonly method: string;
  readonly query: ReadonlyMap<string, string>;
  readonly operation: string;
  readonly labels: readonly string[];
}

interface Node {
  readonly literals: Map<string, Node>;
  label: Node | undefined;
  /** Labels that take all segments up to a fixed tail; the longest tail first. */
  readonly greedy: { readonly tail: readonly string[]; readonly ends: End[] }[];
  /** Those with the most query literals first. */
  readonly ends: End[];
}

/** What a request's line leads to. */
export interface Route {
  readonly operation: string;
  /** Labels, percent-decoded. */
  readonly labels: Readonly<Record<string, string>>;
}

interface Found {
  readonly end: End;
  readonly values: readonly string[];
}

/** Labels whose values hold slashes that some clients send raw. Source: the forms of ARNs and callback ids. */
const GREEDY_LABELS: ReadonlySet<string> = new Set(['DurableExecutionArn', 'Resource', 'ResourceArn', 'CallbackId']);

/** Finds an operation by method and path, one step a segment: linear in the length of the path. */
export class Router {
  readonly #root: Node = newNode();

  constructor(operations: Readonly<Record<string, Pick<OperationShape, 'method' | 'path'>>>) {
    for (const [operation, { method, path }] of Object.entries(operations)) this.#add(operation, method, path);
  }

  /** The route of a request; `undefined` for an unknown path, `'malformed'` when a label can't be decoded. */
  find(method: string, path: string, query: URLSearchParams): Route | 'malformed' | undefined {
    // Older clients end some paths with a slash.
    const segments = (path.length > 1 && path.endsWith('/') ? path.slice(1, -1) : path.slice(1)).split('/');
    const found = walk(this.#root, segments, 0, [], (end) => end.method === method && matches(end.query, query));
    if (!found) return undefined;
    const { end } = found;
    const labels: Record<string, string> = {};
    try {
      for (const [index, name] of end.labels.entries()) labels[name] = decodeURIComponent(found.values[index] ?? '');
    } catch {
      return 'malformed';
    }
    return { operation: end.operation, labels };
  }

  #add(operation: string, method: string, path: string): void {
    const [plain = '', literals = ''] = path.split('?', 2);
    const segments = plain.replace(/\/$/, '').slice(1).split('/');
    const names = segments.map(labelOf);
    const end: End = {
      method,
      query: new Map(new URLSearchParams(literals)),
      operation,
      labels: names.filter((name) => name !== undefined),
    };
    let node = this.#root;
    for (const [index, segment] of segments.entries()) {
      const name = names[index];
      if (name === undefined) node = child(node, segment);
      else {
        if (GREEDY_LABELS.has(name)) addGreedy(node, segments.slice(index + 1), end);
        node = node.label ??= newNode();
      }
    }
    node.ends.push(end);
    node.ends.sort((a, b) => b.query.size - a.query.size);
  }
}

function labelOf(segment: string): string | undefined {
  return /^\{(\w+)\+?\}$/.exec(segment)?.[1];
}

function newNode(): Node {
  return { literals: new Map(), label: undefined, greedy: [], ends: [] };
}

function child(node: Node, segment: string): Node {
  let next = node.literals.get(segment);
  if (!next) {
    next = newNode();
    node.literals.set(segment, next);
  }
  return next;
}

function addGreedy(node: Node, tail: readonly string[], end: End): void {
  const same = node.greedy.find((candidate) => candidate.tail.join('/') === tail.join('/'));
  if (same) same.ends.push(end);
  else node.greedy.push({ tail, ends: [end] });
  node.greedy.sort((a, b) => b.tail.length - a.tail.length);
}

/** Literals before labels, labels before greedy ones. Recursion is as deep as the longest known path. */
function walk(
  node: Node,
  segments: readonly string[],
  index: number,
  values: readonly string[],
  fits: (end: End) => boolean,
): Found | undefined {
  if (index === segments.length) return select(node.ends, values, fits);
  const segment = segments[index] ?? '';
  const literal = node.literals.get(segment);
  const direct =
    (literal && walk(literal, segments, index + 1, values, fits)) ??
    (node.label && walk(node.label, segments, index + 1, [...values, segment], fits));
  if (direct) return direct;
  for (const { tail, ends } of node.greedy) {
    const tailStart = segments.length - tail.length;
    if (tailStart <= index || tail.some((part, offset) => segments[tailStart + offset] !== part)) continue;
    const found = select(ends, [...values, segments.slice(index, tailStart).join('/')], fits);
    if (found) return found;
  }
  return undefined;
}

function select(ends: readonly End[], values: readonly string[], fits: (end: End) => boolean): Found | undefined {
  const end = ends.find(fits);
  return end && { end, values };
}

function matches(literals: ReadonlyMap<string, string>, query: URLSearchParams): boolean {
  for (const [name, value] of literals) if (query.get(name) !== value) return false;
  return true;
}
