/** The only source of randomness, so that a test can make it repeat. */
export interface Ids {
  /** A random UUID (version 4), lower case. */
  uuid(): string;
  /** `byteCount` random bytes as lower-case hex, so `2 * byteCount` characters. */
  hex(byteCount: number): string;
  /** A number in [0, 1). */
  random(): number;
}
