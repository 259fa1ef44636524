import { readFileSync, writeFileSync } from 'node:fs';
import { fidelityTable } from '../src/control/fidelity/fidelity-table.ts';
import { SERVICE_FIDELITIES } from '../src/services/fidelity-tables.ts';
import { expandService, type FidelityMember, type FidelityOperation } from '../src/wire/fidelity/expand.ts';

// Writes the part of docs/compatibility.md that comes from the fidelity table, between its two marks. `--check` writes
// nothing and fails when the page would change.

const PAGE = new URL('../docs/compatibility.md', import.meta.url);
const BEGIN = '<!-- generated: npm run compatibility -->';
const END = '<!-- end of what is generated -->';

const before = readFileSync(PAGE, 'utf8');
const start = before.indexOf(BEGIN);
const end = before.indexOf(END);
if (start === -1 || end === -1) throw new Error('docs/compatibility.md has lost its marks');
const parts = [lambdaPage(), ...SERVICE_FIDELITIES.map((service) => servicePage(service.title, expandService(service)))];
const after = `${before.slice(0, start)}${BEGIN}\n\n${parts.join('\n')}\n${before.slice(end)}`;
if (!process.argv.includes('--check')) writeFileSync(PAGE, after);
else if (after !== before) {
  console.error('docs/compatibility.md is out of date: run npm run compatibility');
  process.exit(1);
}

function lambdaPage(): string {
  const table = fidelityTable();
  const groups = [...Map.groupBy(table, ({ group }) => group)];
  return [
    `## Lambda\n\n${summary(table)}`,
    ...groups.map(([title, operations]) => `### ${title}\n\n${rowsOf(operations)}${remarksOf(operations, outermost)}`),
  ].join('\n');
}

/** Operations that are refused are too many for a table: they are named together. */
function servicePage(title: string, table: readonly FidelityOperation[]): string {
  const built = table.filter(({ state }) => state !== 'refused');
  const refusals = [
    ...Map.groupBy(
      table.filter((row) => row.state === 'refused'),
      ({ note = '' }) => note,
    ),
  ].map(([note, rows]) => `\nRefused (${note}): ${rows.map(({ operation }) => operation).join(', ')}.\n`);
  return `## ${title}\n\n${summary(table)}\n${rowsOf(built)}${remarksOf(built, remarkable)}${refusals.join('')}`;
}

function summary(table: readonly FidelityOperation[]): string {
  const count = (state: string): number => table.filter((row) => row.state === state).length;
  // Of refused operations nothing is looked at.
  const members = table.filter((row) => row.state !== 'refused').flatMap((row) => row.members);
  const memberCount = (state: string): number => members.filter((member) => member.state === state).length;
  return (
    `| | done | stored only | refused |\n|---|---|---|---|\n` +
    `| ${table.length} operations | ${count('done')} | ${count('stored only')} | ${count('refused')} |\n` +
    `| ${members.length} members of their requests | ${memberCount('done')} | ${memberCount('stored only')} | ${memberCount('refused')} |\n`
  );
}

function rowsOf(operations: readonly FidelityOperation[]): string {
  const rows = operations.map((row) => `| ${row.operation} | ${row.state} | ${row.note ?? ''} |`);
  return `| operation | state | |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function remarksOf(
  operations: readonly FidelityOperation[],
  choose: (members: readonly FidelityMember[]) => FidelityMember[],
): string {
  const remarks = new Map<string, string[]>();
  for (const row of operations) {
    if (row.state === 'refused') continue;
    for (const member of choose(row.members)) {
      const remark = `\`${member.path}\` (${member.state}): ${member.note ?? ''}`;
      remarks.set(remark, [...(remarks.get(remark) ?? []), row.operation]);
    }
  }
  const lines = [...remarks].map(([remark, names]) => `- ${names.join(', ')}: ${remark}`);
  return lines.length > 0 ? `\n${lines.join('\n')}\n` : '';
}

/** Members that are not done, without those inside another that is said already. */
function outermost(members: readonly FidelityMember[]): FidelityMember[] {
  const open = members.filter(({ state }) => state !== 'done');
  return open.filter(({ path }) => !open.some((other) => path.startsWith(`${other.path}.`)));
}

/** The same, and what is done with something to say of it. */
function remarkable(members: readonly FidelityMember[]): FidelityMember[] {
  const open = new Set(outermost(members));
  return members.filter((member) => open.has(member) || (member.state === 'done' && member.note !== undefined));
}
