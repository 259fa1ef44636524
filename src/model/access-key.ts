const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const PREFIX = 'LSIA';
/** 12 digits need 40 bits: 8 characters of 5 bits each. */
const ACCOUNT_CHARACTERS = 8;

/**
 * An access key id for code that runs in an account; the account can be read from it without looking anything up.
 * `uniqueHex` is 8 random hexadecimal digits.
 */
export function issueAccessKeyId(account: string, uniqueHex: string): string {
  let encoded = '';
  for (let rest = BigInt(account), i = 0; i < ACCOUNT_CHARACTERS; i += 1, rest >>= 5n)
    encoded = `${ALPHABET[Number(rest & 31n)]}${encoded}`;
  const unique = [...uniqueHex].map((digit) => ALPHABET[Number.parseInt(digit, 16)]).join('');
  return `${PREFIX}${encoded}${unique}`;
}

/** The account of an access key id: the id itself when it is 12 digits, what is encoded in one that we issued, else undefined. */
export function accountOfAccessKeyId(id: string): string | undefined {
  if (/^\d{12}$/.test(id)) return id;
  if (!/^LSIA[A-Z2-7]{16}$/.test(id)) return undefined;
  let account = 0n;
  for (const character of id.slice(PREFIX.length, PREFIX.length + ACCOUNT_CHARACTERS))
    account = (account << 5n) | BigInt(ALPHABET.indexOf(character));
  const text = account.toString().padStart(12, '0');
  return text.length === 12 ? text : undefined;
}
