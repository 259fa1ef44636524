import { accountOfAccessKeyId } from '../model/access-key.ts';
import { searchParams } from './search-params.ts';

/** The parts of a request that tell whom it is for. Header names in lower case. */
export interface RequestLine {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly path: string;
  readonly query: string;
}

/** What could be told. */
export interface Identity {
  /** Signing name of the service. */
  readonly service: string;
  readonly region?: string;
  readonly account?: string;
  readonly accessKeyId?: string;
  readonly presigned: boolean;
}

/** `X-Amz-Target` prefixes, and the `Version` of query requests, by service. */
const TARGETS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    AmazonSQS: 'sqs',
    DynamoDB_20120810: 'dynamodb',
    DynamoDBStreams_20120810: 'dynamodbstreams',
    Kinesis_20131202: 'kinesis',
    AWSEvents: 'events',
    Logs_20140328: 'logs',
    GraniteServiceVersion20100801: 'monitoring',
    AmazonSSM: 'ssm',
    secretsmanager: 'secretsmanager',
    TrentService: 'kms',
    AmazonEC2ContainerRegistry_V20150921: 'ecr',
  }),
);
const QUERY_VERSIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '2012-11-05': 'sqs',
    '2010-03-31': 'sns',
    '2010-05-08': 'iam',
    '2011-06-15': 'sts',
    '2010-05-15': 'cloudformation',
    '2010-08-01': 'monitoring',
    '2015-12-01': 'elasticloadbalancing',
    '2010-12-01': 'ses',
  }),
);
/** Host names of data planes: the label after the first one. Function URLs are signed as `lambda`, so the host decides. */
const DATA_PLANES: readonly (readonly [string, string])[] = [
  ['.lambda-url.', 'lambda-url'],
  ['.execute-api.', 'execute-api'],
];
/** Below it function URLs are reached by their ids, under any host. */
export const FUNCTION_URL_PATH = '/_lambkin/url/';
/** An SQS queue's URL; a bucket may have such a name too, so that it takes a query request. */
const QUEUE_PATH = /^\/\d{12}\/[A-Za-z0-9_-]{1,80}(?:\.fifo)?\/?$/;
/** Dated prefixes of the Lambda API's paths. */
const LAMBDA_PATH =
  /^\/20(14-11-13|15-03-31|16-08-19|17-03-31|17-10-31|18-10-31|19-09-25|19-09-30|20-04-22|20-06-30|21-07-20|21-10-31|21-11-15|24-08-31|25-11-30|25-12-01|26-07-09)\//;
const BUCKET_HOST = /^[^:]+\.s3(?:[.-][a-z0-9-]+)?(?:\.amazonaws\.com|\.localhost)|^[^:.]+\.localhost(?::\d+)?$/;

/**
 * Tells the services of the one port apart, by the first rule that fits: host of a data plane, target header, credential scope, query
 * version, Lambda's paths, and S3 for all the rest. Runs on every request, so it only looks at what it must.
 */
export function identify(line: RequestLine): Identity {
  const credential = readCredential(line);
  const dataPlane = dataPlaneOf(line);
  if (dataPlane !== undefined) return { ...credential, service: dataPlane };
  const target = line.headers['x-amz-target'];
  if (typeof target === 'string') {
    const service = TARGETS.get(target.slice(0, Math.max(0, target.indexOf('.'))));
    if (service) return { ...credential, service };
  }
  if (credential.service !== undefined) return { ...credential, service: credential.service };
  return { ...credential, service: guess(line) };
}

function dataPlaneOf({ headers, path }: RequestLine): string | undefined {
  const host = headers['host'] ?? headers[':authority'];
  if (typeof host === 'string') for (const [label, service] of DATA_PLANES) if (host.includes(label)) return service;
  return path.startsWith(FUNCTION_URL_PATH) ? 'lambda-url' : undefined;
}

function guess(line: RequestLine): string {
  const host = line.headers['host'] ?? line.headers[':authority'];
  if (typeof host === 'string' && BUCKET_HOST.test(host)) return 's3';
  if (LAMBDA_PATH.test(line.path)) return 'lambda';
  if (QUEUE_PATH.test(line.path) && isQueryRequest(line)) return 'sqs';
  const version = /(?:^|&)Version=(\d{4}-\d\d-\d\d)/.exec(line.query)?.[1];
  return (version && QUERY_VERSIONS.get(version)) || 's3';
}

function isQueryRequest(line: RequestLine): boolean {
  const type = line.headers['content-type'];
  return line.query.startsWith('Action=') || (typeof type === 'string' && type.startsWith('application/x-www-form-urlencoded'));
}

type Credential = Omit<Identity, 'service'> & { readonly service?: string };

function readCredential(line: RequestLine): Credential {
  const authorization = line.headers['authorization'];
  if (typeof authorization === 'string') {
    const start = authorization.indexOf('Credential=');
    if (start === -1) return { presigned: false };
    const end = authorization.indexOf(',', start);
    return scopeOf(authorization.slice(start + 11, end === -1 ? undefined : end), false);
  }
  if (line.query.includes('AWSAccessKeyId=')) return ownerOf(searchParams(line.query).get('AWSAccessKeyId') ?? '', true);
  if (!line.query.includes('X-Amz-Credential=')) return { presigned: false };
  return scopeOf(searchParams(line.query).get('X-Amz-Credential') ?? '', true);
}

function ownerOf(accessKeyId: string, presigned: boolean): Credential {
  const account = accountOfAccessKeyId(accessKeyId);
  return { accessKeyId, presigned, ...(account ? { account } : {}) };
}

/** `AKID/20260101/us-east-1/lambda/aws4_request`; the key itself may hold slashes nowhere. */
function scopeOf(credential: string, presigned: boolean): Credential {
  const [accessKeyId, , region, service] = credential.trim().split('/', 5);
  if (!accessKeyId || !region || !service) return { presigned };
  const owner = ownerOf(accessKeyId, presigned);
  // Signatures for several regions (SigV4A) name none: the service stands in its place.
  return service === 'aws4_request' ? { ...owner, service: region } : { ...owner, region, service };
}
