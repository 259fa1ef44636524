import { doOverlap, type NotificationConfiguration } from '../../../sources/s3/notification-configuration.ts';
import { sendTestEvents } from '../../../sources/s3/probe-event.ts';
import { checkDestinations, refuseUnfit } from '../notification-destinations.ts';
import { BUS_ELEMENT, readRules, writeRules } from '../notification-rules.ts';
import { bucketKey } from '../records.ts';
import { answer, getBucket, type S3Call, type S3Context } from '../s3-context.ts';
import { s3Error } from '../s3-errors.ts';
import { childrenOf, parseXml, xmlDocument } from '../xml.ts';
import { readXmlBody } from './delete-objects.ts';

const BODY_BYTES_MAX = 1_048_576;

/**
 * Replaces a bucket's notifications; an empty document ends them. Queues and topics get a test event, which is on disk
 * before the answer.
 */
export async function putBucketNotificationConfiguration(s3: S3Context, call: S3Call): Promise<void> {
  const bucket = await getBucket(s3, call.bucket);
  const { account, region } = bucket.body;
  const document = parseXml(await readXmlBody(call, BODY_BYTES_MAX), 'NotificationConfiguration');
  const isToBus = childrenOf(document, BUS_ELEMENT).length > 0;
  if (isToBus && s3.buses === undefined)
    throw s3Error('NotImplemented', `lambkin does not implement ${BUS_ELEMENT} of bucket notifications here.`);
  const rules = readRules(document, s3.ids);
  refuseUnfit(rules, region);
  if (doOverlap(rules)) {
    throw s3Error(
      'InvalidArgument',
      'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
    );
  }
  const skips = String(call.request.headers['x-amz-skip-destination-validation']).toLowerCase() === 'true';
  if (!skips) await checkDestinations(s3, call.bucket, account, rules);
  const notifications: NotificationConfiguration = { rules, ...(isToBus ? { eventBridge: true } : {}) };
  const { notifications: _before, ...rest } = bucket.body;
  const isEmpty = rules.length === 0 && !isToBus;
  await s3.store.commit([
    { put: bucketKey(call.bucket), body: { ...rest, ...(isEmpty ? {} : { notifications }) }, expect: bucket.revision },
  ]);
  const { requestId, hostId } = call;
  await sendTestEvents(s3, rules, { bucket: call.bucket, account, region, atMs: s3.clock.now(), requestId, hostId });
  answer(call, 200);
}

/** A bucket's notifications. */
export async function getBucketNotificationConfiguration(s3: S3Context, call: S3Call): Promise<void> {
  const { body } = await getBucket(s3, call.bucket);
  const { rules = [], eventBridge } = body.notifications ?? {};
  const toBus = eventBridge === true ? { [BUS_ELEMENT]: '' } : {};
  answer(call, 200, {}, xmlDocument('NotificationConfiguration', { ...writeRules(rules), ...toBus }));
}
