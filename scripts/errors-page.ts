import { readFileSync, writeFileSync } from 'node:fs';
import { LAMBDA_ERRORS } from '../src/model/lambda-errors.ts';

// Writes docs/errors.md from the error catalogue. `--check` writes nothing and fails when the page would change.

const PAGE = new URL('../docs/errors.md', import.meta.url);

const rows = Object.entries(LAMBDA_ERRORS).map(([code, entry]) => {
  const body =
    'typeMember' in entry && entry.typeMember === false ? `\`${entry.messageMember}\`` : `\`Type\`, \`${entry.messageMember}\``;
  return `| ${code} | ${entry.status} | ${body} | ${entry.meaning} |`;
});
const page = `# Errors of the Lambda API

Written by \`npm run errors\` from the one catalogue in the code; names, statuses and the spelling of the message member are
AWS's. Every answer has the error's name in the header \`x-amzn-ErrorType\` and the request's id in \`x-amzn-RequestId\`.

| error | HTTP | members of the body | when |
|---|---|---|---|
${rows.join('\n')}
`;

if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, 'utf8') !== page) {
  console.error('docs/errors.md is out of date: run npm run errors');
  process.exit(1);
}
