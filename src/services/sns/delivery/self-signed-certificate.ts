import { type KeyObject, sign } from 'node:crypto';

/** What a certificate says. */
export interface CertificateFields {
  readonly commonName: string;
  /** RSA. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly nowMs: number;
}

const YEARS = 30;
const [INTEGER, BIT_STRING, NULL, OID, UTF8, GENERALIZED_TIME, SEQUENCE, SET] = [2, 3, 5, 6, 12, 0x18, 0x30, 0x31];

/** `sha256WithRSAEncryption`, RFC 8017; `commonName`, RFC 5280. */
const SHA256_WITH_RSA = element(SEQUENCE, element(OID, Buffer.from('2a864886f70d01010b', 'hex')), element(NULL));
const COMMON_NAME = element(OID, Buffer.from('550403', 'hex'));

/** A certificate of X.509 version 1 that its own key has signed, PEM. Source: RFC 5280, section 4.1. */
export function selfSignedCertificate({ commonName, privateKey, publicKey, nowMs }: CertificateFields): string {
  const name = element(SEQUENCE, element(SET, element(SEQUENCE, COMMON_NAME, element(UTF8, Buffer.from(commonName)))));
  const end = new Date(nowMs);
  end.setUTCFullYear(end.getUTCFullYear() + YEARS);
  const body = element(
    SEQUENCE,
    element(INTEGER, Buffer.from([1])),
    SHA256_WITH_RSA,
    name,
    element(SEQUENCE, time(new Date(nowMs)), time(end)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('RSA-SHA256', body, privateKey);
  const whole = element(SEQUENCE, body, SHA256_WITH_RSA, element(BIT_STRING, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** One element of DER, X.690. */
function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.from(content.length.toString(16).padStart(content.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

function time(date: Date): Buffer {
  return element(GENERALIZED_TIME, Buffer.from(`${date.toISOString().replace(/[-:T]|\..*$/g, '')}Z`));
}
