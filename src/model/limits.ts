/**
 * Limits of AWS Lambda and of this server. Units come last. Sources: the Lambda quotas page and the service model.
 */

/** Largest synchronous request payload. */
export const SYNC_PAYLOAD_BYTES_MAX = 6_291_456;
/** Largest buffered response: 6 MiB and 100 bytes. */
export const RESPONSE_PAYLOAD_BYTES_MAX = 6_291_556;
/** Largest streamed response. */
export const STREAMED_RESPONSE_BYTES_MAX = 209_715_200;
/** Largest asynchronous request payload (256 KB until October 2025). */
export const ASYNC_PAYLOAD_BYTES_MAX = 1_048_576;
/** Request line and headers together. */
export const HEADER_BYTES_MAX = 1_048_576;
/** Body of CreateFunction and UpdateFunctionCode, base64 included. */
export const CODE_REQUEST_BYTES_MAX = 70_167_211;
/** Body of every other JSON operation. */
export const JSON_REQUEST_BYTES_MAX = 6_291_456;
/** Deployment package as uploaded in a request. */
export const ZIPPED_CODE_BYTES_MAX = 52_428_800;
/** Deployment package unpacked, layers included. */
export const UNZIPPED_CODE_BYTES_MAX = 262_144_000;
/** Client context after base64. */
export const CLIENT_CONTEXT_BYTES_MAX = 3_583;
/** What `LogType: Tail` gives back. */
export const LOG_TAIL_BYTES_MAX = 4_096;
/** One log event; longer lines are split. */
export const LOG_EVENT_BYTES_MAX = 262_144;
/** Time for the Init phase of an on-demand environment. */
export const INIT_TIMEOUT_MS = 10_000;
/** Least time for the Init phase of an environment that is started ahead; it is the function's timeout when that is longer. */
export const INIT_AHEAD_TIMEOUT_MS = 130_000;
/** Memory that buys one core. */
export const MEMORY_MB_PER_CORE = 1_769;
export const DESCRIPTORS_MAX = 1_024;
/** The same where an environment runs several invocations at a time. */
export const CONCURRENT_DESCRIPTORS_MAX = 4_096;
export const PROCESSES_MAX = 1_024;
/** Environments of isolated tenants for each concurrent execution of the account: 2,500 for 1,000. */
export const TENANT_ENVIRONMENTS_PER_CONCURRENCY = 2.5;
/** What reservations must leave unreserved. */
export const UNRESERVED_CONCURRENCY_MIN = 100;
/** Resource policy of one scope. */
export const POLICY_BYTES_MAX = 20_480;
/** Environment variables as compact JSON. */
export const ENVIRONMENT_BYTES_MAX = 4_096;
/** Default and highest number of further attempts after a function error. */
export const RETRY_ATTEMPTS_MAX = 2;
/** Default and highest age of an asynchronous event. */
export const EVENT_AGE_SECONDS_MAX = 21_600;
/** Tags of one resource. */
export const TAGS_MAX = 50;
