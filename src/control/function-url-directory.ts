import { functionArn } from '../model/arn.ts';
import type { FunctionUrl, FunctionUrls, UrlCaller } from '../ports/function-urls.ts';
import type { DocumentKey, MetadataStore } from '../ports/metadata-store.ts';
import { type PolicyDocument, type PolicyStatement, policyKey, scopedKey } from './documents.ts';
import { type FunctionUrlDocument, functionUrlIdKey, type FunctionUrlTarget } from './function-urls.ts';
import { evaluatePolicy, listOf } from './policy-evaluation.ts';

/** URLs kept in memory; beyond it the one read longest ago is forgotten and read again when needed. */
const URLS_MAX = 10_000;

/** Kinds of documents that a URL is read from. */
const KINDS_READ: ReadonlySet<string> = new Set(['function-url', 'function-url-id', 'policy']);

/** What calling a URL takes; URLs made before October 2025 take the first alone on AWS. */
const ACTIONS = ['lambda:invokefunctionurl', 'lambda:invokefunction'];

interface KnownUrl {
  readonly url: FunctionUrl;
  readonly statements: readonly PolicyStatement[];
}

/** The data plane's view of function URLs: in memory, forgotten as soon as any URL or policy is written. */
export class StoredFunctionUrls implements FunctionUrls {
  readonly #store: MetadataStore;
  readonly #known = new Map<string, KnownUrl>();
  readonly #unwatch: () => void;
  /** Grows with every write; what was read before one must not be kept after it. */
  #generation = 0;

  constructor(store: MetadataStore) {
    this.#store = store;
    this.#unwatch = store.watch((key) => this.#forget(key));
  }

  async find(urlId: string): Promise<FunctionUrl | undefined> {
    return (await this.#knownOf(urlId))?.url;
  }

  async allows(url: FunctionUrl, caller?: UrlCaller): Promise<boolean> {
    const known = await this.#knownOf(url.urlId);
    if (!known) return false;
    const { account, region, functionName, alias, authType } = known.url;
    const resource = functionArn({ account, region }, functionName, alias);
    const keys = {
      'lambda:functionurlauthtype': authType,
      'lambda:invokedviafunctionurl': 'true',
      'aws:principalaccount': caller?.account,
      'aws:principalarn': caller?.arn,
    };
    const isOwn = caller?.account === account;
    return ACTIONS.every((action) => {
      const isNamed = (principal: PolicyStatement['Principal']): boolean => namesCaller(principal, caller);
      const verdict = evaluatePolicy(known.statements, { action, resource, isNamed, keys });
      return verdict === 'allow' || (verdict === 'silent' && isOwn);
    });
  }

  /** Stops following the store. */
  close(): void {
    this.#unwatch();
  }

  async #knownOf(urlId: string): Promise<KnownUrl | undefined> {
    const cached = this.#known.get(urlId);
    if (cached) return cached;
    const generation = this.#generation;
    const read = await this.#read(urlId);
    // Ids that lead nowhere are not kept: there are more of them than fit any memory.
    if (read && generation === this.#generation) this.#keep(urlId, read);
    return read;
  }

  #keep(urlId: string, known: KnownUrl): void {
    const oldest = this.#known.size >= URLS_MAX ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(urlId, known);
  }

  async #read(urlId: string): Promise<KnownUrl | undefined> {
    const target = (await this.#store.get<FunctionUrlTarget>(functionUrlIdKey(urlId)))?.body;
    if (!target) return undefined;
    const { functionName, alias } = target;
    const [document, policy] = await Promise.all([
      this.#store.get<FunctionUrlDocument>(scopedKey(target, 'function-url', functionName, alias)),
      this.#store.get<PolicyDocument>(policyKey(target, functionName, alias)),
    ]);
    if (document?.body.urlId !== urlId) return undefined;
    const { authType, invokeMode = 'BUFFERED', cors } = document.body;
    return {
      url: { urlId, ...target, authType, invokeMode, ...(cors ? { cors } : {}) },
      statements: policy?.body.statements ?? [],
    };
  }

  #forget({ kind }: DocumentKey): void {
    if (!KINDS_READ.has(kind)) return;
    this.#generation += 1;
    this.#known.clear();
  }
}

/** Without a caller only everybody is meant. Source: IAM's page on the principal element. */
function namesCaller(principal: PolicyStatement['Principal'], caller: UrlCaller | undefined): boolean {
  if (principal === '*') return true;
  const names = listOf(principal?.['AWS']);
  if (names.includes('*')) return true;
  if (!caller) return false;
  const { account, arn } = caller;
  return names.some(
    (name) => name === arn || name === account || name === `arn:aws:iam::${account}:root` || isSessionOf(name, account, arn),
  );
}

/** A role's name stands for all of its sessions, whose ARNs leave out its path. */
function isSessionOf(roleArn: string, account: string, arn: string): boolean {
  const role = new RegExp(`^arn:aws:iam::${account}:role/(?:.*/)?([^/]+)$`).exec(roleArn)?.[1];
  return role !== undefined && arn.startsWith(`arn:aws:sts::${account}:assumed-role/${role}/`);
}
