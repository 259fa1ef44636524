import { readFileSync, writeFileSync } from 'node:fs';
import { settingLeaves, variableName } from '../src/config/load.ts';

// Writes docs/settings.md from the schema. `--check` fails when the page is out of date.

const rows = settingLeaves().map(({ path, description, fallback }) => {
  const value = JSON.stringify(fallback) ?? '';
  return `| \`${path.join('.')}\` | \`${variableName(path)}\` | \`${value}\` | ${description} |`;
});
const page = `# Settings

Made from the schema by \`npm run settings\`. A setting is looked for in a flag (\`--sandbox.driver process\`), then in an
environment variable, then in \`lambkin.yaml\` (or the file named by \`--config\` or \`LAMBKIN_CONFIG\`). Unknown names are
refused. Lists are separated by commas in variables and flags.

| setting | variable | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
const url = new URL('../docs/settings.md', import.meta.url);
if (!process.argv.includes('--check')) writeFileSync(url, page);
else if (readFileSync(url, 'utf8') !== page) {
  console.error('docs/settings.md is out of date: run npm run settings');
  process.exit(1);
}
