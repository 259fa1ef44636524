import { EVENT_NAMES, findOverlap, type FunctionNotification } from '../../../sources/s3/notification-configuration.ts';
import { bucketKey } from '../records.ts';
import { answer, getBucket, type S3Call, type S3Context } from '../s3-context.ts';
import { s3Error } from '../s3-errors.ts';
import { childrenOf, parseXml, textOf, type XmlNode, xmlDocument } from '../xml.ts';
import { readXmlBody } from './delete-objects.ts';

const BODY_BYTES_MAX = 1_048_576;
const RULES_MAX = 100;
const FUNCTION_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[a-zA-Z0-9-_]+(:[a-zA-Z0-9-_$]+)?$/;
const OTHER_TARGETS = ['QueueConfiguration', 'TopicConfiguration'];
const BUS = 'EventBridgeConfiguration';

/** Replaces a bucket's notifications; an empty document ends them. */
export async function putBucketNotificationConfiguration(s3: S3Context, call: S3Call): Promise<void> {
  const bucket = await getBucket(s3, call.bucket);
  const document = parseXml(await readXmlBody(call, BODY_BYTES_MAX), 'NotificationConfiguration');
  const isToBus = childrenOf(document, BUS).length > 0;
  const refused = s3.buses === undefined ? [...OTHER_TARGETS, BUS] : OTHER_TARGETS;
  const other = refused.find((name) => childrenOf(document, name).length > 0);
  if (other) throw s3Error('NotImplemented', `lambkin does not implement ${other} of bucket notifications yet.`);
  const nodes = childrenOf(document, 'CloudFunctionConfiguration');
  if (nodes.length > RULES_MAX)
    throw s3Error('InvalidArgument', `A bucket can have at most ${RULES_MAX} notification configurations`);
  const functions = nodes.map((node) => ruleOf(s3, node));
  if (findOverlap(functions)) {
    throw s3Error(
      'InvalidArgument',
      'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
    );
  }
  if (call.request.headers['x-amz-skip-destination-validation'] !== 'true')
    await checkPermissions(s3, call, functions, bucket.body.account);
  const toBus = isToBus ? ({ eventBridge: true } as const) : {};
  const { notifications: _before, ...rest } = bucket.body;
  await s3.store.commit([
    {
      put: bucketKey(call.bucket),
      body: { ...rest, ...(functions.length > 0 || isToBus ? { notifications: { functions, ...toBus } } : {}) },
      expect: bucket.revision,
    },
  ]);
  answer(call, 200);
}

/** A bucket's notifications. */
export async function getBucketNotificationConfiguration(s3: S3Context, call: S3Call): Promise<void> {
  const { body } = await getBucket(s3, call.bucket);
  const CloudFunctionConfiguration = (body.notifications?.functions ?? []).map((rule) => {
    const rules = [
      ...(rule.prefix === undefined ? [] : [{ Name: 'Prefix', Value: rule.prefix }]),
      ...(rule.suffix === undefined ? [] : [{ Name: 'Suffix', Value: rule.suffix }]),
    ];
    return {
      Id: rule.id,
      CloudFunction: rule.functionArn,
      Event: rule.events,
      ...(rules.length > 0 ? { Filter: { S3Key: { FilterRule: rules } } } : {}),
    };
  });
  const toBus = body.notifications?.eventBridge === true ? { [BUS]: '' } : {};
  answer(call, 200, {}, xmlDocument('NotificationConfiguration', { CloudFunctionConfiguration, ...toBus }));
}

function ruleOf(s3: S3Context, node: XmlNode): FunctionNotification {
  const functionArn = textOf(node, 'CloudFunction') ?? '';
  if (!FUNCTION_ARN.test(functionArn))
    throw s3Error('InvalidArgument', 'The ARN could not be parsed', {
      ArgumentName: 'CloudFunction',
      ArgumentValue: functionArn,
    });
  const events = childrenOf(node, 'Event').map(String);
  const unknown = events.find((event) => !EVENT_NAMES.includes(event));
  if (unknown !== undefined)
    throw s3Error('InvalidArgument', `lambkin does not notify of the event ${unknown} yet.`, {
      ArgumentName: 'Event',
      ArgumentValue: unknown,
    });
  if (events.length === 0) throw s3Error('MalformedXML');
  const filters = new Map<string, string>();
  for (const filter of childrenOf(node, 'Filter')
    .flatMap((child) => childrenOf(child, 'S3Key'))
    .flatMap((child) => childrenOf(child, 'FilterRule'))) {
    const name = (textOf(filter, 'Name') ?? '').toLowerCase();
    if (name !== 'prefix' && name !== 'suffix')
      throw s3Error('InvalidArgument', 'filter rule name must be either prefix or suffix', {
        ArgumentName: 'FilterRule.Name',
        ArgumentValue: name,
      });
    if (filters.has(name)) throw s3Error('InvalidArgument', `Cannot specify more than one ${name} rule in a filter.`);
    filters.set(name, textOf(filter, 'Value') ?? '');
  }
  const [prefix, suffix] = [filters.get('prefix'), filters.get('suffix')];
  return {
    id: textOf(node, 'Id') || s3.ids.uuid(),
    functionArn,
    events,
    ...(prefix === undefined ? {} : { prefix }),
    ...(suffix === undefined ? {} : { suffix }),
  };
}

/** S3 must be allowed to invoke each function, by the function's own policy. */
async function checkPermissions(
  s3: S3Context,
  call: S3Call,
  rules: readonly FunctionNotification[],
  sourceAccount: string,
): Promise<void> {
  const denied: string[] = [];
  for (const { functionArn } of rules) {
    const verdict = await s3.permission.check({
      functionArn,
      principal: 's3.amazonaws.com',
      sourceArn: `arn:aws:s3:::${call.bucket}`,
      sourceAccount,
    });
    if (verdict !== 'allowed') denied.push(functionArn);
  }
  if (denied.length === 0) return;
  const members = denied.flatMap((arn, index) => [
    [`ArgumentName${index + 1}`, `${arn}, null`],
    [`ArgumentValue${index + 1}`, `Not authorized to invoke function [${arn}]`],
  ]);
  throw s3Error(
    'InvalidArgument',
    'Unable to validate the following destination configurations',
    Object.fromEntries(members) as Record<string, string>,
  );
}
