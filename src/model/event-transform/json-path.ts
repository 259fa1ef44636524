/** What a path leads to in a value; undefined when that is nothing. */
export type JsonPath = (value: unknown) => unknown;

/** One step: a member, an element, or all of them. */
type Step = string | number | '*';

const STEP = /\.(?<name>[^.[\]]+)|\[(?<index>\d{1,9}|\*)\]/y;

/**
 * Compiles a JSONPath as EventBridge has them: `$`, then names after dots, indices and `*`. A path with `*` leads to a list.
 * AWS does not check paths beforehand, so a path that is none leads to nothing.
 * Source: EventBridge's page on input transformation, "Supported syntax".
 */
export function compileJsonPath(text: string): JsonPath {
  const steps = stepsOf(text);
  if (!steps) return () => undefined;
  const isList = steps.includes('*');
  return (value) => {
    let found: readonly unknown[] = [value];
    for (const step of steps) found = found.flatMap((one) => childrenOf(one, step));
    return isList ? found : found[0];
  };
}

function stepsOf(text: string): readonly Step[] | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  for (let at = 1; at < text.length; at = STEP.lastIndex) {
    const { name, index } = STEP.exec(text)?.groups ?? {};
    if (name !== undefined) steps.push(name);
    else if (index === '*') steps.push('*');
    else if (index !== undefined) steps.push(Number(index));
    else return undefined;
  }
  return steps;
}

/** As a list, in which what stands there may itself be one. */
function childrenOf(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step === '*') return Object.values(value);
  if (typeof step === 'number') return Array.isArray(value) && step < value.length ? [value[step]] : [];
  return !Array.isArray(value) && Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : [];
}

/** What a target with InputPath gets of an event: JSON, a text in its quotes; undefined when there is nothing. */
export function inputAt(path: string, event: unknown): string | undefined {
  return JSON.stringify(compileJsonPath(path)(event));
}
