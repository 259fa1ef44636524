import { throttled } from '../model/throttle.ts';
import { TokenBucket } from '../model/token-bucket.ts';
import type { Clock } from '../ports/clock.ts';
import type { ResolvedFunction } from '../ports/function-directory.ts';
import type { Place } from '../sandbox/pooled-environment.ts';

/** Limits of an account in a region. */
export interface AdmissionSettings {
  readonly accountConcurrency: number;
  /** Synchronous requests a second for each concurrent execution there is; 0 is no bound. Lambda: 10. */
  readonly requestsPerConcurrency: number;
}

/** Functions whose counts are kept; beyond it those with nothing running are forgotten. */
const FUNCTIONS_MAX = 10_000;

/** Invocations in progress in one share of the concurrency, which may itself be part of a larger one. */
class Share implements Place {
  running = 0;
  readonly #whole: Share | undefined;

  constructor(whole?: Share) {
    this.#whole = whole;
  }

  enter(): this {
    this.running += 1;
    if (this.#whole) this.#whole.running += 1;
    return this;
  }

  leave(): void {
    this.running -= 1;
    if (this.#whole) this.#whole.running -= 1;
  }
}

/** What the functions without a reservation share. */
interface AccountCounts {
  readonly unreserved: Share;
  readonly requests: TokenBucket;
}

interface FunctionCounts {
  readonly account: AccountCounts;
  /** Out of the function's reservation. */
  readonly reserved: Share;
  /** Out of what it shares with others. */
  readonly unreserved: Share;
  /** Out of what is provisioned, by version. */
  readonly provisioned: Map<string, Share>;
  readonly requests: TokenBucket;
}

/**
 * Counts the invocations in progress and refuses those beyond what there is: first what is provisioned for the version,
 * then what the function's reservation has beyond all it has provisioned, and without one what the account has set
 * aside for nobody. Source: Lambda's page on reserved and provisioned concurrency.
 */
export class Admission {
  readonly #settings: AdmissionSettings;
  readonly #clock: Clock;
  /** Only of accounts that have functions. */
  readonly #accounts = new Map<string, AccountCounts>();
  readonly #functions = new Map<string, FunctionCounts>();

  constructor(settings: AdmissionSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /**
   * Admits one invocation to a place, which must be left when its environment is free again. Throws
   * TooManyRequestsException with Lambda's reason. Rates bound only what callers wait for, not events from the queue.
   */
  enter(resolved: ResolvedFunction, isQueued: boolean): Place {
    const { version, reservedConcurrency, provisioned } = resolved;
    const counts = this.#functions.get(version.functionArn) ?? this.#countsOf(resolved);
    const own = provisioned && provisioned.ofVersion > 0 ? provisionedShare(counts, version.version) : undefined;
    const isProvisioned = own !== undefined && own.running < (provisioned?.ofVersion ?? 0);
    if (!isProvisioned) this.#checkConcurrency(resolved, counts);
    if (this.#settings.requestsPerConcurrency > 0 && !isQueued) this.#checkRate(resolved, counts);
    if (own && isProvisioned) return own.enter();
    return (reservedConcurrency === undefined ? counts.unreserved : counts.reserved).enter();
  }

  /** Invocations in progress of a function. */
  running(functionArn: string): number {
    const counts = this.#functions.get(functionArn);
    return counts ? runningIn(counts) : 0;
  }

  #checkConcurrency({ reservedConcurrency, provisioned, setAside }: ResolvedFunction, counts: FunctionCounts): void {
    if (reservedConcurrency === undefined) {
      const available = this.#settings.accountConcurrency - setAside.concurrency;
      if (counts.account.unreserved.running >= available) throw throttled('ConcurrentInvocationLimitExceeded');
      return;
    }
    // What was admitted before the function had a reservation counts, too.
    const running = counts.reserved.running + counts.unreserved.running;
    if (running >= reservedConcurrency - (provisioned?.ofFunction ?? 0))
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
  }

  #checkRate({ reservedConcurrency, setAside }: ResolvedFunction, counts: FunctionCounts): void {
    const { accountConcurrency, requestsPerConcurrency } = this.#settings;
    const nowMs = this.#clock.monotonic();
    const concurrency = reservedConcurrency ?? accountConcurrency - setAside.concurrency;
    const perSecond = concurrency * requestsPerConcurrency;
    const bucket = reservedConcurrency === undefined ? counts.account.requests : counts.requests;
    if (bucket.take(nowMs, perSecond, perSecond)) return;
    throw throttled(
      reservedConcurrency === undefined ? 'FunctionInvocationRateLimitExceeded' : 'ReservedFunctionInvocationRateLimitExceeded',
    );
  }

  #countsOf({ version }: ResolvedFunction): FunctionCounts {
    if (this.#functions.size >= FUNCTIONS_MAX)
      for (const [arn, counts] of this.#functions) if (runningIn(counts) === 0) this.#functions.delete(arn);
    const place = `${version.account}/${version.region}`;
    let account = this.#accounts.get(place);
    if (!account) {
      account = { unreserved: new Share(), requests: new TokenBucket() };
      this.#accounts.set(place, account);
    }
    const counts: FunctionCounts = {
      account,
      reserved: new Share(),
      unreserved: new Share(account.unreserved),
      provisioned: new Map(),
      requests: new TokenBucket(),
    };
    this.#functions.set(version.functionArn, counts);
    return counts;
  }
}

/** Its number is bounded: only versions with provisioned concurrency have one, and they go with the function's counts. */
function provisionedShare({ provisioned }: FunctionCounts, version: string): Share {
  let share = provisioned.get(version);
  if (!share) {
    share = new Share();
    provisioned.set(version, share);
  }
  return share;
}

function runningIn({ reserved, unreserved, provisioned }: FunctionCounts): number {
  let running = reserved.running + unreserved.running;
  for (const share of provisioned.values()) running += share.running;
  return running;
}
