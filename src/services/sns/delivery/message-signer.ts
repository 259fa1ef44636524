import { createHash, createPrivateKey, generateKeyPair, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../../../ports/clock.ts';
import { type DocumentKey, type MetadataStore, RevisionConflict } from '../../../ports/metadata-store.ts';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/** Path that the certificate is served below. */
export const CERTIFICATE_PATH = '/_lambkin/sns/';

const KEY: DocumentKey = { account: '', region: '', kind: 'sns-signing-key', id: 'rsa' };
const KEY_BITS = 2_048;
const HASHES = { 1: 'RSA-SHA1', 2: 'RSA-SHA256' } as const;

interface SigningKey {
  readonly private: KeyObject;
  /** PEM */
  readonly certificate: string;
  /** Of the certificate's file. */
  readonly name: string;
}

interface KeyRecord {
  /** PEM */
  readonly privateKey: string;
  /** PEM */
  readonly certificate: string;
}

const signAsync = promisify(sign);
const generateKeyPairAsync = promisify(generateKeyPair);

/**
 * Signs messages as SNS does, with a key of this installation. Nobody vouches for its certificate, and it is not served
 * by a host of amazonaws.com, so the checks of AWS's own libraries refuse it.
 * Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages".
 */
export class MessageSigner {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  #key: SigningKey | undefined;

  constructor(store: MetadataStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads the key, or makes the one that this installation will have. Must come before everything else. */
  async start(): Promise<void> {
    const stored = await this.#store.get<KeyRecord>(KEY);
    const { privateKey, certificate } = stored?.body ?? (await this.#make());
    const name = createHash('sha256').update(certificate).digest('hex').slice(0, 32);
    this.#key = { private: createPrivateKey(privateKey), certificate, name };
  }

  /** Base64. `fields` are signed in their order, name and value in a line each. */
  async sign(fields: Readonly<Record<string, string>>, version: '1' | '2'): Promise<string> {
    const text = Object.entries(fields)
      .map(([name, value]) => `${name}\n${value}\n`)
      .join('');
    return (await signAsync(HASHES[version], Buffer.from(text), this.#started().private)).toString('base64');
  }

  /** Where the certificate is served by the server at `endpoint`. */
  certificateUrl(endpoint: string): string {
    return `${endpoint}${CERTIFICATE_PATH}SimpleNotificationService-${this.#started().name}.pem`;
  }

  /** PEM */
  certificate(): string {
    return this.#started().certificate;
  }

  #started(): SigningKey {
    if (!this.#key) throw new Error('messages can not be signed before the start');
    return this.#key;
  }

  async #make(): Promise<KeyRecord> {
    const { privateKey, publicKey } = await generateKeyPairAsync('rsa', { modulusLength: KEY_BITS });
    const record: KeyRecord = {
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      certificate: selfSignedCertificate({ commonName: 'sns.lambkin', privateKey, publicKey, nowMs: this.#clock.now() }),
    };
    try {
      await this.#store.commit([{ put: KEY, body: record, expect: 'absent' }]);
      return record;
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      return (await this.#store.get<KeyRecord>(KEY))?.body ?? record;
    }
  }
}
