import { createHash } from 'node:crypto';
import { functionArn } from '../model/arn.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import { EVENT_AGE_SECONDS_MAX, RETRY_ATTEMPTS_MAX } from '../model/limits.ts';
import type { FunctionDirectory, FunctionReference, ResolvedFunction } from '../ports/function-directory.ts';
import type { Ids } from '../ports/ids.ts';
import type { DocumentKey, MetadataStore } from '../ports/metadata-store.ts';
import {
  type AliasDocument,
  aliasKey,
  type EventInvokeConfigDocument,
  type FunctionDocument,
  functionKey,
  isVersionNumber,
  LATEST,
  LATEST_PUBLISHED,
  scopedKey,
  type VersionDocument,
  versionKey,
} from './documents.ts';
import { functionNotFound } from './function-store.ts';
import { type ProvisionedShares, provisionedShares } from './provisioned-shares.ts';
import type { SetAsideLedger } from './set-aside-ledger.ts';

/** Functions kept in memory; beyond it the one resolved longest ago is forgotten and read again when needed. */
const FUNCTIONS_MAX = 10_000;
/** Qualifiers kept of one function. */
const QUALIFIERS_MAX = 1_000;

/** Kept apart from `$LATEST`: on a capacity provider it stands for something else. */
const UNQUALIFIED = '';

/** Kinds of documents that a target is read from. */
const KINDS_READ: ReadonlySet<string> = new Set([
  'function',
  'function-version',
  'alias',
  'event-invoke-config',
  'provisioned-concurrency',
]);

interface Target {
  readonly primary: ResolvedFunction;
  /** A weighted alias's second version, taken with this probability. */
  readonly additional?: { readonly weight: number; readonly resolved: ResolvedFunction };
}

type Listener = (change: { account: string; region: string; functionName: string }) => void;

/** The data plane's view of functions: in memory, forgotten as soon as a function is written. */
export class StoredFunctionDirectory implements FunctionDirectory {
  readonly #store: MetadataStore;
  readonly #ids: Ids;
  readonly #ledger: SetAsideLedger;
  readonly #functions = new Map<string, Map<string, Target>>();
  readonly #listeners = new Set<Listener>();
  readonly #unwatch: () => void;
  /** Grows with every write; what was read before one must not be kept after it. */
  #generation = 0;

  constructor(store: MetadataStore, ids: Ids, ledger: SetAsideLedger) {
    this.#store = store;
    this.#ids = ids;
    this.#ledger = ledger;
    this.#unwatch = store.watch((key) => this.#forget(key));
  }

  resolveCached(reference: FunctionReference): ResolvedFunction | undefined {
    const target = this.#functions.get(placeOf(reference))?.get(reference.qualifier ?? UNQUALIFIED);
    return target && this.#pick(target);
  }

  async resolve(reference: FunctionReference): Promise<ResolvedFunction> {
    const cached = this.resolveCached(reference);
    if (cached) return cached;
    const generation = this.#generation;
    const target = await this.#read(reference);
    if (generation === this.#generation) this.#keep(reference, target);
    return this.#pick(target);
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops following the store. */
  close(): void {
    this.#unwatch();
  }

  #pick(target: Target): ResolvedFunction {
    return target.additional && this.#ids.random() < target.additional.weight ? target.additional.resolved : target.primary;
  }

  #keep(reference: FunctionReference, target: Target): void {
    const place = placeOf(reference);
    let qualifiers = this.#functions.get(place);
    if (!qualifiers) {
      const oldest = this.#functions.size >= FUNCTIONS_MAX ? this.#functions.keys().next().value : undefined;
      if (oldest !== undefined) this.#functions.delete(oldest);
      qualifiers = new Map();
      this.#functions.set(place, qualifiers);
    }
    if (qualifiers.size >= QUALIFIERS_MAX) qualifiers.clear();
    qualifiers.set(reference.qualifier ?? UNQUALIFIED, target);
  }

