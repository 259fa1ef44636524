import assert from 'node:assert/strict';
import type { Members } from '../raw/raw-lambda.ts';

// What is known of an account's functions, kept as simply as can be: the yardstick that the server is held against.

export const REGION = 'us-east-1';
export const LATEST = '$LATEST';
export const UNRESERVED_MIN = 100;
export const CONCURRENCY = 1_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A RevisionId: known once it was answered, and never one that was there before. */
export class Revision {
  #known: string | undefined;
  #before = new Set<string>();

  get known(): string | undefined {
    return this.#known;
  }

  /** Gives the way back to what is known now. */
  save(): () => void {
    const known = this.#known;
    const before = [...this.#before];
    return () => {
      this.#known = known;
      this.#before = new Set(before);
    };
  }

  /** Something has happened that gives another revision, which was not told. */
  change(): void {
    if (this.#known !== undefined) this.#before.add(this.#known);
    this.#known = undefined;
  }

  /** Checks a revision that was answered; it is known from then on. */
  check(actual: unknown): void {
    if (this.#known !== undefined) assert.equal(actual, this.#known, 'RevisionId');
    assert.match(String(actual), UUID);
    assert.ok(!this.#before.has(String(actual)), `the RevisionId ${String(actual)} was there before`);
    this.#known = String(actual);
  }
}

/** A LastModified: known once it was answered, and never going back. */
export class Moment {
  #known: string | undefined;
  #atLeast = '';

  /** Gives the way back to what is known now. */
  save(): () => void {
    const known = this.#known;
    const atLeast = this.#atLeast;
    return () => {
      this.#known = known;
      this.#atLeast = atLeast;
    };
  }

  change(): void {
    this.#atLeast = this.#known ?? this.#atLeast;
    this.#known = undefined;
  }

  check(actual: unknown): void {
    assert.match(String(actual), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    if (this.#known !== undefined) assert.equal(actual, this.#known, 'LastModified');
    assert.ok(String(actual) >= this.#atLeast, `LastModified ${String(actual)} is before ${this.#atLeast}`);
    this.#known = String(actual);
  }
}

const CREATING = { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' };
const UPDATING = {
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being created.',
  LastUpdateStatusReasonCode: 'Creating',
};
const READY = { State: 'Active', LastUpdateStatus: 'Successful' };
const STATES = { creating: CREATING, updating: UPDATING, ready: READY };

/** One statement of a policy with its keys in order, as JSON. */
export interface Policy {
  readonly statements: Members[];
}

/** A version, `$LATEST` included. */
export class ModelVersion {
  readonly number: string;
  /** As they are answered, without ARN, version, states, revision and time. */
  members: Members;
  state: keyof typeof STATES;
  readonly revision = new Revision();
  readonly modified = new Moment();
  /** Of a published version: what `$LATEST` was when it was published. */
  readonly source: Members | undefined;
  policy: Policy | undefined;

  constructor(number: string, members: Members, state: keyof typeof STATES, source?: Members) {
    this.number = number;
    this.members = members;
    this.state = state;
    this.source = source;
  }

  /** Gives the way back to what is known now of what changes by itself. */
  save(): () => void {
    const { state } = this;
    const ways = [this.revision.save(), this.modified.save()];
    return () => {
      this.state = state;
      for (const back of ways) back();
    };
  }

  /** The work in the background is done, which gives a new revision. */
  becomeReady(): void {
    if (this.state === 'ready') return;
    this.state = 'ready';
    this.revision.change();
  }
}

/** An alias. */
export interface ModelAlias {
  readonly name: string;
  version: string;
  description: string;
  /** The second version and its share. */
  second: { readonly version: string; readonly weight: number } | undefined;
  readonly revision: Revision;
  policy: Policy | undefined;
}

/** A function. */
export class ModelFunction {
  readonly name: string;
  readonly latest: ModelVersion;
  /** Published ones by number. */
  readonly versions = new Map<string, ModelVersion>();
  nextVersion = 1;
  readonly aliases = new Map<string, ModelAlias>();
  tags: Record<string, string> = {};
  reserved: number | undefined;
  /** Of the function itself, without a qualifier. */
  policy: Policy | undefined;

  constructor(name: string, latest: ModelVersion) {
    this.name = name;
    this.latest = latest;
  }

  /** `$LATEST` and then the published versions, in order. */
  get allVersions(): ModelVersion[] {
    return [this.latest, ...[...this.versions.values()].toSorted((a, b) => Number(a.number) - Number(b.number))];
  }

  /** What a qualifier stands for. */
  version(qualifier: string | undefined): ModelVersion | undefined {
    const number = this.aliases.get(qualifier ?? '')?.version ?? qualifier ?? LATEST;
    return number === LATEST ? this.latest : this.versions.get(number);
  }
}

/** An account in one region. */
export class Model {
  readonly account: string;
  readonly functions = new Map<string, ModelFunction>();
  /** The versions of runtimes, which are AWS's to choose, as they were first answered. */
  readonly #runtimeVersions = new Map<string, unknown>();

  constructor(account: string) {
    this.account = account;
  }

  arn(name: string, qualifier?: string): string {
    const arn = `arn:aws:lambda:${REGION}:${this.account}:function:${name}`;
    return qualifier === undefined ? arn : `${arn}:${qualifier}`;
  }

  /** Gives the way back to what is known now of what answers tell: for a guess that turns out to be wrong. */
  save(): () => void {
    const ways = [...this.functions.values()].flatMap((one) => [
      ...one.allVersions.map((version) => version.save()),
      ...[...one.aliases.values()].map(({ revision }) => revision.save()),
    ]);
    return () => {
      for (const back of ways) back();
    };
  }

  /** Functions in the order of lists. */
  get sortedFunctions(): ModelFunction[] {
    return [...this.functions.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Checks an answered configuration against a version; `qualifier` is as it was asked for. */
  checkConfiguration(actual: Members, version: ModelVersion, name: string, qualifier: string | undefined): void {
    if (version.state !== 'ready' && actual['State'] === 'Active' && actual['LastUpdateStatus'] === 'Successful')
      version.becomeReady();
    version.revision.check(actual['RevisionId']);
    version.modified.check(actual['LastModified']);
    assert.deepEqual(actual, {
      ...this.#common(actual, version, name, qualifier),
      ...STATES[version.state],
      RuntimeVersionConfig: this.#runtimeVersion(actual, version),
    });
  }

  /** The same for an item of a list, which tells no states. */
  checkListed(actual: Members, version: ModelVersion, name: string, qualifier: string | undefined): void {
    // What is on its way may have arrived, which nothing but its revision would tell here.
    if (version.state !== 'ready' && version.revision.known !== actual['RevisionId']) version.becomeReady();
    version.revision.check(actual['RevisionId']);
    version.modified.check(actual['LastModified']);
    assert.deepEqual(actual, this.#common(actual, version, name, qualifier));
  }

  #common(actual: Members, version: ModelVersion, name: string, qualifier: string | undefined): Members {
    return {
      ...version.members,
      FunctionName: name,
      FunctionArn: this.arn(name, qualifier),
      Version: version.number,
      RevisionId: actual['RevisionId'],
      LastModified: actual['LastModified'],
    };
  }

  #runtimeVersion(actual: Members, { members }: ModelVersion): unknown {
    const runtime = String(members['Runtime']);
    const given = actual['RuntimeVersionConfig'] as { RuntimeVersionArn?: unknown } | undefined;
    assert.match(String(given?.RuntimeVersionArn), /^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/);
    if (!this.#runtimeVersions.has(runtime)) this.#runtimeVersions.set(runtime, given);
    return this.#runtimeVersions.get(runtime);
  }
}

/** What an alias must be answered as; its revision is checked with it. */
export function checkAlias(actual: Members, model: Model, name: string, alias: ModelAlias): void {
  alias.revision.check(actual['RevisionId']);
  assert.deepEqual(actual, {
    AliasArn: model.arn(name, alias.name),
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    RevisionId: actual['RevisionId'],
    ...(alias.second ? { RoutingConfig: { AdditionalVersionWeights: { [alias.second.version]: alias.second.weight } } } : {}),
  });
}

/** A policy as its text. */
export function policyText(policy: Policy): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: policy.statements });
}
