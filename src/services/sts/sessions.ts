import { issueAccessKeyId } from '../../model/access-key.ts';
import { type DocumentKey, RevisionConflict } from '../../ports/metadata-store.ts';
import type { QueryStructure } from '../../wire/query/xml.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { Sts } from './sts-context.ts';
import { stsError } from './sts-errors.ts';

/** Who somebody is. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
}

/** Temporary credentials that were given out. Secrets are not kept: signatures are not verified yet. */
export interface SessionRecord extends Identity {
  readonly expiresMs: number;
  /** Whether a role was assumed; else the session is the account's root's. */
  readonly isRole: boolean;
  /** What AssumeRole was given for policies to look at. */
  readonly given?: object;
}

/** Sessions of an account that have not expired, more than any deployment makes. */
const SESSIONS_MAX = 10_000;
const REMOVED_AT_ONCE = 200;
const TRIES_MAX = 5;

const STS_REGION = 'aws-global';
const place = (account: string, kind: string, id: string): DocumentKey => ({ account, region: STS_REGION, kind, id });
const sessionKey = (account: string, accessKeyId: string): DocumentKey => place(account, 'sts-session', accessKeyId);
/** In the order of their ends. */
const expiryKey = (account: string, expiresMs: number, accessKeyId: string): DocumentKey =>
  place(account, 'sts-session-expiry', `${String(expiresMs).padStart(15, '0')}/${accessKeyId}`);

/** The session of whoever calls; undefined for keys that are no session's. Throws ExpiredToken. */
export async function callersSession(sts: Sts, context: RequestContext): Promise<SessionRecord | undefined> {
  if (context.accessKeyId === undefined) return undefined;
  const session = (await sts.store.get<SessionRecord>(sessionKey(context.account, context.accessKeyId)))?.body;
  if (session && session.expiresMs <= sts.clock.now())
    throw stsError('ExpiredToken', 'The security token included in the request is expired');
  return session;
}

/** Who calls, by the access key. A plain key is its account's root; the keys of functions are not known as their roles' yet. Throws ExpiredToken. */
export async function callersIdentity(sts: Sts, context: RequestContext): Promise<Identity> {
  return (await callersSession(sts, context)) ?? accountRoot(context.account);
}

/** The account itself, which is who calls with a plain key. */
export function accountRoot(account: string): Identity {
  return { account, arn: `arn:aws:iam::${account}:root`, userId: account };
}

/**
 * Gives out credentials and keeps whose they are until they expire; some of the sessions that have expired are removed
 * with it. Returns the `Credentials` of the answer. Throws Throttling when the account has too many.
 */
export async function openSession(sts: Sts, session: SessionRecord): Promise<QueryStructure> {
  const { store, clock, ids } = sts;
  const { account, expiresMs } = session;
  const ends = await store.list({ account, region: STS_REGION, kind: 'sts-session-expiry', limit: SESSIONS_MAX });
  const expired = ends.filter(({ key }) => Number(key.id.slice(0, 15)) <= clock.now());
  if (ends.length - expired.length >= SESSIONS_MAX) throw stsError('Throttling', 'Rate exceeded');
  const removals = expired
    .slice(0, REMOVED_AT_ONCE)
    .flatMap(({ key }) => [{ remove: key }, { remove: sessionKey(account, key.id.slice(16)) }]);
  for (let tries = 1; ; tries += 1) {
    const accessKeyId = issueAccessKeyId(account, ids.hex(4));
    const key = sessionKey(account, accessKeyId);
    try {
      await store.commit([
        ...removals,
        { put: key, body: session, expect: 'absent' },
        { put: expiryKey(account, expiresMs, accessKeyId), body: {} },
      ]);
      return {
        AccessKeyId: accessKeyId,
        SecretAccessKey: ids.hex(20),
        SessionToken: ids.hex(64),
        Expiration: new Date(expiresMs),
      };
    } catch (error) {
      // The key id was given out before.
      if (!(error instanceof RevisionConflict) || tries >= TRIES_MAX) throw error;
    }
  }
}
