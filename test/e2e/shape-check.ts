import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API, type Checker, type Symbol as Member, SymbolFlags, type Type, TypeFlags } from 'typescript/unstable/sync';

/** What came of holding a value against a type. */
export interface ShapeFindings {
  /** Members that were looked at, by their paths; of the items of a list, each. */
  readonly checked: readonly string[];
  /** What is missing, of another kind or unknown, a sentence each. */
  readonly wrong: readonly { readonly path: string; readonly what: string }[];
}

interface Findings extends ShapeFindings {
  readonly checked: string[];
  readonly wrong: { path: string; what: string }[];
}

/** The members of an interface in a file, each a type that values can be held against. */
export class Shapes {
  readonly #api: API;
  readonly #checker: Checker;
  readonly #types: ReadonlyMap<string, Type>;

  constructor(file: string, interfaceName: string) {
    this.#api = new API();
    const folder = mkdtempSync(join(tmpdir(), 'lambkin-shapes-'));
    try {
      const config = join(folder, 'tsconfig.json');
      const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: true, types: [] };
      writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }));
      const project = this.#api.updateSnapshot({ openProjects: [config] }).getProject(config);
      const source = project?.program.getSourceFile(file);
      if (!project || !source) throw new Error(`${file} could not be read by the compiler`);
      this.#checker = project.checker;
      const module = this.#checker.getSymbolAtLocation(source);
      const found = module && this.#checker.getExportsOfModule(module).find(({ name }) => name === interfaceName);
      if (!found) throw new Error(`there is no ${interfaceName} in ${file}`);
      const members = this.#checker.getPropertiesOfType(this.#checker.getDeclaredTypeOfSymbol(found));
      this.#types = new Map(members.map((member) => [member.name, this.#typeOf(member)]));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Holds a value that came as JSON against a type: every member must be known, be there if it must, and be of its kind. */
  check(name: string, value: unknown): ShapeFindings {
    const type = this.#types.get(name);
    if (!type || type.isErrorType()) throw new Error(`the type of ${name} can not be resolved`);
    const findings: Findings = { checked: [], wrong: [] };
    this.#look(value, type, name, findings);
    return findings;
  }

  close(): void {
    this.#api.close();
  }

  #typeOf(member: Member): Type {
    const type = this.#checker.getTypeOfSymbol(member);
    if (!type) throw new Error(`${member.name} has no type`);
    return type;
  }

  #look(value: unknown, type: Type, path: string, findings: Findings): void {
    findings.checked.push(path);
    const say = (what: string): void => void findings.wrong.push({ path, what });
    const mismatch = (): void => say(`is ${kindOf(value)} and not ${this.#checker.typeToString(type)}`);
    if (type.flags & (TypeFlags.Any | TypeFlags.Unknown)) return;
    if (type.isUnionType()) {
      const trials = type.getTypes().map((part) => {
        const trial: Findings = { checked: [], wrong: [] };
        this.#look(value, part, path, trial);
        return trial;
      });
      const fits = trials.find(({ wrong }) => wrong.length === 0);
      if (!fits) return mismatch();
      findings.checked.push(...fits.checked.slice(1));
      return;
    }
    if (type.isLiteralType()) return value === type.value ? undefined : mismatch();
    if (!(type.flags & TypeFlags.Object)) {
      if (!(type.flags & (FLAGS[kindOf(value)] ?? 0))) mismatch();
      return;
    }
    if (this.#checker.isArrayType(type)) {
      if (!Array.isArray(value)) return mismatch();
      const [item] = type.isTypeReference() ? this.#checker.getTypeArguments(type) : [];
      if (!item) throw new Error(`${path} is a list of nothing known`);
      for (const [index, one] of value.entries()) this.#look(one, item, `${path}[${index}]`, findings);
      return;
    }
    if (kindOf(value) !== 'object') return mismatch();
    this.#lookAtMembers(value as Readonly<Record<string, unknown>>, type, path, findings);
  }

  #lookAtMembers(value: Readonly<Record<string, unknown>>, type: Type, path: string, findings: Findings): void {
    const members = this.#checker.getPropertiesOfType(type);
    const [index] = this.#checker.getIndexInfosOfType(type);
    for (const member of members) {
      const at = `${path}.${member.name}`;
      if (Object.hasOwn(value, member.name)) this.#look(value[member.name], this.#typeOf(member), at, findings);
      else if (!(member.flags & SymbolFlags.Optional)) {
        findings.checked.push(at);
        findings.wrong.push({ path: at, what: 'is missing' });
      }
    }
    const known = new Set(members.map(({ name }) => name));
    for (const [name, one] of Object.entries(value)) {
      if (known.has(name)) continue;
      const at = `${path}.${name}`;
      if (index) this.#look(one, index.valueType, at, findings);
      else {
        findings.checked.push(at);
        findings.wrong.push({ path: at, what: 'is unknown' });
      }
    }
  }
}

const FLAGS: Readonly<Record<string, number>> = {
  string: TypeFlags.String,
  number: TypeFlags.Number,
  boolean: TypeFlags.Boolean,
  null: TypeFlags.Null,
};

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}
