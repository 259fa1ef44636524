import type { SourceAccessConfiguration, SourceAccessType } from '@aws-sdk/client-lambda';
import { invalid } from '../../settings/invalid.ts';

/** How a source is reached. */
export type SourceAccessKind = 'none' | 'kafka' | 'self-managed-kafka' | 'mq' | 'documentdb';

interface AccessType {
  /** What its URI must be like; undefined where it has none. */
  readonly uri?: RegExp;
  /** At least one of these has to be there too. */
  readonly needs?: readonly SourceAccessType[];
  /** None of these may be there too. */
  readonly excludes?: readonly SourceAccessType[];
  /** Whether it may be given more than once. */
  readonly repeats?: boolean;
}

const SECRET = /^arn:aws[a-z-]*:secretsmanager:/;
const PLAIN = /./;
const OAUTH: AccessType = { uri: PLAIN, needs: ['OAUTHBEARER_AUTH'] };

const TYPES: Readonly<Record<SourceAccessType, AccessType>> = {
  BASIC_AUTH: { uri: SECRET },
  SASL_SCRAM_256_AUTH: { uri: SECRET },
  SASL_SCRAM_512_AUTH: { uri: SECRET },
  CLIENT_CERTIFICATE_TLS_AUTH: { uri: SECRET },
  SERVER_ROOT_CA_CERTIFICATE: { uri: SECRET },
  VPC_SUBNET: { uri: /^subnet:subnet-/, repeats: true },
  VPC_SECURITY_GROUP: { uri: /^security_group:sg-/, repeats: true },
  VIRTUAL_HOST: { uri: PLAIN },
  IAM_AUTH: {},
  IAM_OAUTHBEARER_AUTH: {
    needs: ['OAUTHBEARER_AUDIENCE'],
    excludes: ['OAUTHBEARER_AUTH', 'OAUTHBEARER_SCOPE', 'OAUTHBEARER_LOGICAL_CLUSTER', 'OAUTHBEARER_IDENTITY_POOL'],
  },
  OAUTHBEARER_AUTH: { uri: PLAIN },
  OAUTHBEARER_AUDIENCE: { uri: PLAIN, needs: ['OAUTHBEARER_AUTH', 'IAM_OAUTHBEARER_AUTH'] },
  OAUTHBEARER_SCOPE: OAUTH,
  OAUTHBEARER_LOGICAL_CLUSTER: OAUTH,
  OAUTHBEARER_IDENTITY_POOL: OAUTH,
};

const KAFKA: readonly SourceAccessType[] = [
  'BASIC_AUTH',
  'SASL_SCRAM_256_AUTH',
  'SASL_SCRAM_512_AUTH',
  'CLIENT_CERTIFICATE_TLS_AUTH',
  'SERVER_ROOT_CA_CERTIFICATE',
  'VPC_SUBNET',
  'VPC_SECURITY_GROUP',
];

const ALLOWED: Readonly<Record<SourceAccessKind, ReadonlySet<SourceAccessType>>> = {
  none: new Set(),
  kafka: new Set(KAFKA),
  'self-managed-kafka': new Set([
    ...KAFKA,
    'IAM_AUTH',
    'IAM_OAUTHBEARER_AUTH',
    'OAUTHBEARER_AUTH',
    'OAUTHBEARER_AUDIENCE',
    'OAUTHBEARER_SCOPE',
    'OAUTHBEARER_LOGICAL_CLUSTER',
    'OAUTHBEARER_IDENTITY_POOL',
  ]),
  mq: new Set(['BASIC_AUTH', 'VIRTUAL_HOST']),
  documentdb: new Set(['BASIC_AUTH']),
};

const REQUIRED: Readonly<Partial<Record<SourceAccessKind, SourceAccessType>>> = { mq: 'BASIC_AUTH', documentdb: 'BASIC_AUTH' };

/**
 * Throws InvalidParameterValueException for ways to reach a source that it does not know, that lack what they point to, or
 * that do not go together. Source: the pages on each source, and the service model.
 */
export function checkSourceAccess(kind: SourceAccessKind, configurations: readonly SourceAccessConfiguration[]): void {
  const counts = new Map<SourceAccessType, number>();
  for (const { Type, URI } of configurations) {
    if (Type === undefined || !ALLOWED[kind].has(Type))
      throw invalid(`Unsupported source access configuration type ${Type} for given event source mapping type.`);
    checkUri(Type, URI);
    counts.set(Type, (counts.get(Type) ?? 0) + 1);
  }
  for (const [type, count] of counts) {
    const { needs, excludes = [], repeats } = TYPES[type];
    if (count > 1 && !repeats) throw invalid(`Source access configuration type ${type} can only be given once.`);
    if (needs && !needs.some((other) => counts.has(other)))
      throw invalid(`Source access configuration type ${type} requires ${needs.join(' or ')}.`);
    const other = excludes.find((excluded) => counts.has(excluded));
    if (other) throw invalid(`Source access configuration types ${type} and ${other} can not be used together.`);
  }
  const required = REQUIRED[kind];
  if (required && !counts.has(required)) throw invalid(`Source access configuration type ${required} is required.`);
}

function checkUri(type: SourceAccessType, uri: string | undefined): void {
  const form = TYPES[type].uri;
  if (!form && uri !== undefined) throw invalid(`Source access configuration type ${type} has no URI.`);
  if (form && !form.test(uri ?? '')) throw invalid(`Invalid URI for source access configuration type ${type}.`);
}
