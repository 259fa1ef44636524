import { done, type MemberRows, refused, stored } from '../../model/fidelity.ts';
import { built, refusedOperations, type ServiceFidelity } from '../../wire/fidelity/service-fidelity.ts';
import { S3_INPUTS } from '../../wire/generated/s3-inputs.ts';

const NO_LOCKS = 'objects are not locked';
const WHOLE = 'parts are checked as they come; the whole object has no checksum, and none is compared';

/** Values that ask for nothing that is not so anyway. */
const isNot =
  (...harmless: readonly string[]) =>
  (value: unknown): boolean =>
    value !== '' && !harmless.includes(String(value));
/** Of headers that are `true` or `false`. */
const isOn = isNot('false');

const PAYER = done('RequestPayer', 'nobody pays for requests');
const MFA = done('MFA', 'there is nothing that needs it');
const GOVERNANCE = done('BypassGovernanceRetention', NO_LOCKS);
const RESTORES = done('OptionalObjectAttributes', 'no object is archived, so none is restored');
const ACL: MemberRows = {
  ...refused('ACL', 'there are no access control lists', isNot('private', 'bucket-owner-full-control', 'bucket-owner-read')),
  ...refused('GrantFullControl GrantRead GrantReadACP GrantWrite GrantWriteACP', 'there are no access control lists'),
};
const ENCRYPTION: MemberRows = {
  ...refused('ServerSideEncryption SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5', 'nothing is encrypted'),
  ...refused('SSEKMSKeyId SSEKMSEncryptionContext', 'nothing is encrypted'),
  ...refused('BucketKeyEnabled', 'nothing is encrypted', isOn),
};
const SOURCE_ENCRYPTION = refused(
  'CopySourceSSECustomerAlgorithm CopySourceSSECustomerKey CopySourceSSECustomerKeyMD5',
  'nothing is encrypted',
);
const LOCKS: MemberRows = {
  ...refused('ObjectLockMode ObjectLockRetainUntilDate', NO_LOCKS),
  ...refused('ObjectLockLegalHoldStatus ObjectLockEventHold', NO_LOCKS, isNot('OFF', 'false')),
  ...refused('ObjectLockEventHoldDurationDays ObjectLockEventHoldDurationYears', NO_LOCKS),
};
const OTHER_CHECKSUMS = refused(
  'ChecksumSHA512 ChecksumMD5 ChecksumXXHASH64 ChecksumXXHASH3 ChecksumXXHASH128',
  'only CRC32, CRC32C, CRC64NVME, SHA1 and SHA256 are compared',
);
const STORAGE = refused('StorageClass', 'there is one class of storage', isNot('STANDARD'));
const WEBSITE = refused('WebsiteRedirectLocation', 'buckets are no websites');
const TAGGING = refused('Tagging', 'objects have no tags yet');
const VERSION = refused('VersionId', 'there are no versions yet', isNot('null'));
const PART = refused('PartNumber', 'objects are read as a whole or by ranges');

/** The rows of some of the members. */
function only(rows: MemberRows, names: string): MemberRows {
  return Object.fromEntries(Object.entries(rows).filter(([name]) => names.split(' ').includes(name)));
}

