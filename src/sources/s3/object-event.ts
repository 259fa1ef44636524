/** What happened to an object. */
export interface ObjectEvent {
  /** For example `ObjectCreated:Put`. */
  readonly name: string;
  readonly bucket: string;
  readonly bucketOwner: string;
  readonly region: string;
  readonly key: string;
  /** Absent for removals. */
  readonly sizeBytes?: number;
  readonly etag?: string;
  readonly atMs: number;
  /** Grows with each event of a key. */
  readonly sequencer: string;
  readonly sourceAddress: string;
  /** Ids of the response to the request that caused it. */
  readonly requestId: string;
  readonly hostId: string;
  /** Of the request that caused it; carried on so that loops are seen. */
  readonly traceHeader?: string;
}

/** The notification as a function gets it, for one rule. Source: "Event message structure" of the S3 user guide. */
export function notificationOf(event: ObjectEvent, configurationId: string): object {
  const principalId = `AWS:AROA${event.bucketOwner}LAMBKIN`;
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: event.region,
        eventTime: new Date(event.atMs).toISOString(),
        eventName: event.name,
        userIdentity: { principalId },
        requestParameters: { sourceIPAddress: event.sourceAddress.replace(/^::ffff:/, '') },
        responseElements: { 'x-amz-request-id': event.requestId, 'x-amz-id-2': event.hostId },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId,
          bucket: {
            name: event.bucket,
            ownerIdentity: { principalId: `A${event.bucketOwner}` },
            arn: `arn:aws:s3:::${event.bucket}`,
          },
          object: {
            key: formEncode(event.key),
            ...(event.sizeBytes === undefined ? {} : { size: event.sizeBytes }),
            ...(event.etag === undefined ? {} : { eTag: event.etag }),
            sequencer: event.sequencer,
          },
        },
      },
    ],
  };
}

/** Keys travel form-encoded: a space is `+`, slashes stay. */
function formEncode(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
