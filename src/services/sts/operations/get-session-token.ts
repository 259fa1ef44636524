import { accountRoot, callersSession, openSession } from '../sessions.ts';
import { stsOperation } from '../sts-context.ts';
import { stsError } from '../sts-errors.ts';

const DURATION_SECONDS_DEFAULT = 43_200;

/** GetSessionToken: credentials of the account's root, which is who calls with a plain key. There are no MFA devices. */
export const getSessionToken = stsOperation(
  {
    DurationSeconds: { type: 'integer', lowest: 900, highest: 129_600 },
    SerialNumber: { type: 'text', charactersMin: 9, charactersMax: 256 },
    TokenCode: { type: 'text', charactersMin: 6, charactersMax: 6 },
  },
  async (sts, input, context) => {
    if (await callersSession(sts, context))
      throw stsError('AccessDenied', 'Cannot call GetSessionToken with session credentials');
    if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
      throw stsError('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code.');
    const seconds = input.DurationSeconds ?? DURATION_SECONDS_DEFAULT;
    const Credentials = await openSession(sts, {
      ...accountRoot(context.account),
      expiresMs: sts.clock.now() + seconds * 1_000,
      isRole: false,
    });
    return { Credentials };
  },
);
