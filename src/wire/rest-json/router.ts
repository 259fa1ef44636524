import type { OperationShape } from '../shapes.ts';

interface Node {
  readonly literals: Map<string, Node>;
  label?: { readonly node: Node };
  /** Operations that end here, by method. */
  readonly ends: { readonly method: string; readonly query: ReadonlyMap<string, string>; readonly operation: string; readonly labels: readonly string[] }[];
}

/** What a request's line leads to. */
export interface Route {
  readonly operation: string;
  /** Labels, percent-decoded. */
  readonly labels: Readonly<Record<string, string>>;
}

/** ARNs in a path hold slashes; these labels take the rest of it. */
const GREEDY_LABELS = new Set(['DurableExecutionArn', 'Resource', 'ResourceArn', 'CallbackId']);

/** Finds an operation by method and path, one step a segment. */
export class Router {
  readonly #root: Node = newNode();

  constructor(operations: Readonly<Record<string, Pick<OperationShape, 'method' | 'path'>>>) {
    for (const [operation, { method, path }] of Object.entries(operations)) this.#add(operation, method, path);
  }

  /** The route of a request; `undefined` for an unknown path, `'malformed'` when a label can't be decoded. */
  find(method: string, path: string, query: URLSearchParams): Route | 'malformed' | undefined {
    // Older clients end some paths with a slash.
    const segments = (path.length > 1 && path.endsWith('/') ? path.slice(1, -1) : path.slice(1)).split('/');
    const values: string[] = [];
    const node = walk(this.#root, segments, 0, values);
    const end = node?.ends.filter((candidate) => candidate.method === method && matches(candidate.query, query)).toSorted((a, b) => b.query.size - a.query.size)[0];
    if (!end) return undefined;
    const labels: Record<string, string> = {};
    try {
      for (const [index, name] of end.labels.entries()) labels[name] = decodeURIComponent(values[index] ?? '');
    } catch {
      return 'malformed';
    }
    return { operation: end.operation, labels };
  }

  #add(operation: string, method: string, path: string): void {
    const [plain = '', literals = ''] = path.split('?', 2);
    let node = this.#root;
    const labels: string[] = [];
    for (const segment of plain.replace(/\/$/, '').slice(1).split('/')) {
      const label = /^\{(\w+)\+?\}$/.exec(segment)?.[1];
      if (label) {
        labels.push(label);
        node.label ??= { node: newNode() };
        node = node.label.node;
      } else {
        let next = node.literals.get(segment);
        if (!next) {
          next = newNode();
          node.literals.set(segment, next);
        }
        node = next;
      }
    }
    node.ends.push({ method, query: new Map(new URLSearchParams(literals)), operation, labels });
  }
}

function newNode(): Node {
  return { literals: new Map(), ends: [] };
}

function walk(node: Node, segments: readonly string[], index: number, values: string[]): Node | undefined {
  if (index === segments.length) return node.ends.length > 0 ? node : undefined;
  const segment = segments[index] ?? '';
  const literal = node.literals.get(segment);
  const found = literal && walk(literal, segments, index + 1, values);
  if (found) return found;
  if (!node.label) return undefined;
  const depth = values.length;
  values.push(segment);
  const direct = walk(node.label.node, segments, index + 1, values);
  if (direct) return direct;
  // A greedy label takes several segments; the shortest that leads on is right.
  if (node.label.node.ends.some((end) => GREEDY_LABELS.has(end.labels.at(-1) ?? '')) || node.label.node.literals.size > 0) {
    for (let last = index + 1; last < segments.length; last += 1) {
      values.length = depth;
      values.push(segments.slice(index, last + 1).join('/'));
      const greedy = node.label.node;
      const rest = last + 1 === segments.length ? (isGreedy(greedy) ? greedy : undefined) : isGreedyBelow(greedy) ? walk(greedy, segments, last + 1, values) : undefined;
      if (rest) return rest;
    }
  }
  values.length = depth;
  return undefined;
}

function isGreedy(node: Node): boolean {
  return node.ends.some((end) => GREEDY_LABELS.has(end.labels.at(-1) ?? ''));
}

function isGreedyBelow(node: Node): boolean {
  return [...node.literals.values()].some((child) => child.ends.some((end) => GREEDY_LABELS.has(end.labels[0] ?? '')));
}

function matches(literals: ReadonlyMap<string, string>, query: URLSearchParams): boolean {
  for (const [name, value] of literals) if (query.get(name) !== value) return false;
  return true;
}
