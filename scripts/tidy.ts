import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';

// Rules of the house that a compiler does not know. Prints every breach and fails if there is one.

/** What each folder of src may import from, besides itself, `model` and `ports`, which all may. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  ports: [],
  wire: [],
  config: [],
  code: [],
  images: [],
  telemetry: [],
  sandbox: ['telemetry'],
  invoke: ['sandbox', 'telemetry'],
  documents: [],
  control: ['code', 'documents', 'wire'],
  sources: ['documents', 'invoke'],
  services: ['documents', 'sources', 'wire'],
  api: ['control', 'invoke', 'wire'],
  gateways: ['invoke', 'wire'],
  adapters: [],
  cluster: ['invoke'],
  cli: ['config'],
};
const NOT_BELOW_MODEL = new Set(['model', 'ports']);

/** Calls with a port in their stead, and where they are allowed all the same. */
const BANNED: readonly { readonly call: RegExp; readonly instead: string; readonly except: RegExp }[] = [
  { call: /\bDate\.now\(/, instead: 'Clock.now', except: /^src\/adapters\// },
  { call: /\bperformance\.now\(/, instead: 'Clock.monotonic', except: /^src\/adapters\// },
  { call: /(?<![.\w])setTimeout\(/, instead: 'Clock.setTimeout', except: /^src\/(adapters\/|ports\/clock\.ts)/ },
  // Keeps the process alive while it stops; Clock's timers don't.
  { call: /(?<![.\w])setInterval\(/, instead: 'Clock.setTimeout', except: /^src\/(adapters\/|main\.ts)/ },
  { call: /\bMath\.random\(/, instead: 'Ids.random', except: /^src\/adapters\// },
  { call: /\brandomUUID\(/, instead: 'Ids.uuid', except: /^src\/adapters\// },
  { call: /\bconsole\./, instead: 'Logger', except: /^src\/cli\// },
  { call: /(?<![.\w])fetch\(/, instead: 'node:http', except: /^$/ },
  { call: /\bexecSync\(|(?<![.\w])exec\((?!')/, instead: 'execFile or spawn', except: /^$/ },
  { call: /\beval\(/, instead: 'nothing', except: /^$/ },
];
const FORBIDDEN_NAMES = /^(utils?|helpers?|common|misc|managers?)(\.|$)/;
const FORBIDDEN_WORDS = /\bTODO\b(?!\(#)|\bFIXME\b/;
const LINES_MAX = 600;
const FUNCTION_LINES_MAX = 70;

const breaches: string[] = [];
const files = globSync(['src/**/*.ts', 'scripts/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'runtimes/**/*.cjs', 'bin/*.js']).map(
  (file) => file.replaceAll('\\', '/'),
);
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const imports = new Map<string, string[]>();

for (const [file, text] of texts) {
  checkName(file);
  if (file.includes('/generated/')) continue;
  const lines = text.split('\n');
  // Fakes and fixtures stand beside the code they serve and are part of its tests.
  const isTest = file.endsWith('.test.ts') || file.startsWith('test/') || /(^|\/)(fake-[^/]*|[^/]*-fixture)\.ts$/.test(file);
  if (lines.length > LINES_MAX && !isTest) report(file, `${lines.length} lines; split it by its nouns (at most ${LINES_MAX})`);
  if (FORBIDDEN_WORDS.test(text) && file !== 'scripts/tidy.ts') report(file, 'a note without an issue to go with it');
  if (file.startsWith('src/') && !isTest) {
    checkCalls(file, lines);
    checkFunctions(file, lines);
    checkImports(file, text);
  }
}
checkCycles();
checkDeadExports();
for (const breach of breaches) console.error(breach);
process.exit(breaches.length === 0 ? 0 : 1);

function report(file: string, what: string): void {
  breaches.push(`${file}: ${what}`);
}

function checkName(file: string): void {
  const name = basename(file);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.(ts|js|cjs)$/.test(name)) report(file, 'file names are kebab-case');
  for (const part of file.split('/')) if (FORBIDDEN_NAMES.test(part)) report(file, `"${part}" says nothing of what is in it`);
}

function checkCalls(file: string, lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) {
    if (/^\s*(\*|\/\/|\/\*)/.test(line)) continue;
    for (const { call, instead, except } of BANNED)
      if (call.test(line) && !except.test(file)) report(`${file}:${index + 1}`, `use ${instead}`);
  }
}

/** A function begins on a line that opens a brace and ends at the brace of the same indentation: the formatter sees to that. */
function checkFunctions(file: string, lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) {
    const start = /^( *)(export )?(async )?(function\b|(static |async |get |\*)*#?\w+\(.*\)(: .*)? \{$)/.exec(line);
    if (!start || /^ *(if|for|while|switch|catch|return)\b/.test(line) || !line.trimEnd().endsWith('{')) continue;
    const end = lines.findIndex((other, at) => at > index && other === `${start[1]}}`);
    // The composition root is one list of what is made of what, and is read as such.
    if (end - index > FUNCTION_LINES_MAX && file !== 'src/main.ts')
      report(`${file}:${index + 1}`, `${end - index} lines in one function (at most ${FUNCTION_LINES_MAX})`);
  }
}

function checkImports(file: string, text: string): void {
  const folder = file.split('/')[1] ?? '';
  for (const [, specifier = ''] of text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)) {
    const target = normalize(join(dirname(file), specifier)).replaceAll('\\', '/');
    imports.set(file, [...(imports.get(file) ?? []), target]);
    const other = target.split('/')[1] ?? '';
    if (folder === other || folder === 'main.ts' || (folder === 'cli' && other === 'main.ts')) continue;
    const allowed = NOT_BELOW_MODEL.has(other)
      ? !NOT_BELOW_MODEL.has(folder) || folder === 'ports'
      : MAY_IMPORT[folder]?.includes(other);
    if (!allowed) report(file, `${folder} may not import ${other} (${target})`);
  }
}

function checkCycles(): void {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) return report(file, `imports itself by way of ${path.slice(at + 1).join(', ')}`);
    if (done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
}

/** An export that no other file names is dead, or should not be one. */
function checkDeadExports(): void {
  for (const [file, text] of texts) {
    if (!file.startsWith('src/') || file.includes('/generated/') || file.endsWith('.test.ts')) continue;
    for (const [, name = ''] of text.matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm)) {
      const isNamed = [...texts].some(([other, otherText]) => other !== file && new RegExp(`\\b${name}\\b`).test(otherText));
      // A type may be exported because it is part of an exported signature of its own file.
      const uses = text.split(new RegExp(`\\b${name}\\b`)).length - 1;
      if (!isNamed && uses < 2) report(file, `nobody imports ${name}`);
    }
  }
}
