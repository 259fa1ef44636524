import type { OperationShape, ServiceTable, Shape } from '../shapes.ts';

/** The body of an answer: members by the operation's table, undefined ones left out, dates and bytes in their wire form. */
export function renderOutput(table: ServiceTable, operation: OperationShape, output: object): string {
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(operation.output)) {
    if (member.in) continue;
    const value = render(table, member.shape, (output as Record<string, unknown>)[name]);
    if (value !== undefined) result[member.as ?? name] = value;
  }
  return JSON.stringify(result);
}

function render(table: ServiceTable, shape: Shape, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  switch (shape.type) {
    case 'blob':
      return Buffer.isBuffer(value) ? value.toString('base64') : value;
    case 'timestamp':
      if (!(value instanceof Date)) return value;
      return shape.format === 'date-time' ? value.toISOString() : value.getTime() / 1_000;
    case 'list':
      return (value as unknown[]).map((item) => render(table, shape.member, item));
    case 'map':
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, render(table, shape.value, item)]));
    case 'structure': {
      const members = table.structures[shape.name] ?? {};
      const result: Record<string, unknown> = {};
      for (const [name, member] of Object.entries(members)) {
        const rendered = render(table, member.shape, (value as Record<string, unknown>)[name]);
        if (rendered !== undefined) result[member.as ?? name] = rendered;
      }
      return result;
    }
    default:
      return value;
  }
}