  async #read(reference: FunctionReference): Promise<Target> {
    const { functionName } = reference;
    const asked = reference.qualifier ?? LATEST;
    const shared = await this.#store.get<FunctionDocument>(functionKey(reference, functionName));
    if (!shared) throw functionNotFound(reference, functionName, asked);
    const qualifier = await this.#effectiveQualifier(reference, asked);
    const events = await this.#store.get<EventInvokeConfigDocument>(
      scopedKey(reference, 'event-invoke-config', functionName, asked),
    );
    const setAside = await this.#ledger.of(reference);
    const shares = await provisionedShares(this.#store, reference, functionName);
    const settings = {
      setAside,
      ...(shared.body.reservedConcurrency === undefined ? {} : { reservedConcurrency: shared.body.reservedConcurrency }),
      maximumRetryAttempts: events?.body.MaximumRetryAttempts ?? RETRY_ATTEMPTS_MAX,
      maximumEventAgeSeconds: events?.body.MaximumEventAgeInSeconds ?? EVENT_AGE_SECONDS_MAX,
      ...destinationsOf(events?.body.DestinationConfig),
      ...(shared.body.recursiveLoop === 'Allow' ? {} : { lineageId: lineageIdOf(reference) }),
    };
    const isNumbered = qualifier.startsWith('$') || isVersionNumber(qualifier);
    const alias = isNumbered ? undefined : await this.#store.get<AliasDocument>(aliasKey(reference, functionName, qualifier));
    if (!isNumbered && !alias) throw functionNotFound(reference, functionName, qualifier);
    const resolved = async (number: string): Promise<ResolvedFunction> => ({
      ...(await this.#executable(reference, number)),
      ...settings,
      ...provisionedOf(shares, number),
    });
    const primary = await resolved(alias?.body.FunctionVersion ?? qualifier);
    const [second] = Object.entries(alias?.body.RoutingConfig?.AdditionalVersionWeights ?? {});
    return second ? { primary, additional: { weight: second[1], resolved: await resolved(second[0]) } } : { primary };
  }

  /** What an unqualified name stands for: `$LATEST`, but on capacity providers what was published last. */
  async #effectiveQualifier(reference: FunctionReference, asked: string): Promise<string> {
    if (asked !== LATEST) return asked;
    const { functionName, qualifier } = reference;
    const latest = await this.#store.get<VersionDocument>(versionKey(reference, functionName, LATEST));
    const { CapacityProviderConfig, DurableConfig } = latest?.body.configuration ?? {};
    if (DurableConfig && qualifier === undefined) {
      throw lambdaError('InvalidParameterValueException', 'You cannot invoke a durable function using an unqualified ARN.');
    }
    if (!CapacityProviderConfig) return asked;
    if (qualifier !== undefined) {
      throw lambdaError(
        'InvalidParameterValueException',
        "Functions configured with capacity provider configuration can't be invoked with $LATEST qualifier. " +
          'To invoke this function, specify a published version qualifier or $LATEST.PUBLISHED.',
      );
    }
    if (await this.#store.get(versionKey(reference, functionName, LATEST_PUBLISHED))) return LATEST_PUBLISHED;
    throw lambdaError(
      'NoPublishedVersionException',
      "The function can't be invoked because no published version exists. For functions with capacity provider configuration, " +
        'either publish a version to $LATEST.PUBLISHED, or specify a published version qualifier.',
    );
  }

  async #executable(
    reference: FunctionReference,
    version: string,
  ): Promise<Pick<ResolvedFunction, 'version' | 'isTenantIsolated' | 'deadLetterArn'>> {
    const found = await this.#store.get<VersionDocument>(versionKey(reference, reference.functionName, version));
    if (!found) throw functionNotFound(reference, reference.functionName, reference.qualifier ?? LATEST);
    const { active, configuration } = found.body;
    refuseUnrunnable(configuration);
    if (active && configuration.State === 'Active') {
      const deadLetterArn = configuration.DeadLetterConfig?.TargetArn;
      return {
        version: active,
        isTenantIsolated: configuration.TenancyConfig?.TenantIsolationMode === 'PER_TENANT',
        ...(deadLetterArn ? { deadLetterArn } : {}),
      };
    }
    throw lambdaError(
      'ResourceConflictException',
      `The operation cannot be performed at this time. The function is currently in the following state: ${configuration.State}`,
    );
  }

  #forget(key: DocumentKey): void {
    if (!KINDS_READ.has(key.kind)) return;
    this.#generation += 1;
    const functionName = key.id.split('/', 1)[0] ?? '';
    const { account, region } = key;
    this.#functions.delete(placeOf({ account, region, functionName }));
    for (const listener of this.#listeners) listener({ account, region, functionName });
  }
}

/** Running these as if they were ordinary functions would break what they promise, so they are not run at all. */
function refuseUnrunnable({ DurableConfig }: VersionDocument['configuration']): void {
  if (DurableConfig) throw lambdaError('NotImplementedException', 'lambkin can not run durable functions yet.');
}

function destinationsOf(config: EventInvokeConfigDocument['DestinationConfig']): Pick<ResolvedFunction, 'destinations'> {
  const onSuccess = config?.OnSuccess?.Destination;
  const onFailure = config?.OnFailure?.Destination;
  if (!onSuccess && !onFailure) return {};
  return { destinations: { ...(onSuccess ? { onSuccess } : {}), ...(onFailure ? { onFailure } : {}) } };
}

/** All versions of a function share it, so a loop through several of them is one. */
function lineageIdOf(reference: FunctionReference): string {
  const arn = functionArn(reference, reference.functionName);
  return createHash('sha256').update(arn).digest('hex').slice(0, 8);
}

function provisionedOf({ total, byVersion }: ProvisionedShares, number: string): Pick<ResolvedFunction, 'provisioned'> {
  return total === 0 ? {} : { provisioned: { ofVersion: byVersion.get(number)?.count ?? 0, ofFunction: total } };
}

function placeOf(reference: FunctionReference): string {
  return `${reference.account}/${reference.region}/${reference.functionName}`;
}
