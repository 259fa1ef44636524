import { NormalizedSchema } from '@smithy/core/schema';
import type { InputTable } from '../../src/wire/inputs.ts';

/** The requests of a service, out of the schemas of the official SDK: operations by name, each with its input's schema. */
export function inputTable(operations: Readonly<Record<string, unknown>>): InputTable {
  const structures: Record<string, string> = {};
  const membersOf = (ref: unknown): string => {
    const schema = NormalizedSchema.of((typeof ref === 'function' ? ref() : ref) as never);
    if (schema.isUnitSchema() || !schema.isStructSchema()) return '';
    return [...schema.structIterator()].map(([name, member]) => `${name}${structureOf(member)}${placeOf(member)}`).join(' ');
  };
  const structureOf = (member: NormalizedSchema): string => {
    if (member.isListSchema()) return structureOf(member.getValueSchema());
    if (member.isMapSchema()) return structureOf(member.getValueSchema()).replace(/.$/, '$&{}');
    if (!member.isStructSchema()) return '';
    const name = member.getName(false)?.replace(/^.*#/, '') ?? '';
    if (structures[name] === undefined) {
      // Entered before its members are read, for structures may hold themselves.
      structures[name] = '';
      structures[name] = membersOf(member.getSchema());
    }
    return `:${name}`;
  };
  const inputs = Object.fromEntries(Object.entries(operations).map(([name, schema]) => [name, membersOf(schema)]));
  const sorted = Object.entries(structures).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { operations: inputs, structures: Object.fromEntries(sorted) };
}

function placeOf(member: NormalizedSchema): string {
  const traits = member.getMergedTraits() as Record<string, unknown>;
  const header = traits['httpHeader'] ?? traits['httpPrefixHeaders'];
  if (header !== undefined) return `@${String(header).toLowerCase()}`;
  return traits['httpQuery'] === undefined ? '' : `@?${String(traits['httpQuery'])}`;
}