/** What is done of S3, operation by operation and member by member. */
export const S3_FIDELITY: ServiceFidelity = {
  service: 's3',
  title: 'S3',
  inputs: S3_INPUTS,
  operations: {
    AbortMultipartUpload: built(
      'Bucket Key UploadId ExpectedBucketOwner',
      refused('IfMatchInitiatedTime', 'it is for directory buckets'),
      PAYER,
    ),
    CompleteMultipartUpload: built(
      'Bucket Key UploadId MultipartUpload MpuObjectSize ExpectedBucketOwner IfMatch IfNoneMatch',
      stored(
        'ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 ChecksumSHA512 ChecksumMD5 ChecksumXXHASH64 ChecksumXXHASH3 ChecksumXXHASH128 ChecksumType',
        WHOLE,
      ),
      PAYER,
      only(ENCRYPTION, 'SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5'),
    ),
    CopyObject: built(
      'Bucket CopySource Key CacheControl ContentDisposition ContentEncoding ContentLanguage ContentType CopySourceIfMatch CopySourceIfModifiedSince CopySourceIfNoneMatch CopySourceIfUnmodifiedSince Expires IfMatch IfNoneMatch Metadata MetadataDirective ExpectedBucketOwner ExpectedSourceBucketOwner',
      stored('ChecksumAlgorithm', 'a copy has the checksums of its source'),
      done('TaggingDirective', 'objects have no tags'),
      refused('AnnotationDirective', 'objects have no annotations', isNot('COPY')),
      PAYER,
      only(ACL, 'ACL GrantFullControl GrantRead GrantReadACP GrantWriteACP'),
      ENCRYPTION,
      SOURCE_ENCRYPTION,
      LOCKS,
      STORAGE,
      WEBSITE,
      TAGGING,
    ),
    CreateBucket: built(
      'Bucket CreateBucketConfiguration',
      refused('ObjectLockEnabledForBucket', NO_LOCKS, isOn),
      refused('ObjectOwnership', 'objects are of the owner of their bucket', isNot('BucketOwnerEnforced')),
      refused('BucketNamespace', 'names of buckets are of one namespace', isNot('global')),
      ACL,
    ),
    CreateMultipartUpload: built(
      'Bucket Key CacheControl ContentDisposition ContentEncoding ContentLanguage ContentType Expires Metadata ExpectedBucketOwner',
      stored('ChecksumAlgorithm ChecksumType', WHOLE),
      PAYER,
      only(ACL, 'ACL GrantFullControl GrantRead GrantReadACP GrantWriteACP'),
      ENCRYPTION,
      LOCKS,
      STORAGE,
      WEBSITE,
      TAGGING,
    ),
    DeleteBucket: built('Bucket ExpectedBucketOwner'),
    DeleteObject: built(
      'Bucket Key ExpectedBucketOwner',
      refused('IfMatch IfMatchLastModifiedTime IfMatchSize', 'removals have no conditions'),
      PAYER,
      VERSION,
      MFA,
      GOVERNANCE,
    ),
    DeleteObjects: built(
      'Bucket Delete ExpectedBucketOwner',
      done('ChecksumAlgorithm', 'the list has to be well-formed; its checksum is not compared'),
      PAYER,
      MFA,
      GOVERNANCE,
    ),
    GetBucketLocation: built('Bucket ExpectedBucketOwner'),
    GetBucketNotificationConfiguration: built('Bucket ExpectedBucketOwner'),
    GetBucketVersioning: built('Bucket ExpectedBucketOwner'),
    GetObject: built(
      'Bucket Key IfMatch IfModifiedSince IfNoneMatch IfUnmodifiedSince Range ResponseCacheControl ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage ResponseContentType ResponseExpires ExpectedBucketOwner ChecksumMode',
      PAYER,
      only(ENCRYPTION, 'SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5'),
      VERSION,
      PART,
    ),
    HeadBucket: built('Bucket ExpectedBucketOwner'),
    HeadObject: built(
      'Bucket Key IfMatch IfModifiedSince IfNoneMatch IfUnmodifiedSince Range ResponseCacheControl ResponseContentDisposition ResponseContentEncoding ResponseContentLanguage ResponseContentType ResponseExpires ExpectedBucketOwner ChecksumMode',
      PAYER,
      only(ENCRYPTION, 'SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5'),
      VERSION,
      PART,
    ),
    ListBuckets: built('MaxBuckets ContinuationToken Prefix BucketRegion'),
    ListMultipartUploads: built(
      'Bucket KeyMarker MaxUploads Prefix UploadIdMarker ExpectedBucketOwner',
      refused('Delimiter EncodingType', 'uploads are listed one by one, as they are'),
      PAYER,
    ),
    ListObjects: built('Bucket Delimiter EncodingType Marker MaxKeys Prefix ExpectedBucketOwner', PAYER, RESTORES),
    ListObjectsV2: built(
      'Bucket Delimiter EncodingType MaxKeys Prefix ContinuationToken FetchOwner StartAfter ExpectedBucketOwner',
      PAYER,
      RESTORES,
    ),
    ListParts: built(
      'Bucket Key UploadId MaxParts PartNumberMarker ExpectedBucketOwner',
      PAYER,
      only(ENCRYPTION, 'SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5'),
    ),
    PutBucketNotificationConfiguration: built('Bucket NotificationConfiguration ExpectedBucketOwner SkipDestinationValidation'),
    PutObject: built(
      'Bucket Key Body CacheControl ContentDisposition ContentEncoding ContentLanguage ContentLength ContentMD5 ContentType ChecksumAlgorithm ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 Expires IfMatch IfNoneMatch Metadata ExpectedBucketOwner',
      refused('WriteOffsetBytes', 'objects can not be appended to'),
      PAYER,
      only(ACL, 'ACL GrantFullControl GrantRead GrantReadACP GrantWriteACP'),
      ENCRYPTION,
      LOCKS,
      OTHER_CHECKSUMS,
      STORAGE,
      WEBSITE,
      TAGGING,
    ),
    UploadPart: built(
      'Bucket Key PartNumber UploadId Body ContentLength ContentMD5 ChecksumAlgorithm ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 ExpectedBucketOwner',
      PAYER,
      only(ENCRYPTION, 'SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5'),
      OTHER_CHECKSUMS,
    ),
    UploadPartCopy: built(
      'Bucket CopySource Key PartNumber UploadId CopySourceIfMatch CopySourceIfModifiedSince CopySourceIfNoneMatch CopySourceIfUnmodifiedSince CopySourceRange ExpectedBucketOwner ExpectedSourceBucketOwner',
      PAYER,
      only(ENCRYPTION, 'SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5'),
      SOURCE_ENCRYPTION,
    ),
    ...refusedOperations(
      [
        'CreateBucketMetadataConfiguration CreateBucketMetadataTableConfiguration CreateSession',
        'DeleteBucketAnalyticsConfiguration DeleteBucketCors DeleteBucketEncryption',
        'DeleteBucketIntelligentTieringConfiguration DeleteBucketInventoryConfiguration DeleteBucketLifecycle',
        'DeleteBucketMetadataConfiguration DeleteBucketMetadataTableConfiguration DeleteBucketMetricsConfiguration',
        'DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketReplication DeleteBucketTagging',
        'DeleteBucketWebsite DeleteObjectAnnotation DeleteObjectTagging DeletePublicAccessBlock GetBucketAbac',
        'GetBucketAccelerateConfiguration GetBucketAcl GetBucketAnalyticsConfiguration GetBucketCors',
        'GetBucketEncryption GetBucketIntelligentTieringConfiguration GetBucketInventoryConfiguration',
        'GetBucketLifecycleConfiguration GetBucketLogging GetBucketMetadataConfiguration',
        'GetBucketMetadataTableConfiguration GetBucketMetricsConfiguration GetBucketOwnershipControls GetBucketPolicy',
        'GetBucketPolicyStatus GetBucketReplication GetBucketRequestPayment GetBucketTagging GetBucketWebsite',
        'GetObjectAcl GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectLockConfiguration',
        'GetObjectRetention GetObjectTagging GetObjectTorrent GetPublicAccessBlock ListBucketAnalyticsConfigurations',
        'ListBucketIntelligentTieringConfigurations ListBucketInventoryConfigurations ListBucketMetricsConfigurations',
        'ListDirectoryBuckets ListObjectAnnotations ListObjectVersions PutBucketAbac PutBucketAccelerateConfiguration',
        'PutBucketAcl PutBucketAnalyticsConfiguration PutBucketCors PutBucketEncryption',
        'PutBucketIntelligentTieringConfiguration PutBucketInventoryConfiguration PutBucketLifecycleConfiguration',
        'PutBucketLogging PutBucketMetricsConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketReplication',
        'PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutObjectAcl PutObjectAnnotation',
        'PutObjectLegalHold PutObjectLockConfiguration PutObjectRetention PutObjectTagging PutPublicAccessBlock',
        'RenameObject RestoreObject SelectObjectContent UpdateBucketMetadataAnnotationTableConfiguration',
        'UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration',
        'UpdateObjectEncryption WriteGetObjectResponse',
      ].join(' '),
      'not built; versions, tags and policies of buckets among them',
    ),
  },
  structures: {
    CompletedMultipartUpload: done('Parts'),
    CompletedPart: {
      ...done('ETag PartNumber'),
      ...stored(
        'ChecksumCRC32 ChecksumCRC32C ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 ChecksumSHA512 ChecksumMD5 ChecksumXXHASH64 ChecksumXXHASH3 ChecksumXXHASH128',
        'parts are checked as they come, and not again',
      ),
    },
    CreateBucketConfiguration: {
      ...done('LocationConstraint'),
      ...refused('Location Bucket', 'there are no directory buckets'),
      ...refused('Tags', 'buckets have no tags yet'),
    },
    Delete: done('Objects Quiet'),
    EventBridgeConfiguration: {},
    FilterRule: done('Name Value'),
    LambdaFunctionConfiguration: done('Id LambdaFunctionArn Events Filter'),
    NotificationConfiguration: done(
      'TopicConfigurations QueueConfigurations LambdaFunctionConfigurations EventBridgeConfiguration',
    ),
    NotificationConfigurationFilter: done('Key'),
    ObjectIdentifier: {
      ...done('Key'),
      ...VERSION,
      ...refused('ETag LastModifiedTime Size', 'removals have no conditions'),
    },
    QueueConfiguration: done('Id QueueArn Events Filter'),
    S3KeyFilter: done('FilterRules'),
    TopicConfiguration: done('Id TopicArn Events Filter'),
  },
};
