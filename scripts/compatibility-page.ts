import { readFileSync, writeFileSync } from 'node:fs';
import { type FidelityMember, type FidelityOperation, fidelityTable } from '../src/control/fidelity/fidelity-table.ts';

// Writes the part of docs/compatibility.md that comes from the fidelity table, between its two marks. `--check` writes
// nothing and fails when the page would change.

const PAGE = new URL('../docs/compatibility.md', import.meta.url);
const BEGIN = '<!-- generated: npm run compatibility -->';
const END = '<!-- end of what is generated -->';

const before = readFileSync(PAGE, 'utf8');
const start = before.indexOf(BEGIN);
const end = before.indexOf(END);
if (start === -1 || end === -1) throw new Error('docs/compatibility.md has lost its marks');
const after = `${before.slice(0, start)}${BEGIN}\n\n${page(fidelityTable())}\n${before.slice(end)}`;
if (!process.argv.includes('--check')) writeFileSync(PAGE, after);
else if (after !== before) {
  console.error('docs/compatibility.md is out of date: run npm run compatibility');
  process.exit(1);
}

function page(table: readonly FidelityOperation[]): string {
  const count = (state: string): number => table.filter((row) => row.state === state).length;
  const members = table.flatMap((row) => row.members);
  const memberCount = (state: string): number => members.filter((member) => member.state === state).length;
  const summary =
    `| | done | stored only | refused |\n|---|---|---|---|\n` +
    `| ${table.length} operations | ${count('done')} | ${count('stored only')} | ${count('refused')} |\n` +
    `| ${members.length} members of their requests | ${memberCount('done')} | ${memberCount('stored only')} | ${memberCount('refused')} |\n`;
  return [summary, ...Map.groupBy(table, (row) => row.group)]
    .map((part) => (typeof part === 'string' ? part : group(...part)))
    .join('\n');
}

function group(title: string, operations: readonly FidelityOperation[]): string {
  const rows = operations.map((row) => `| ${row.operation} | ${row.state} | ${row.note ?? ''} |`);
  const remarks = new Map<string, string[]>();
  for (const row of operations) {
    if (row.state === 'refused') continue;
    for (const member of outermost(row)) {
      const remark = `\`${member.path}\` (${member.state}): ${member.note ?? ''}`;
      remarks.set(remark, [...(remarks.get(remark) ?? []), row.operation]);
    }
  }
  const lines = [...remarks].map(([remark, names]) => `- ${names.join(', ')}: ${remark}`);
  return `### ${title}\n\n| operation | state | |\n|---|---|---|\n${rows.join('\n')}\n${lines.length > 0 ? `\n${lines.join('\n')}\n` : ''}`;
}

/** Members that are not done, without those inside another that is said already. */
function outermost(row: FidelityOperation): FidelityMember[] {
  const open = row.members.filter(({ state }) => state !== 'done');
  return open.filter(({ path }) => !open.some((other) => path.startsWith(`${other.path}.`)));
}
